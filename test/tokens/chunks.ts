/** Chunks of actions made by whole numbers only: `reference/fast_fixture.py` makes the same ones, bit for bit. */
import type { ActionChunk } from '../../src/tokens/fast.ts';

export interface ChunkRecipe {
  readonly seed: number;
  readonly count: number;
  readonly horizon: number;
  readonly dims: number;
  readonly amplitude: number;
  /** At most so many 1024ths, before the amplitude. */
  readonly noise: number;
}

/** Cubic polynomials of time and noise; every tenth dimension steps from −1 to 1, as a gripper does. */
export function makeChunks({ seed, count, horizon, dims, amplitude, noise }: ChunkRecipe): ActionChunk[] {
  let state = seed;
  const draw = (): number => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state >>> 16;
  };
  return Array.from({ length: count }, () => {
    const data = new Float64Array(horizon * dims);
    for (let d = 0; d < dims; d++) {
      if (d % 10 === 9) {
        const step = draw() % (3 * horizon);
        for (let t = 0; t < horizon; t++) data[t * dims + d] = t < step ? -1 : 1;
        continue;
      }
      const [a, b, c, e] = [0, 1, 2, 3].map((power) => ((draw() % 257) - 128) / (128 << power)) as [number, number, number, number];
      for (let t = 0; t < horizon; t++) {
        const v = (2 * t - horizon + 1) / 32;
        const wobble = ((draw() % (2 * noise + 1)) - noise) / 1024;
        data[t * dims + d] = amplitude * (a + b * v + c * v * v + e * v * v * v + wobble);
      }
    }
    return { horizon, dims, data };
  });
}
