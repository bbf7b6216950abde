import fc from 'fast-check';
import { expect, test } from 'vitest';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { dct } from '../../src/tokens/dct.ts';

/** The sum of the definition, term by term. */
function plain(data: ArrayLike<number>, horizon: number, dims: number): number[] {
  return Array.from({ length: horizon * dims }, (_, i) => {
    const [k, d] = [Math.floor(i / dims), i % dims];
    let sum = 0;
    for (let t = 0; t < horizon; t++) sum += (data[t * dims + d] as number) * Math.cos((Math.PI * (2 * t + 1) * k) / (2 * horizon));
    return Math.sqrt((k === 0 ? 1 : 2) / horizon) * sum;
  });
}

test.each([
  [1, 1],
  [2, 3],
  [5, 2],
  [30, 20],
  [50, 7],
])('%i time steps of %i dimensions: as defined, and back', (horizon, dims) => {
  const data = normals(randomStream(1, 'dct', horizon), horizon * dims);
  const coefficients = dct(horizon).forward(data, dims).slice();
  // Sums of up to 50 doubles, in another order.
  expect(coefficients).toBeAllclose(plain(data, horizon, dims), { rtol: 0, atol: 1e-13 });
  expect(dct(horizon).inverse(coefficients, dims)).toBeAllclose(data, { rtol: 0, atol: 1e-6 });
});

test('keeps lengths: it is orthonormal', () => {
  const squares = (x: ArrayLike<number>): number => Array.from(x).reduce((sum, value) => sum + value * value, 0);
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }), (data) => {
      expect(squares(dct(data.length).forward(data, 1))).toBeCloseTo(squares(data), 10);
    }),
  );
});

test.each([0, -1, 1.5, Number.NaN])('%d time steps are refused', (horizon) => {
  expect(() => dct(horizon)).toThrow(`the time steps must be a whole number from 1 up, got ${horizon}`);
});

test('coefficients of another size are refused', () => {
  expect(() => dct(3).inverse([1, 2, 3, 4], 1)).toThrow('3 frequencies of 1 dimensions are 3 coefficients, got 4');
});
