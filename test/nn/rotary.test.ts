import { describe, expect, test } from 'vitest';
import { applyRotary, gridPositions, multimodalRotary, type Positions, type RotaryTable, rotary1d, rotary2d } from '../../src/nn/rotary.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { square } from '../../src/tensor/ops/arithmetic.ts';
import { broadcastTo, sum } from '../../src/tensor/ops/broadcast.ts';
import { transpose } from '../../src/tensor/ops/layout.ts';
import { matmul } from '../../src/tensor/ops/matmul.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith, noiseTensor } from './helpers.ts';

const [TIME, WIDTH] = [6, 16] as const;
const times = [0, 1, 2, 5, 9, 30];
const [ys, xs] = [
  [0, 0, 1, 3, 2, 7],
  [4, 0, 1, 1, 9, 2],
];

/** Every kind, as a function of a shift of all positions. */
const kinds: Record<string, (shift: number) => RotaryTable> = {
  'one axis': (s) => rotary1d(plus(times, s), { width: WIDTH }),
  'two axes, split': (s) => rotary2d(plus(ys as number[], s), plus(xs as number[], s), { width: WIDTH, base: 100, layout: 'split' }),
  'two axes, joint': (s) => rotary2d(plus(ys as number[], s), plus(xs as number[], s), { width: WIDTH, layout: 'joint' }),
  multimodal: (s) =>
    multimodalRotary([plus(times, s), plus(ys as number[], s), plus(xs as number[], s)], { width: WIDTH, sections: [2, 3, 3] }),
};

const plus = (positions: readonly number[], shift: number): number[] => positions.map((position) => position + shift);

/** f32[1, 1, T, S]: products of all pairs of queries and keys */
const products = (q: Tensor, k: Tensor): Tensor => matmul(transpose(q, [0, 2, 1, 3]), transpose(k, [0, 2, 1, 3]), { transposeB: true });

describe.each(Object.entries(kinds))('%s', (_, table) => {
  const q = noiseTensor('q', [1, TIME, 1, WIDTH]);
  const k = noiseTensor('k', [1, TIME, 1, WIDTH]);

  test('preserves norms', async () => {
    const norm = (x: Tensor): Tensor => sum(square(x), { axes: -1 });
    const values = await evaluateWith(new Map(), { before: norm(q), after: norm(applyRotary(q, table(3))) });
    expect(values.after).toBeAllclose(values.before, { rtol: 1e-5 });
  });

  test('makes products depend on the distance only', async () => {
    // The same query and key at every position.
    const [one, other] = ['one', 'other'].map((name) => broadcastTo(noiseTensor(name, [1, 1, 1, WIDTH]), [1, TIME, 1, WIDTH])) as [
      Tensor,
      Tensor,
    ];
    const at = (shift: number): Tensor => products(applyRotary(one, table(shift)), applyRotary(other, table(shift)));
    const values = await evaluateWith(new Map(), { here: at(0), there: at(17), unturned: products(one, other) });
    expect(values.there).toBeAllclose(values.here, { rtol: 1e-4, atol: 1e-4 });
    expect(values.here).not.toBeAllclose(values.unturned, { atol: 0.1 });
  });

  test('is different for different positions', async () => {
    const values = await evaluateWith(new Map(), { here: applyRotary(k, table(0)), there: applyRotary(k, table(1)) });
    expect(values.there).not.toBeAllclose(values.here, { atol: 0.01 });
  });
});

describe('positions that are inputs', () => {
  const x = noiseTensor('x', [2, TIME, 3, WIDTH]);
  const feed = (rows: readonly (readonly number[])[]): HostTensor => hostTensor('i64', [rows.length, TIME], rows.flat());

  test('give what known ones give, row by row', async () => {
    const known = rotary1d(times, { width: WIDTH });
    const fed = rotary1d(input('positions', 'i64', [2, TIME]), { width: WIDTH });
    const outputs = { known: applyRotary(x, known), fed: applyRotary(x, fed) };
    const values = await evaluateWith(new Map(), outputs, { positions: feed([times, times]) });
    expect(values.fed).toBeAllclose(values.known, { rtol: 0, atol: 1e-6 });
    const other = await evaluateWith(new Map(), outputs, { positions: feed([times, plus(times, 1)]) });
    const half = TIME * 3 * WIDTH;
    expect(numbers(other.fed).slice(0, half)).toEqual(numbers(values.fed).slice(0, half));
    expect(numbers(other.fed).slice(half)).not.toBeAllclose(numbers(values.fed).slice(half), { atol: 0.01 });
  });

  test('stay exact far out', async () => {
    const far = plus(times, 30000);
    const positions: Positions = constant(hostTensor('i64', [TIME], far));
    const outputs = { known: applyRotary(x, rotary1d(far, { width: WIDTH })), fed: applyRotary(x, rotary1d(positions, { width: WIDTH })) };
    const values = await evaluateWith(new Map(), outputs);
    expect(values.fed).toBeAllclose(values.known, { rtol: 0, atol: 1e-5 });
  });
});

test('position 0 is not turned', async () => {
  const x = noiseTensor('x', [1, 1, 2, WIDTH]);
  const tables = [rotary1d([0], { width: WIDTH }), rotary2d([0], [0], { width: WIDTH, layout: 'split' })];
  const [one, two] = tables.map((table) => applyRotary(x, table)) as [Tensor, Tensor];
  const values = await evaluateWith(new Map(), { x, one, two });
  expect(values.one.data).toEqual(values.x.data);
  expect(values.two.data).toEqual(values.x.data);
});

test('M-RoPE of text is RoPE', async () => {
  const x = noiseTensor('x', [1, TIME, 1, WIDTH]);
  const [text, plain] = [
    multimodalRotary([times, times, times], { width: WIDTH, sections: [2, 3, 3], base: 1e6 }),
    rotary1d(times, { width: WIDTH, base: 1e6 }),
  ];
  const values = await evaluateWith(new Map(), { text: applyRotary(x, text), plain: applyRotary(x, plain) });
  expect(values.text.data).toEqual(values.plain.data);
});

test('grids, row by row and in blocks for a merger', () => {
  expect(gridPositions(2, 3)).toEqual({ y: [0, 0, 0, 1, 1, 1], x: [0, 1, 2, 0, 1, 2] });
  expect(gridPositions(2, 2, { start: 1 })).toEqual({ y: [1, 1, 2, 2], x: [1, 2, 1, 2] });
  expect(gridPositions(4, 4, { merge: 2 })).toEqual({
    y: [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3],
    x: [0, 1, 0, 1, 2, 3, 2, 3, 0, 1, 0, 1, 2, 3, 2, 3],
  });
});

describe('mistakes', () => {
  test('widths that do not divide', () => {
    expect(() => rotary1d([0], { width: 5 })).toThrow('rotary1d: the head width must be a multiple of 2, got 5');
    expect(() => rotary2d([0], [0], { width: 6, layout: 'split' })).toThrow('multiple of 4, got 6');
    expect(() => multimodalRotary([[0], [0], [0]], { width: 16, sections: [2, 2, 2] })).toThrow('sections [2,2,2] add up to 6, expected 8');
  });
  test('axes of different lengths', () => {
    expect(() => rotary2d([0, 1], [0], { width: 8, layout: 'split' })).toThrow('positions of 2 and 1 tokens');
  });
  test('a grid that blocks do not fill', () => {
    expect(() => gridPositions(3, 4, { merge: 2 })).toThrow('blocks of 2 × 2 do not fill a grid of 3 × 4');
  });
  test('a table for another width', () => {
    expect(() => applyRotary(noiseTensor('x', [1, 1, 1, 8]), rotary1d([0], { width: 16 }))).toThrow(
      'heads have 8 channels, but the table is for 16',
    );
  });
});
