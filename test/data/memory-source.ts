/** A dataset in memory: one episode of rows that a function makes, and cameras whose frames tell their time. */
import type { EpisodeSource, Feature, Frame } from '../../src/data/source.ts';

export interface MemoryOptions {
  readonly rows: number;
  readonly fps: number;
  /** Values of a row by feature */
  readonly values: Readonly<Record<string, (seconds: number, row: number) => readonly number[]>>;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly cameras?: readonly string[];
  /** The timestamp of a row; its number over the rate unless given */
  readonly timestamp?: (row: number) => number;
  readonly format?: EpisodeSource['format'];
  readonly tasks?: (row: number) => string | undefined;
}

/** A frame of 4×2 pixels, all of the level `round(100·seconds) mod 256`. */
const frameAt = (seconds: number): Frame => ({ width: 4, height: 2, data: new Uint8Array(24).fill(Math.round(100 * seconds) % 256) });

export function memorySource(options: MemoryOptions): EpisodeSource {
  const {
    rows: length,
    fps,
    values,
    names = {},
    cameras = [],
    timestamp = (row) => row / fps,
    format = 'lerobot-v3.0',
    tasks = () => 'do it',
  } = options;
  const features: Record<string, Feature> = Object.fromEntries(
    Object.entries(values).map(([feature, of]) => [
      feature,
      { dtype: 'float64', shape: [of(0, 0).length], ...(names[feature] && { names: names[feature] }) },
    ]),
  );
  for (const camera of cameras) features[camera] = { dtype: 'video', shape: [2, 4, 3] };
  return {
    name: 'memory',
    root: 'memory',
    format,
    fps,
    features,
    cameras,
    episodes: [{ index: 0, length, tasks: [tasks(0)].filter((task) => task !== undefined) }],
    readRows: async (_, { from = 0, to = length, columns = Object.keys(values) } = {}) => {
      const rows = Array.from({ length: to - from }, (_, i) => from + i);
      return {
        from,
        length: rows.length,
        timestamps: Float64Array.from(rows, timestamp),
        tasks: rows.map(tasks),
        columns: Object.fromEntries(
          columns.map((feature) => {
            const of = values[feature] as NonNullable<(typeof values)[string]>;
            const data = rows.flatMap((row) => [...of(row / fps, row)]);
            return [feature, { shape: features[feature]?.shape ?? [], data: Float64Array.from(data) }];
          }),
        ),
      };
    },
    openCamera: async () => ({
      length,
      at: async (seconds) => frameAt(Math.round(seconds * fps) / fps),
      close: () => undefined,
    }),
    close: async () => undefined,
  };
}
