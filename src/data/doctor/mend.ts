/**
 * A dataset seen through what is known to be wrong with it: the same rows and frames, with timestamps and instructions mended. It is what
 * `repair` writes.
 */
import { bindDataset } from '../dataset.ts';
import { partOf } from '../lerobot/cameras.ts';
import { isLeRobot, type LeRobotExtra, type LeRobotSource } from '../lerobot/source.ts';
import { openParquet, type ParquetFile } from '../parquet.ts';
import type { Column, EpisodeSource, Feature, FrameReader, RowRange, Rows } from '../source.ts';
import { openVideo } from '../video/reader.ts';
import { declaredRotations, type RotationColumns } from './rotations.ts';
import { blockRows, isIndex, isNumeric, type RawEpisode, type RawReader, rawReader, widthOf } from './rows.ts';

/** What is mended in an episode. */
export interface EpisodeMend {
  /** In the source's `episodes` */
  readonly position: number;
  /** Rows that are there */
  readonly length: number;
  /** Make timestamps anew, as frame / fps */
  readonly timestamps: boolean;
  /** The instruction of rows whose `task_index` has none */
  readonly task?: string;
  /** Cameras whose frame i is taken for row i, whatever its time */
  readonly byNumber: ReadonlySet<string>;
  /** Features whose quaternions keep their sign */
  readonly signs: ReadonlySet<string>;
}

/** A source of the mended episodes, in their order. Closing it leaves the source open. `binding` is a file, as for `bindDataset`. */
export async function mendedSource(source: EpisodeSource, mends: readonly EpisodeMend[], binding?: string): Promise<EpisodeSource> {
  const raw = rawReader(source);
  const quaternions = mends.some(({ signs }) => signs.size > 0) ? await declaredQuaternions(source, binding) : [];
  const mendOf = (n: number): EpisodeMend => {
    const mend = mends[n];
    if (!mend) throw new Error(`${source.name}: ${mends.length} episodes are mended, there is none in position ${n}`);
    return mend;
  };
  const signs = signReader(raw, quaternions);

  async function readRows(n: number, range: RowRange = {}): Promise<Rows> {
    const mend = mendOf(n);
    const { from = 0, to = mend.length } = range;
    const wanted = range.columns ?? Object.keys(source.features).filter((name) => isNumeric(source.features[name] as Feature));
    const opened = await raw.open(mend.position);
    const indices = ['timestamp', 'task_index'].filter((column) => opened.columns[column]);
    const block = await opened.read([...wanted, ...indices], from, to);
    const { timestamp, task_index } = block.columns;
    const { fps = source.fps } = source.episodes[mend.position] ?? {};
    const byFrame = (): Float64Array => Float64Array.from({ length: to - from }, (_, i) => (from + i) / fps);
    return {
      from,
      length: to - from,
      timestamps: mend.timestamps || !timestamp ? byFrame() : Float64Array.from(timestamp.data),
      tasks: tasksOf(source, mend, to - from, task_index, block.tasks),
      columns: await signs(mend, opened, from, Object.fromEntries(Object.entries(block.columns).filter(([name]) => !isIndex(name)))),
    };
  }

  async function openCamera(n: number, camera: string): Promise<FrameReader> {
    const { position, length, byNumber } = mendOf(n);
    const place = byNumber.has(camera) && isLeRobot(source) ? await source.lerobot.videoFile(position, camera) : undefined;
    if (!place) return source.openCamera(position, camera);
    const video = openVideo(place.path);
    const { first } = partOf(video, place, source.fps);
    return {
      length,
      at: async (seconds) => video.at(video.times[first + Math.min(length - 1, Math.max(0, Math.round(seconds * source.fps)))] as number),
      close: () => video.close(),
    };
  }

  const mended: EpisodeSource = {
    ...source,
    episodes: mends.map(({ position, length, task }) => {
      const info = source.episodes[position] as EpisodeSource['episodes'][number];
      return { ...info, length, tasks: task === undefined ? info.tasks : [task] };
    }),
    readRows,
    openCamera,
    close: () => raw.close(),
  };
  if (!isLeRobot(source)) return mended;
  const withExtra: LeRobotSource = { ...mended, lerobot: lerobotOf(source, mendOf) };
  return withExtra;
}

/** What LeRobot datasets have beside rows and frames. */
function lerobotOf({ lerobot }: LeRobotSource, mendOf: (n: number) => EpisodeMend): LeRobotExtra {
  /** Rows of a file that the metadata would not let be read */
  const withFile = async <T>(
    n: number,
    from: number,
    to: number | undefined,
    use: (file: ParquetFile, from: number, to: number) => Promise<T>,
  ) => {
    const { position, length } = mendOf(n);
    const { path, firstRow } = await lerobot.dataFile(position);
    const file = await openParquet(path);
    return use(file, firstRow + from, firstRow + (to ?? length)).finally(() => file.close());
  };
  return {
    ...lerobot,
    dataFile: (n) => lerobot.dataFile(mendOf(n).position),
    async videoFile(n, camera) {
      const { position, length, byNumber } = mendOf(n);
      if (byNumber.has(camera)) return undefined;
      const place = await lerobot.videoFile(position, camera);
      if (!place || place.from > 0 || place.to === undefined) return place;
      // A file of version 3.0 with one episode in it is its video: no need to encode it again.
      const video = openVideo(place.path);
      const { length: frames } = video;
      video.close();
      return frames === length ? { file: place.file, path: place.path, from: 0 } : place;
    },
    readStrings: (n, feature, from = 0, to) => withFile(n, from, to, (file, begin, end) => file.readStrings(feature, begin, end)),
    readImages: (n, camera, from = 0, to) => withFile(n, from, to, (file, begin, end) => file.readImages(camera, begin, end)),
  };
}

function tasksOf(
  source: EpisodeSource,
  { position, task }: EpisodeMend,
  length: number,
  numbers: Column | undefined,
  texts: readonly (string | undefined)[] | undefined,
): readonly (string | undefined)[] {
  if (!numbers || !isLeRobot(source)) {
    const { tasks } = source.episodes[position] as EpisodeSource['episodes'][number];
    return texts ?? new Array<string | undefined>(length).fill(task ?? (tasks.length === 1 ? tasks[0] : undefined));
  }
  return Array.from(numbers.data, (number) => source.lerobot.tasks.get(number) ?? task);
}

/** Quaternions that a binding declares: of those, and only of those, both signs are known to mean the same. */
async function declaredQuaternions(source: EpisodeSource, binding: string | undefined): Promise<RotationColumns[]> {
  const bound = await bindDataset(source, binding === undefined ? {} : { binding });
  const declared = bound ? declaredRotations(bound.binding, source.features) : [];
  return declared.filter(({ conventions: [convention] }) => convention.startsWith('quaternion'));
}

type SignReader = (
  mend: EpisodeMend,
  raw: RawEpisode,
  from: number,
  columns: Readonly<Record<string, Column>>,
) => Promise<Record<string, Column>>;

/** Turns quaternions to the side of the ones before them, from the first frame of the episode on. */
function signReader(raw: RawReader, quaternions: readonly RotationColumns[]): SignReader {
  // Of the episode read last: the frames from which on the sign is the other one.
  let known: { readonly position: number; readonly flips: ReadonlyMap<RotationColumns, readonly number[]> } | undefined;
  return async (mend, opened, from, columns) => {
    const wanted = quaternions.filter(({ feature }) => mend.signs.has(feature) && columns[feature]);
    if (wanted.length === 0) return columns;
    if (known?.position !== mend.position) {
      const flips = new Map<RotationColumns, readonly number[]>();
      for (const quaternion of quaternions.filter(({ feature }) => mend.signs.has(feature)))
        flips.set(quaternion, await flipsOf(opened, quaternion));
      known = { position: mend.position, flips };
      // Another call may have opened another episode meanwhile.
      await raw.open(mend.position);
    }
    const result: Record<string, Column> = { ...columns };
    for (const quaternion of wanted) {
      const { shape, data } = result[quaternion.feature] as Column;
      result[quaternion.feature] = {
        shape,
        data: turned(data, widthOf({ shape } as Column), quaternion.positions, from, known.flips.get(quaternion) ?? []),
      };
    }
    return result;
  };
}

/** The frames at which a quaternion is on the other side of the one before. */
async function flipsOf(raw: RawEpisode, { feature, positions }: RotationColumns): Promise<number[]> {
  const flips: number[] = [];
  let before: number[] | undefined;
  const step = blockRows(raw.columns);
  for (let from = 0; from < raw.length; from += step) {
    const { columns, length } = await raw.read([feature], from, Math.min(raw.length, from + step));
    const column = columns[feature] as Column;
    const width = widthOf(column);
    for (let row = 0; row < length; row++) {
      const now = positions.map((position) => column.data[row * width + position] as number);
      if (before && before.reduce((sum, value, i) => sum + value * (now[i] as number), 0) < 0) flips.push(from + row);
      before = now;
    }
  }
  return flips;
}

function turned<T extends Float32Array | Float64Array>(
  data: T,
  width: number,
  positions: readonly number[],
  from: number,
  flips: readonly number[],
): T {
  const result = data.slice() as T;
  let next = flips.findIndex((frame) => frame > from);
  if (next < 0) next = flips.length;
  for (let row = 0; row * width < result.length; row++) {
    while (next < flips.length && (flips[next] as number) <= from + row) next++;
    if (next % 2 === 1) for (const position of positions) result[row * width + position] = -(result[row * width + position] as number);
  }
  return result;
}
