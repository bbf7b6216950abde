/** Where things are in the sequence, and what is dropped. */
import { expect, test } from 'vitest';
import { layoutPositions, type Stretch } from '../../src/model/multimodal-positions.ts';
import { drawDropping, droppedKeys, layoutOf } from '../../src/model/sequence.ts';
import { hostTensor, numbers } from '../../src/tensor/host.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { constant } from '../../src/tensor/tensor.ts';
import { ropePositions } from '../../src/tokens/prompt.ts';
import { engine } from '../nn/helpers.ts';
import { evaluate } from '../support/evaluate.ts';
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
  // The token before the answer says its first.
  expect(question).toEqual({ length: 9, views: [{ view: 'head', start: 1, end: 5 }], answers: { start: 6, end: 9 } });
});

test('soft prompts are not the state: they are not dropped with it', async () => {
  const config = tiny((c) => ({ ...c, embodiment: { ...c.embodiment, softPrompts: 2 } }));
  const layout = layoutOf(prompt(config, 1));
  const yes = constant(hostTensor('bool', [1, 1], [1]));
  const no = constant(hostTensor('bool', [1, 1], [0]));
  const { keys } = await evaluate(engine, { keys: droppedKeys(layout, { wrist: no, state: yes }) });
  const { start, end } = layout.state ?? { start: 0, end: 0 };
  expect(end - start).toBe(4);
  expect([...numbers(keys)].flatMap((hidden, at) => (hidden ? [at] : []))).toEqual([end - 2, end - 1]);
});

test.each([
  ['everything', {}],
  ['a view less', { shown: ['head', 'rightWrist'] }],
  ['no words', { count: 0 }],
])('prompts have the positions of Qwen2.5-VL: %s', (_, options) => {
  const one = prompt(tiny(), 3, options);
  const shown = one.spans.filter(({ start }) => one.visible[start] === 1);
  const stretches = shown.map(
    ({ kind, start, end }): Stretch => (kind === 'head' || kind.endsWith('Wrist') ? { rows: 2, columns: 2 } : end - start),
  );
  const { positions } = layoutPositions(stretches);
  const found = ropePositions(one, [2, 2]);
  const length = one.ids.length;
  for (const [axis, expected] of positions.entries()) {
    const own = [...found.subarray(axis * length, (axis + 1) * length)].filter((_, t) => one.visible[t] === 1);
    expect(own).toEqual(expected);
  }
});
