/** Where things are in the sequence, and what is dropped. */
import { expect, test } from 'vitest';
import { drawDropping, layoutOf } from '../../src/model/sequence.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { prompt, tiny } from './tiny.ts';

test('modalities are dropped as often as the configuration says, each on and off', () => {
  for (const dropping of [
    { wrist: 0.2, state: 0.2, both: 0.2 },
    { wrist: 0.2, state: 0, both: 0 },
    { wrist: 0, state: 0.2, both: 0 },
    { wrist: 0, state: 0, both: 0 },
  ]) {
    const random = randomStream(1, 'dropping');
    const drawn = Array.from({ length: 20_000 }, () => drawDropping(dropping, random));
    const share = (wrist: boolean, state: boolean): number =>
      drawn.filter((one) => one.wrist === wrist && one.state === state).length / drawn.length;
    const { wrist, state, both } = dropping;
    for (const [found, expected] of [
      [share(true, false), wrist],
      [share(false, true), state],
      [share(true, true), both],
      [share(false, false), 1 - wrist - state - both],
    ] as const) {
      // Four standard deviations
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(4 * Math.sqrt((expected * (1 - expected)) / drawn.length));
    }
  }
});

test('a layout is where a prompt has its parts, whether they are there or not', () => {
  const config = tiny();
  const whole = layoutOf(prompt(config, 1));
  expect(layoutOf(prompt(config, 2, { shown: ['head'], count: 1 }))).toEqual(whole);
  expect(whole.views.map(({ view }) => view)).toEqual(['head', 'leftWrist', 'rightWrist']);
  expect(whole.answers).toEqual({ start: (whole.latent?.start ?? 0) - 1, end: whole.length });
  const question = layoutOf({
    ids: new Int32Array(9),
    spans: [
      { kind: 'template', start: 0, end: 1 },
      { kind: 'head', start: 1, end: 5 },
      { kind: 'instruction', start: 5, end: 7 },
      { kind: 'answer', start: 7, end: 9 },
    ],
  });
  expect(question).toEqual({ length: 9, views: [{ view: 'head', start: 1, end: 5 }], answers: { start: 5, end: 9 } });
});
