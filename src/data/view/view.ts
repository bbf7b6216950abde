/**
 * An episode as one HTML page, to look at data before training on it: pictures, states and actions, the paths of the tools, the chunks
 * that a model would learn and their FAST tokens, statistics. The page loads nothing; it can be mailed, archived and opened from a disk.
 */
import { ARMS, type Arm, CHUNK_STEPS } from '../../robot/canonical.ts';
import type { Normalization } from '../../robot/normalization.ts';
import type { FastTokenizer } from '../../tokens/fast.ts';
import { episodeReader } from '../episodes.ts';
import { requireIncreasing } from '../resample.ts';
import type { EpisodeSource, Rows } from '../source.ts';
import type { ArmTrack, BoundSource } from '../tracks.ts';
import { chunksOf, type EpisodeChunks } from './chunks.ts';
import { curvesOf } from './curves.ts';
import { framesOf } from './frames.ts';
import { type PageContent, pageOf } from './page.ts';
import { pathsOf } from './paths.ts';
import { type PageData, pack } from './record.ts';
import { actionTable, featureTables } from './table.ts';

/** What a page is to show. */
export interface ViewOptions {
  /** Pictures per camera, spread over the episode; 90 unless given, fewer where there are more than two cameras */
  readonly frames?: number;
  /** Pixels of the longer side of a picture at most; 320 unless given */
  readonly frameSize?: number;
  /** JPEG quality, 1 … 100; 70 unless given */
  readonly quality?: number;
  /** Steps of a chunk; CHUNK_STEPS unless given */
  readonly steps?: number;
  /** Points of a curve at most; 1500 unless given. More rows than that are shown by their least and greatest values. */
  readonly points?: number;
  /** Where the arm of a robot with one arm goes; `right` unless given */
  readonly side?: Arm;
  /** What actions are normalised with before they become tokens; the statistics of the episode itself unless given */
  readonly normalization?: Normalization;
  /** The tokenizer; one made from the episode itself unless given */
  readonly fast?: FastTokenizer;
}

/** Rows at most for which chunks and tokens are made. */
const MOST_CHUNKS = 600;

/**
 * The page of an episode, by its position in the source: HTML in one string. Without a robot it has no paths and no chunks. What
 * cannot be shown (a camera that cannot be read, numbers that are no pose) is said on the page. Throws when there is no such episode,
 * when it has no rows, and when its rows cannot be read.
 */
export async function viewEpisode(
  source: EpisodeSource,
  bound: BoundSource | undefined,
  episode: number,
  options: ViewOptions = {},
): Promise<string> {
  const { frameSize = 320, quality = 70, steps = CHUNK_STEPS, points = 1500, side = 'right', normalization, fast } = options;
  const info = source.episodes[episode];
  if (!info) throw new Error(`${source.name} has ${source.episodes.length} episodes, there is none in position ${episode}`);
  const where = `${source.name}, episode ${info.index}`;
  const notices: string[] = [];
  const rows = await source.readRows(episode);
  if (rows.length === 0) throw new Error(`${where} has no rows: there is nothing to see`);

  const times = timesOf(source, rows, notices);
  const tracks = bound ? tracksOf(bound, rows, where, notices) : [];
  const { frames = Math.min(90, Math.ceil(200 / Math.max(1, source.cameras.length))) } = options;
  const samples = spread(rows.length, frames);
  const chunks = await attempt(tracks.length > 0, notices, 'Chunks of actions', () =>
    chunksOf(tracks, times, samples, {
      steps,
      side,
      most: MOST_CHUNKS,
      ...(fast && { fast }),
      ...(normalization && { statistics: normalization.actions }),
    }),
  );
  const reader = episodeReader(bound ?? source);
  try {
    const data: PageData = {
      rows: rows.length,
      times: pack(times),
      tasks: tasksOf(rows),
      samples,
      cameras: await framesOf(
        reader,
        episode,
        samples.map((row) => times[row] as number),
        { size: frameSize, quality, side },
      ),
      curves: curvesOf(source, bound, rows, tracks, points),
      paths: pathsOf(tracks, points),
      chunks: chunks?.data,
    };
    return pageOf({ ...headOf(source, bound, episode, times), notices, data, tables: await tablesOf(source, rows, chunks) });
  } finally {
    reader.close();
  }
}

const tablesOf = async (source: EpisodeSource, rows: Rows, chunks: EpisodeChunks | undefined): Promise<PageContent['tables']> => [
  ...(await featureTables(source, rows)),
  ...(chunks ? [actionTable(chunks.statistics)] : []),
];

/** The rows' times since the first; by the frame rate where those of the dataset cannot be used. */
function timesOf(source: EpisodeSource, rows: Rows, notices: string[]): Float64Array {
  try {
    requireIncreasing(rows.timestamps, 0, 'the episode');
    return rows.timestamps.map((time) => time - (rows.timestamps[0] as number));
  } catch (error) {
    notices.push(`Timestamps: ${(error as Error).message}. Shown with times by the frame rate of ${source.fps} Hz.`);
    return Float64Array.from({ length: rows.length }, (_, row) => row / source.fps);
  }
}

function tracksOf(bound: BoundSource, rows: Rows, where: string, notices: string[]): ArmTrack[] {
  try {
    return bound.tracks(rows, where);
  } catch (error) {
    notices.push(`No paths and no chunks: ${(error as Error).message}`);
    return [];
  }
}

/** Something that may fail without keeping the rest from being shown. */
async function attempt<T>(wanted: boolean, notices: string[], what: string, make: () => Promise<T>): Promise<T | undefined> {
  if (!wanted) return undefined;
  try {
    return await make();
  } catch (error) {
    notices.push(`${what}: ${(error as Error).message}`);
    return undefined;
  }
}

/** At most `most` rows, evenly spread, the first and the last among them. */
function spread(rows: number, most: number): number[] {
  if (!(Number.isInteger(most) && most > 0)) throw new Error(`a page needs a whole number of frames from 1 up, got ${most}`);
  if (rows <= most) return Array.from({ length: rows }, (_, row) => row);
  return Array.from({ length: most }, (_, i) => (most === 1 ? 0 : Math.round((i * (rows - 1)) / (most - 1))));
}

/** The instructions in their order, and where each begins. */
function tasksOf({ tasks }: Rows): PageData['tasks'] {
  const begins: { row: number; text: string }[] = [];
  for (const [row, task] of tasks.entries()) {
    if (row === 0 ? task !== undefined : task !== tasks[row - 1]) begins.push({ row, text: task ?? 'no instruction' });
  }
  return begins;
}

function headOf(
  source: EpisodeSource,
  bound: BoundSource | undefined,
  episode: number,
  times: Float64Array,
): Omit<PageContent, 'notices' | 'data' | 'tables'> {
  const { index, tasks } = source.episodes[episode] as EpisodeSource['episodes'][number];
  const arms = bound?.embodiment.arms.map(({ slot }) => slot) ?? [];
  const both = ARMS.every((arm) => arms.includes(arm)) ? 'two arms' : arms[0] === 'either' ? 'one arm' : `${arms[0]} arm`;
  return {
    dataset: source.name,
    episode: index,
    instructions: tasks,
    facts: [
      ['robot', source.robotType ?? 'not said'],
      ['embodiment', bound ? `${bound.embodiment.name}, ${both}` : 'not bound to a robot'],
      ['frames', `${times.length}`],
      ['rate', `${source.fps} Hz`],
      ['duration', `${(times.length / source.fps).toFixed(2)} s`],
      ['cameras', source.cameras.join(', ') || 'none'],
      ['format', source.format],
      ['episodes in the dataset', `${source.episodes.length}`],
    ],
  };
}
