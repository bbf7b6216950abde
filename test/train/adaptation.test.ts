/** The parts of adaptation that need no training. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATE_DIMS } from '../../src/robot/canonical.ts';
import { type DimensionStatistics, type Normalization, normaliseState } from '../../src/robot/normalization.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { configWith, splitEpisodes } from '../../src/train/adaptation.ts';
import { fitWarnings } from '../../src/train/adaptation-fit.ts';
import { seeingOwnStatistics } from '../../src/train/projector-start.ts';
import { tiny } from '../model/tiny.ts';

describe('the first layer of a new projector', () => {
  const statistics = (seed: number): DimensionStatistics => {
    const low = Array.from(normals(randomStream(seed, 'low'), 10));
    const wide = Array.from(normals(randomStream(seed, 'wide'), 10), Math.abs);
    // One dimension hardly moves: it is guarded.
    const q99 = low.map((value, d) => value + (d === 4 ? 1e-6 : 0.1 + (wide[d] as number)));
    return { mean: low, std: wide, q01: low, q99, min: low, max: q99 };
  };
  const normalised = (state: DimensionStatistics, values: Float32Array, there: Uint8Array): Float32Array =>
    normaliseState({ state } as Normalization, values, there);

  /** Σ W·[state, there] */
  const layer = (weight: Float32Array, state: Float32Array, there: Uint8Array): number[] =>
    Array.from({ length: weight.length / (2 * STATE_DIMS) }, (_, row) => {
      const at = row * 2 * STATE_DIMS;
      return state.reduce(
        (sum, value, d) => sum + (weight[at + d] as number) * value + (weight[at + STATE_DIMS + d] as number) * (there[d] as number),
        0,
      );
    });

  test('makes of states what it would make of them normalised by their own statistics', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(2), (seed, missing) => {
        const [shared, own] = [statistics(seed), statistics(seed + 1)];
        const drawn = normals(randomStream(seed, 'weight'), 3 * 2 * STATE_DIMS);
        const values = normals(randomStream(seed, 'state'), STATE_DIMS);
        const there = Uint8Array.from({ length: STATE_DIMS }, (_, d) => (d % 3 === missing ? 0 : 1));
        const folded = seeingOwnStatistics(hostTensor('f32', [3, 2 * STATE_DIMS], drawn), shared, own).data as Float32Array;
        const expected = layer(drawn, normalised(own, values, there), there);
        const got = layer(folded, normalised(shared, values, there), there);
        const size = 1 + Math.max(...expected.map(Math.abs));
        // Both are f32 numbers that cancel, of weights that are as much larger as one range is than the other (30 at most here).
        for (const [row, value] of expected.entries()) expect(Math.abs((got[row] as number) - value) / size).toBeLessThan(1e-3);
      }),
    );
  });

  test('is of states and what is there of them', () => {
    expect(() => seeingOwnStatistics(hostTensor('f32', [3, 5], new Float32Array(15)), statistics(0), statistics(1))).toThrow(
      'is [hidden, 36], not [3,5]',
    );
  });
});

test('a tenth of the episodes is held out, the same for a seed, and one at least', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), (count, seed) => {
      const { training, heldOut } = splitEpisodes(count, seed);
      expect(heldOut).toHaveLength(Math.max(1, Math.floor(count / 10)));
      expect([...training, ...heldOut].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(splitEpisodes(count, seed)).toEqual({ training, heldOut });
    }),
  );
  expect(() => splitEpisodes(1, 0)).toThrow('needs two episodes at least');
});

test('a model knows one robot more, after the others', () => {
  const config = tiny();
  const { names } = config.embodiment;
  expect(configWith(config, 'mine', false).embodiment.names).toEqual([...names, 'mine']);
  expect(() => configWith(config, 'panda', false)).toThrow('has a projector for "panda" already (it knows panda, ur5e, agilex, ldt-01)');
  expect(configWith(config, 'panda', true)).toEqual(config);
});

test('a user is told what does not fit', () => {
  const format = { format: { fastLength: 24 } as never };
  const actions = new Array<number>(10).fill(0.02);
  expect(fitWarnings({ moments: 100, actions, cut: 0.01, clipped: 0 }, format)).toEqual([]);
  const far = fitWarnings({ moments: 100, actions: actions.with(2, 0.5), cut: 0.6, clipped: 0.1 }, format);
  expect(far).toEqual([
    'actions lie far outside the statistics of the checkpoint, which are kept: beyond ±1.5 are z 50 %',
    '60 % of the chunks have more than the 24 FAST tokens that there is room for: their ends are cut',
    '10 % of the chunks have coefficients below the lowest that FAST has tokens for',
  ]);
});
