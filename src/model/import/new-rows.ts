/**
 * Rows for tokens that a published table has not: around the mean of those it has, so that at first new tokens are as likely as an
 * average one (Hewitt 2021, "Initializing new word embeddings for pretrained language models"), and a little apart.
 */
import type { DType } from '../../tensor/dtype.ts';
import { convert, type HostTensor, hostTensor } from '../../tensor/host.ts';
import { normals, randomStream } from '../../tensor/random.ts';

/** Deviation of new rows, by that of the published ones around their mean. */
const SPREAD = 0.1;

/** What is known of a table whose rows come in pieces. */
export interface TableStatistics {
  /** Takes in some rows: [n, width], any floating-point dtype. */
  add(rows: HostTensor): void;
  /**
   * `count` new rows [1, width] of a dtype, one after another: each column normal around its mean. `name` is the table's. Throws when
   * there were no rows.
   */
  newRows(name: string, count: number, dtype: DType, seed: number): Generator<HostTensor>;
}

/** Statistics of a table of this width, before any rows. */
export function tableStatistics(width: number): TableStatistics {
  const sums = new Float64Array(width);
  let squares = 0;
  let rows = 0;
  return {
    add(part) {
      const values = convert(part, 'f32').data as Float32Array;
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as number;
        sums[i % width] = (sums[i % width] as number) + value;
        squares += value * value;
      }
      rows += values.length / width;
    },
    *newRows(name, count, dtype, seed) {
      if (rows === 0) throw new Error(`"${name}" has no rows that new ones could be like`);
      const mean = sums.map((sum) => sum / rows);
      const variance = squares / (rows * width) - mean.reduce((sum, value) => sum + value * value, 0) / width;
      const random = randomStream(seed, `import/${name}`);
      for (let row = 0; row < count; row++) {
        const values = normals(random, width, SPREAD * Math.sqrt(Math.max(0, variance)));
        for (let i = 0; i < width; i++) values[i] = (values[i] as number) + (mean[i] as number);
        yield convert(hostTensor('f32', [1, width], values), dtype);
      }
    },
  };
}
