import { expect, test } from 'vitest';
import * as ops from '../../../src/tensor/ops/index.ts';
import { cases } from './cases.ts';

const exported = Object.entries(ops)
  .filter(([, value]) => typeof value === 'function')
  .map(([name]) => name);

test('every op that is exported has a case', () => {
  expect(Object.keys(cases).sort()).toEqual(exported.sort());
  for (const [op, list] of Object.entries(cases)) expect(list.length, op).toBeGreaterThan(0);
});

test('cases of one op have different names', () => {
  for (const [op, list] of Object.entries(cases)) {
    const names = list.map(({ name }) => name);
    expect(new Set(names).size, `${op}: ${names.join('; ')}`).toBe(names.length);
  }
});
