/** Checks of rows that need nothing but the rows: timestamps, indices, instructions, finite numbers. */
import type { Feature } from '../source.ts';
import { type Findings, short, type Tally } from './findings.ts';
import { type Pace, paceOf, type SeenRates, sameRate } from './rates.ts';
import { isIndex, type RawBlock, widthOf } from './rows.ts';

/** A check that sees the rows of an episode block by block, in order. */
export type RowCheck = (block: RawBlock) => void;

/** Which episode is looked at, and what is known of it. */
export interface EpisodeContext {
  readonly findings: Findings;
  /** By which the dataset calls it */
  readonly episode: number;
  readonly fps: number;
  /** Whether times have to be frame / fps. Videos of their own have their own times. */
  readonly regular: boolean;
  /** Whether every camera has as many frames as there are rows */
  readonly framesAgree: boolean;
  /** What videos say of the rate; what rows say is added. */
  readonly rates?: SeenRates;
}

/** How far a timestamp may be from frame / fps, in seconds: LeRobot's tolerance, beyond which it does not train (lerobot #3177). */
export const TIME_TOLERANCE = 1e-4;

/**
 * Timestamps: finite, increasing, and, unless the dataset is irregular, frame / fps. Times for which f32 has no closer number are fine, however long the episode is.
 * They can be made anew from the frames' numbers unless frames are missing, in videos or in time, or were taken at another rate.
 */
export function timestampCheck({ findings, episode, fps, regular, framesAgree, rates = { videos: [] } }: EpisodeContext): RowCheck {
  const common = { check: 'timestamps', severity: 'error', episode, feature: 'timestamp' } as const;
  const [places, times]: [number[], number[]] = [[], []];
  let known: Pace | undefined;
  // At the end of the episode.
  const pace = (): Pace => {
    known ??= paceOf(places, times);
    return known;
  };
  rates.rows = () => pace().rate;
  const remedyAndWhy = (): { remedy: 'mend' | 'drop'; why: string } => {
    const { rate, gap } = pace();
    if (gap) return { remedy: 'drop', why: `; frames are missing before frame ${gap.place}, ${short(gap.seconds)} s after the one before` };
    if (regular && rate !== undefined && !sameRate(rate, fps))
      return { remedy: 'drop', why: `; rows come at ${short(rate)} Hz, not at ${short(fps)}` };
    return { remedy: framesAgree ? 'mend' : 'drop', why: '' };
  };
  const about = (message: string) => {
    const { remedy, why } = remedyAndWhy();
    return { ...common, remedy, message: `${message}${why}` };
  };
  const broken = findings.tally(({ firstDetail }) => about(`the timestamp is ${firstDetail}`));
  const backwards = findings.tally(({ firstDetail, size }) =>
    about(`the timestamp ${short(firstDetail)} s does not come after the one before; time goes back by up to ${short(size)} s`),
  );
  const drifted = findings.tally(({ first, firstDetail, worst, size }) =>
    about(
      `the timestamp is ${firstDetail.toFixed(5)} s, where frame / fps is ${(first / fps).toFixed(5)} s; off by up to ${short(size)} s, in frame ${worst}`,
    ),
  );
  let before = Number.NEGATIVE_INFINITY;
  return ({ from, columns: { timestamp } }) => {
    if (!timestamp) return;
    for (let i = 0; i < timestamp.data.length; i++) {
      const time = timestamp.data[i] as number;
      const frame = from + i;
      if (!Number.isFinite(time)) {
        broken.add(frame, 0, time);
        continue;
      }
      places.push(frame);
      times.push(time);
      if (time <= before) backwards.add(frame, before - time, time);
      before = time;
      const error = Math.abs(time - frame / fps);
      if (regular && error > TIME_TOLERANCE && time !== Math.fround(frame / fps)) drifted.add(frame, error, time);
    }
  };
}

/** `frame_index`, `episode_index` and `index` count rows; `first` is the episode's first row in the dataset. */
export function indexCheck({ findings, episode }: EpisodeContext, first: number): RowCheck {
  const wanted: Readonly<Record<string, (frame: number) => number>> = {
    frame_index: (frame) => frame,
    episode_index: () => episode,
    index: (frame) => first + frame,
  };
  const tallies = new Map<string, Tally>();
  const tallyOf = (feature: string, right: (frame: number) => number): Tally => {
    const known = tallies.get(feature);
    if (known) return known;
    const made = findings.tally(({ first: frame, firstDetail }) => ({
      check: 'indices',
      severity: 'error',
      episode,
      feature,
      remedy: 'mend',
      message: `${feature} is ${firstDetail}, but should be ${right(frame)}`,
    }));
    tallies.set(feature, made);
    return made;
  };
  return ({ from, length, columns }) => {
    for (const [feature, right] of Object.entries(wanted)) {
      const data = columns[feature]?.data;
      if (!data) continue;
      for (let i = 0; i < length; i++) if (data[i] !== right(from + i)) tallyOf(feature, right).add(from + i, 0, data[i]);
    }
  };
}

/** Instructions of rows: by number, or as texts; and that the episode announces them. */
export function taskCheck(
  { findings, episode }: EpisodeContext,
  known: ReadonlyMap<number, string>,
  announced: readonly string[],
): RowCheck {
  const common = { check: 'tasks', episode } as const;
  // Where the episode announces a single instruction, that is the one of all its rows.
  const remedy = announced.length === 1 && announced[0]?.trim() ? ('mend' as const) : ('drop' as const);
  const unknown = findings.tally(({ firstDetail }) => ({
    ...common,
    severity: 'error',
    feature: 'task_index',
    remedy,
    message: `task_index is ${firstDetail}, but meta/tasks has no such task`,
  }));
  const empty = findings.tally(() => ({ ...common, severity: 'warning', message: 'there is no instruction' }));
  const others = new Set<string>();
  const unannounced = findings.tally(() => ({
    ...common,
    severity: 'warning',
    // Which of the two is right would be a guess.
    remedy: 'drop',
    message: `the instruction ${[...others].map((text) => JSON.stringify(text)).join(', ')} is not among those that the episode announces`,
  }));
  return ({ from, length, columns: { task_index }, tasks }) => {
    for (let i = 0; i < length; i++) {
      const number = task_index?.data[i];
      if (number === undefined && !tasks) continue;
      const text = number === undefined ? tasks?.[i] : known.get(number);
      if (number !== undefined && text === undefined) unknown.add(from + i, 0, number);
      else if (!text?.trim()) empty.add(from + i);
      else if (announced.length > 0 && !announced.includes(text)) {
        others.add(text);
        unannounced.add(from + i);
      }
    }
  };
}

/** Whether a feature is an action or a state by its name: what is trained with where no binding says so. */
export const isMotion = (feature: string): boolean => /^(action|state|observation\.state)s?($|[._/])/.test(feature);

/**
 * Numbers that are not finite, as f32: that is what everything is trained in. An episode is spoiled by those of features that are `used`;
 * of others, they are only worth knowing.
 */
export function valueCheck(
  { findings, episode }: EpisodeContext,
  features: Readonly<Record<string, Feature>>,
  used: (feature: string) => boolean = isMotion,
): RowCheck {
  const checks = Object.entries(features).flatMap(([name, feature]) => {
    if (isIndex(name) || !feature.dtype.startsWith('float')) return [];
    const width = widthOf(feature);
    const dimensions = new Set<number>();
    let value = Number.NaN;
    const tally = findings.tally(() => ({
      check: 'values',
      ...(used(name) ? { severity: 'error' as const, remedy: 'drop' as const } : { severity: 'warning' as const }),
      episode,
      feature: name,
      message: `${listed(
        [...dimensions].sort((a, b) => a - b),
        feature.names,
      )} ${dimensions.size > 1 ? 'are' : 'is'} ${value}`,
    }));
    return [
      (block: RawBlock): void => {
        const data = block.columns[name]?.data;
        if (!data) return;
        for (let i = 0; i < data.length; i++) {
          if (Number.isFinite(Math.fround(data[i] as number))) continue;
          if (dimensions.size === 0) value = data[i] as number;
          dimensions.add(i % width);
          tally.add(block.from + Math.floor(i / width));
        }
      },
    ];
  });
  return (block) => {
    for (const check of checks) check(block);
  };
}

/** Dimensions by name, or by number: `kLeftElbow, kRightElbow and 3 more`, `dimensions 0, 1`. */
export function listed(dimensions: readonly number[], names?: readonly string[], most = 4): string {
  const first = dimensions.slice(0, most);
  const named = first.some((d) => names?.[d] !== undefined);
  const shown = first.map((d, i) => names?.[d] ?? (named || i === 0 ? `dimension${named || first.length === 1 ? '' : 's'} ${d}` : `${d}`));
  const more = dimensions.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
