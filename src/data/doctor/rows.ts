/**
 * Rows as they are stored, right or wrong. Sources refuse rows that contradict the metadata; somebody who looks for what is wrong has
 * to see them.
 */
import { INDEX_COLUMNS } from '../lerobot/info.ts';
import { isLeRobot } from '../lerobot/source.ts';
import { openParquet, type ParquetFile } from '../parquet.ts';
import type { Column, EpisodeSource, Feature, Rows } from '../source.ts';
import { messageOf } from './findings.ts';

/** Consecutive rows of an episode. */
export interface RawBlock {
  /** The frame of the first one */
  readonly from: number;
  readonly length: number;
  /** By name; indices and timestamps are among them where the dataset has them */
  readonly columns: Readonly<Record<string, Column>>;
  /** Of formats that have no `task_index` */
  readonly tasks?: readonly (string | undefined)[];
}

/** A column that cannot be read as announced. */
export interface BadColumn {
  readonly column: string;
  readonly message: string;
  /** The row of the file that is wrong, where one is */
  readonly row?: number;
}

/** An episode whose rows can be read. */
export interface RawEpisode {
  /** Rows that are there; not always as many as the metadata say */
  readonly length: number;
  /** Rows that the metadata announce */
  readonly announced: number;
  /** Whether the file holds this episode only, so that all its rows are the episode's */
  readonly whole: boolean;
  /** Columns of numbers, by what the dataset says of them */
  readonly columns: Readonly<Record<string, Feature>>;
  /** Columns of the file that the dataset does not know */
  readonly unknown: readonly string[];
  /** First row of the episode in its file */
  readonly firstRow: number;
  /** Rows [from, to) of some columns; those that cannot be read are told to `bad` and left out. */
  read(columns: readonly string[], from: number, to: number, bad?: (column: BadColumn) => void): Promise<RawBlock>;
}

/** Reads a dataset's rows as they are stored. */
export interface RawReader {
  /** Throws when the episode's file is missing, truncated or not where the metadata say. The one opened before is closed. */
  open(position: number): Promise<RawEpisode>;
  close(): Promise<void>;
}

/** Begins to read. Closing it leaves the source open. */
export function rawReader(source: EpisodeSource): RawReader {
  if (!isLeRobot(source)) return { open: async (position) => plainEpisode(source, position), close: async () => undefined };
  const { lerobot } = source;
  let last: { readonly path: string; readonly file: ParquetFile } | undefined;
  const close = async (): Promise<void> => {
    const { file } = last ?? {};
    last = undefined;
    await file?.close();
  };
  return {
    async open(position) {
      const { path, firstRow, whole } = await lerobot.dataFile(position);
      if (last?.path !== path) {
        await close();
        last = { path, file: await openParquet(path) };
      }
      const announced = source.episodes[position]?.length ?? 0;
      const there = Math.max(0, last.file.rows - firstRow);
      return storedEpisode(last.file, lerobot.info.features, {
        firstRow,
        whole,
        announced,
        length: whole ? there : Math.min(announced, there),
      });
    },
    close,
  };
}

/** Numbers, as opposed to texts and pictures. */
export const isNumeric = ({ dtype }: Feature): boolean => /^(float|int|uint|bool)/.test(dtype);

/** How many numbers a row of a feature has. */
export const widthOf = ({ shape }: Feature | Column): number => shape.reduce((size, n) => size * n, 1);

type Place = Pick<RawEpisode, 'firstRow' | 'whole' | 'announced' | 'length'>;

function storedEpisode(file: ParquetFile, features: Readonly<Record<string, Feature>>, place: Place): RawEpisode {
  const columns = Object.fromEntries(Object.entries(features).filter(([, feature]) => isNumeric(feature)));
  return {
    ...place,
    columns,
    unknown: file.columns.filter((column) => !features[column]),
    async read(wanted, from, to, bad) {
      const read: Record<string, Column> = {};
      for (const column of wanted) {
        const { shape } = columns[column] as Feature;
        try {
          read[column] = { shape, data: await file.readNumbers(column, shape, place.firstRow + from, place.firstRow + to) };
        } catch (error) {
          if (!bad) throw error;
          const message = messageOf(error);
          const row = /in row (\d+)/.exec(message)?.[1];
          bad({ column, message, ...(row !== undefined && { row: Number(row) }) });
        }
      }
      return { from, length: to - from, columns: read };
    },
  };
}

function plainEpisode(source: EpisodeSource, position: number): RawEpisode {
  const { length } = source.episodes[position] ?? { length: 0 };
  const numeric = Object.entries(source.features).filter(([, feature]) => isNumeric(feature));
  return {
    length,
    announced: length,
    whole: true,
    firstRow: 0,
    columns: { ...Object.fromEntries(numeric), timestamp: { dtype: 'float64', shape: [1] } },
    unknown: [],
    async read(wanted, from, to, bad) {
      try {
        const rows = await source.readRows(position, { from, to, columns: wanted.filter((column) => column !== 'timestamp') });
        return {
          from,
          length: to - from,
          tasks: rows.tasks,
          columns: { ...rows.columns, timestamp: { shape: [1], data: rows.timestamps } },
        };
      } catch (error) {
        if (!bad) throw error;
        bad({ column: wanted[0] ?? 'timestamp', message: messageOf(error) });
        return { from, length: to - from, columns: {} };
      }
    },
  };
}

/** Columns of indices and timestamps, as opposed to features. */
export const isIndex = (column: string): boolean => (INDEX_COLUMNS as readonly string[]).includes(column);

/** As bindings read rows: by place, without regard to times. */
export const boundRows = ({ from, length, columns }: RawBlock, fps: number): Rows => ({
  from,
  length,
  columns,
  tasks: new Array<undefined>(length).fill(undefined),
  timestamps: Float64Array.from({ length }, (_, i) => (from + i) / fps),
});

/** Rows of a block: so many that they take a few megabytes. */
export function blockRows(columns: Readonly<Record<string, Feature>>): number {
  const width = Object.values(columns).reduce((sum, column) => sum + widthOf(column), 1);
  return Math.min(4096, Math.max(64, Math.floor(2 ** 20 / width)));
}
