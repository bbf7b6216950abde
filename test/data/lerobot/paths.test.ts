import { expect, test } from 'vitest';
import { formatPath, pathFields } from '../../../src/data/lerobot/paths.ts';

test.each([
  ['{episode_index:06d}', '000042'],
  ['{episode_index:6d}', '    42'],
  ['{episode_index:1d}', '42'],
  ['{episode_index}', '42'],
  ['{episode_index:0d}', '42'],
])('%s is what it is in Python', (template, expected) => {
  expect(formatPath(template, { episode_index: 42 })).toBe(expected);
  expect(pathFields(template, ['episode_index'])).toEqual(['episode_index']);
});

test('a template cannot ask for a path of any length', () => {
  expect(() => pathFields('{episode_index:0999999999d}', ['episode_index'])).toThrow('has braces that are no field');
});
