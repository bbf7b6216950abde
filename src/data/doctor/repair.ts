/**
 * Mends a dataset without guessing, into a new directory in LeRobot v3.0. What is mended follows from what is there: times from the
 * numbers of frames, indices and totals by counting, statistics from the data, the sign of a quaternion from the one before it. Where
 * something is missing, nothing is made up: the episode is left out, and the report says why.
 */
import { convert } from '../convert.ts';
import { findBinding, openDataset } from '../dataset.ts';
import type { EpisodeSource } from '../source.ts';
import { type DoctorReport, type ExamineOptions, examine } from './examine.ts';
import type { Finding } from './findings.ts';
import { type EpisodeMend, mendedSource } from './mend.ts';
import { rawReader } from './rows.ts';

/** How to repair. */
export interface RepairOptions extends Pick<ExamineOptions, 'thorough' | 'binding' | 'fast' | 'seed' | 'signal'> {
  /** Called as episodes are gone through */
  readonly onProgress?: (progress: RepairProgress) => void;
}

/** How far it is. */
export interface RepairProgress {
  /** The dataset is examined, the new one written, and examined */
  readonly stage: 'examine' | 'write' | 'verify';
  /** Episodes that are finished in this stage, and in all */
  readonly episode: number;
  readonly episodes: number;
}

/** An episode that is not in the new dataset. */
export interface DroppedEpisode {
  /** The number by which the old dataset calls it */
  readonly episode: number;
  readonly reasons: readonly string[];
  /** Whether it is the second listing of an episode, whose first one is looked at by itself */
  readonly again?: true;
}

/** What was done. */
export interface RepairReport {
  readonly root: string;
  readonly target: string;
  /** Of the new dataset */
  readonly frames: number;
  /** Numbers of the old episodes, in the order of the new ones, which count from 0 */
  readonly episodes: readonly number[];
  readonly dropped: readonly DroppedEpisode[];
  /** Columns of data files that the metadata do not know, and the new dataset does not have */
  readonly lostColumns: readonly string[];
  /** Findings that there were, in episodes that were kept, and are not there any more */
  readonly mended: readonly Finding[];
  readonly before: DoctorReport;
  /** Of the new dataset: what is left cannot be mended without guessing */
  readonly after: DoctorReport;
}

/**
 * Repairs the dataset at `root` into the new folder `target`, and examines both. The original is only read. Throws when it cannot be
 * opened, when timestamps and videos agree on another rate than the metadata, when no episode can be kept, and when `target` is not
 * empty; then there is no new dataset.
 */
export async function repair(root: string, target: string, options: RepairOptions = {}): Promise<RepairReport> {
  const { onProgress, ...examination } = options;
  const stage = (name: RepairProgress['stage']) => ({
    onProgress: ({ episode, episodes }: { episode: number; episodes: number }) => onProgress?.({ stage: name, episode, episodes }),
  });
  const before = await examine(root, { ...examination, ...stage('examine') });
  const hopeless = before.findings.find(({ check, kind }) => check === 'open' || kind === 'other-rate');
  if (hopeless) throw new Error(`${root} cannot be repaired: ${hopeless.message}`);
  const source = await openDataset(root);
  try {
    const dropped = dropsOf(before.findings);
    const mends = await mendsOf(source, before.findings, dropped);
    if (mends.length === 0) throw new Error(`${root} cannot be repaired: no episode can be kept. ${reasonsOf(dropped)}`);
    const mended = await mendedSource(source, mends, options.binding);
    const binding = await findBinding(source, options.binding === undefined ? {} : { binding: options.binding });
    const { frames } = await convert(mended, target, {
      ...stage('write'),
      ...(options.signal && { signal: options.signal }),
      ...(binding && { binding }),
    }).finally(() => mended.close());
    const after = await examine(target, { ...examination, ...stage('verify') });
    return {
      root,
      target,
      frames,
      episodes: mended.episodes.map(({ index }) => index),
      dropped,
      lostColumns: [...new Set(before.findings.flatMap(({ columns = [] }) => columns))],
      mended: before.findings.filter(
        ({ remedy, episode }) => remedy === 'mend' && !dropped.some((other) => !other.again && other.episode === episode),
      ),
      before,
      after,
    };
  } finally {
    await source.close();
  }
}

/** Episodes that cannot be kept, and why. */
function dropsOf(findings: readonly Finding[]): DroppedEpisode[] {
  const reasons = new Map<number, string[]>();
  const again: DroppedEpisode[] = [];
  for (const { remedy, episode, message, frame, feature, camera, kind } of findings) {
    if (remedy !== 'drop' || episode === undefined) continue;
    if (kind === 'listed-again') {
      again.push({ episode, reasons: [message], again: true });
      continue;
    }
    const where = [feature ?? camera, frame === undefined ? undefined : `frame ${frame}`].filter((part) => part !== undefined).join(', ');
    reasons.set(episode, [...(reasons.get(episode) ?? []), where ? `${where}: ${message}` : message]);
  }
  return [...[...reasons].map(([episode, why]) => ({ episode, reasons: why })), ...again].sort((a, b) => a.episode - b.episode);
}

/** The first few reasons, for an error. */
function reasonsOf(dropped: readonly DroppedEpisode[]): string {
  // Second listings are no reason that there is nothing.
  const whole = dropped.filter(({ again }) => !again);
  const shown = whole.slice(0, 3).map(({ episode, reasons }) => `Episode ${episode}: ${reasons[0]}.`);
  return [...shown, ...(whole.length > 3 ? [`And ${whole.length - 3} more.`] : [])].join(' ');
}

/** What to mend in the episodes that are kept, each once. */
async function mendsOf(source: EpisodeSource, findings: readonly Finding[], dropped: readonly DroppedEpisode[]): Promise<EpisodeMend[]> {
  const raw = rawReader(source);
  const left = new Set(dropped.filter(({ again }) => !again).map(({ episode }) => episode));
  const mends: EpisodeMend[] = [];
  const byEpisode = new Map<number, Finding[]>();
  for (const finding of findings) {
    if (finding.remedy !== 'mend' || finding.episode === undefined) continue;
    byEpisode.set(finding.episode, [...(byEpisode.get(finding.episode) ?? []), finding]);
  }
  try {
    for (const [position, { index, tasks }] of source.episodes.entries()) {
      if (left.has(index)) continue;
      left.add(index);
      const own = byEpisode.get(index) ?? [];
      const has = (check: Finding['check']): readonly Finding[] => own.filter((finding) => finding.check === check);
      const cameras = [...has('frame-count'), ...has('video-times')].flatMap(({ camera }) => (camera === undefined ? [] : [camera]));
      const [task] = tasks;
      mends.push({
        position,
        length: (await raw.open(position)).length,
        timestamps: has('timestamps').length > 0,
        ...(tasks.length === 1 && task !== undefined && { task }),
        byNumber: new Set(cameras),
        signs: new Set(has('rotation-sign').flatMap(({ feature }) => (feature === undefined ? [] : [feature]))),
      });
    }
  } finally {
    await raw.close();
  }
  return mends;
}
