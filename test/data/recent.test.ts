import { expect, test } from 'vitest';
import { Recent } from '../../src/data/recent.ts';

test('keeps what was used last and drops the rest', () => {
  const [made, dropped]: [string[], string[]] = [[], []];
  const recent = new Recent<string, string>(2, (value) => dropped.push(value));
  const get = (key: string): string =>
    recent.get(key, () => {
      made.push(key);
      return key.toUpperCase();
    });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(get(key)).toBe(key.toUpperCase());
  expect(made).toEqual(['a', 'b', 'c', 'b']);
  expect(dropped).toEqual(['B', 'C']);
  recent.clear();
  expect(dropped).toEqual(['B', 'C', 'A', 'B']);
});

test('does not keep a promise that failed', async () => {
  const recent = new Recent<string, Promise<number>>(2);
  await expect(recent.get('a', () => Promise.reject(new Error('once')))).rejects.toThrow('once');
  await expect(recent.get('a', () => Promise.resolve(2))).resolves.toBe(2);
});
