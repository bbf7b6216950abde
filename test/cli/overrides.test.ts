import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withOverrides } from '../../src/cli/train/overrides.ts';

const given = { name: 'a', stages: [{ steps: 1 }, { steps: 2 }], model: { geometry: { use: 'trainable' } } };

test('numbers, texts, lists, and records that are not there yet', () => {
  const changes = ['stages.1.steps=600', 'model.geometry.use=none', 'name="7"', 'processor.views=["head"]', 'seed=43'];
  expect(withOverrides(given, changes)).toEqual({
    name: '7',
    seed: 43,
    stages: [{ steps: 1 }, { steps: 600 }],
    model: { geometry: { use: 'none' } },
    processor: { views: ['head'] },
  });
  expect(given.stages[1]?.steps).toBe(2);
});

test('any JSON value arrives as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(withOverrides({ a: { b: 0 as unknown } }, [`a.b=${JSON.stringify(value)}`]).a.b).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ['steps', '--set steps: expected PLACE=VALUE'],
  ['stages.2.steps=1', 'stages is a list of 2, and has no 2'],
  ['stages.x=1', 'stages is a list of 2, and has no x'],
  ['name.first=1', 'name is no record that has a "first"'],
])('--set %s', (change, message) => {
  expect(() => withOverrides(given, [change])).toThrow(message);
});
