/** What is told of a batch that was computed again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { batchMagnitudes, computedBatch, magnitudeOf, partOf, type Replay, replayText } from '../../src/train/replay.ts';

const tensor = (...values: number[]): HostTensor => hostTensor('f32', [values.length], values);

test.each([
  ['model.layers.3.self_attn.q_proj.weight', 'model.layers.3'],
  ['model.embed_tokens.weight', 'model.embed_tokens'],
  ['state_projectors.g1-inspire.fc1.bias', 'state_projectors.g1-inspire'],
  ['encoder.0.weight', 'encoder.0'],
  ['lm_head.weight', 'lm_head'],
  ['w', 'w'],
])('%s belongs to %s', (parameter, part) => {
  expect(partOf(parameter)).toBe(part);
});

test('magnitudes are those of all numbers together, and do not overflow', () => {
  const values = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, values, (a, b) => {
      const { count, notFinite, greatest, norm } = magnitudeOf([tensor(...a), tensor(...b)]);
      expect({ count, notFinite }).toEqual({ count: a.length + b.length, notFinite: 0 });
      expect(greatest).toBe(Math.max(...[...a, ...b].map(Math.abs)));
      const expected = Math.hypot(...a, ...b);
      expect(norm).toBeGreaterThanOrEqual(expected * (1 - 1e-12) - 1e-150);
      expect(norm).toBeLessThanOrEqual(expected * (1 + 1e-12) + 1e-150);
    }),
  );
  expect(magnitudeOf([tensor(1, Number.NaN, Number.NEGATIVE_INFINITY, -3)])).toEqual({
    ...{ count: 4, notFinite: 2, greatest: 3, norm: Number.NaN },
  });
});

test('parts come by their gradients, what is not finite first, and make up the norm of all', () => {
  const gradients = new Map([
    ['a.x.weight', tensor(3)],
    ['b.0.weight', tensor(1, Number.POSITIVE_INFINITY)],
    ['a.y.weight', tensor(20)],
    ['a.y.bias', tensor(21)],
  ]);
  const parameters = new Map([...gradients.keys()].map((name, i) => [name, tensor(i)]));
  const { metrics, parts, gradientNorm } = computedBatch(7, { loss: tensor(0.5) }, parameters, gradients);
  expect(metrics).toEqual({ loss: 0.5 });
  expect(parts.map(({ name, gradient }) => [name, gradient.norm])).toEqual([
    ['b.0', Number.POSITIVE_INFINITY],
    ['a.y', 29],
    ['a.x', 3],
  ]);
  expect(parts[1]?.parameters.greatest).toBe(3);
  expect(gradientNorm).toBe(Number.POSITIVE_INFINITY);
});

test('the text has the largest inputs and parts first, and as many as are read', () => {
  const gradients = new Map(Array.from({ length: 15 }, (_, i) => [`model.layers.${i}.weight`, tensor(i)]));
  const [stopped, saved] = [4, 3].map((after) => computedBatch(after, { loss: tensor(after) }, gradients, gradients));
  const replay: Replay = {
    ...{ update: 5, reason: 'the gradient explodes', first: 'NaN first appears in Exp' },
    inputs: batchMagnitudes({ state: tensor(-9, 1), images: tensor(8), noise: tensor(Number.NaN) }),
    stopped: stopped as Replay['stopped'],
    saved: saved as Replay['stopped'],
  };
  const lines = replayText(replay).split('\n');
  expect(lines[0]).toBe('the batch of update 5: the gradient explodes');
  expect(lines[1]).toBe('NaN first appears in Exp');
  expect(lines.find((line) => line.startsWith('loss'))).toMatch(/^loss +4 +3$/);
  const from = (head: string): number => lines.findIndex((line) => line.startsWith(head));
  expect(lines.slice(from('input') + 1, from('input') + 4).map((line) => line.split(/ +/)[0])).toEqual(['noise', 'state', 'images']);
  const parts = lines.slice(from('gradients of') + 1, from('and 3 more'));
  expect(parts).toHaveLength(12);
  expect(parts[0]).toMatch(/^model\.layers\.14 +0 +14 +14 +14 +14$/);
});
