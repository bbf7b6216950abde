/** Checks by statistics of the data: dimensions that cannot be normalised, statistics stored with the dataset, actions that are states. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { degenerateDimensions, WIDEST } from '../degenerate.ts';
import { pathInside } from '../lerobot/paths.ts';
import { isLeRobot } from '../lerobot/source.ts';
import type { EpisodeSource, Feature } from '../source.ts';
import {
  addBlock,
  type FeatureStatistics,
  type FirstPass,
  finishStatistics,
  firstPass,
  QUANTILES,
  type SecondPass,
  secondPass,
} from '../statistics.ts';
import { type Findings, messageOf, short } from './findings.ts';
import { listed } from './row-checks.ts';
import { isIndex, isNumeric, type RawBlock, widthOf } from './rows.ts';

/** How far stored statistics may be from the data's, as part of the range: f32, and whoever rounds. Quantiles are often estimated. */
const STATISTICS_TOLERANCE = 1e-3;
const QUANTILE_TOLERANCE = 0.02;

/** Statistics of all features, in two passes over the blocks. */
export interface StatisticsCheck {
  /** The first pass */
  block(position: number, block: RawBlock): void;
  /** Ends the first pass; features that the second one needs */
  next(): string[];
  /** The second pass, over the same blocks */
  again(block: RawBlock): void;
  /** What follows. Stored statistics are compared if `all` of the dataset was seen. */
  end(findings: Findings, all: boolean): Promise<void>;
}

/** Begins; `features` are those of rows. */
export function statisticsCheck(source: EpisodeSource): StatisticsCheck {
  const features = Object.entries(source.features).filter(
    ([name, feature]) => isNumeric(feature) && !isIndex(name) && widthOf(feature) <= WIDEST,
  );
  const first = new Map(features.map(([name, feature]) => [name, firstPass(widthOf(feature))]));
  const second = new Map<string, SecondPass>();
  // Only version 2.1 stores statistics of episodes.
  const perEpisode = source.format === 'lerobot-v2.1';
  const episodes = new Map<number, Map<string, Moments>>();
  const leak = leakCheck(source);
  const add = (passes: ReadonlyMap<string, FirstPass | SecondPass>, block: RawBlock): void => {
    for (const [name, pass] of passes) {
      const data = block.columns[name]?.data;
      if (!data) continue;
      const finite = data.every((value) => Number.isFinite(Math.fround(value)));
      addBlock(pass, finite ? { data } : { data, mask: Uint8Array.from(data, (value) => Number(Number.isFinite(Math.fround(value)))) });
    }
  };
  return {
    block(position, block) {
      add(first, block);
      leak.block(block);
      if (!perEpisode) return;
      const index = source.episodes[position]?.index ?? position;
      const own = episodes.get(index) ?? new Map(features.map(([name, feature]) => [name, createMoments(widthOf(feature))]));
      episodes.set(index, own);
      for (const [name, moments] of own) addMoments(moments, block.columns[name]?.data ?? []);
    },
    next() {
      for (const [name, pass] of first) second.set(name, secondPass(pass));
      return [...first.keys()];
    },
    again: (block) => add(second, block),
    async end(findings, all) {
      const statistics = new Map([...first].map(([name, pass]) => [name, finishStatistics(pass, second.get(name) as SecondPass)]));
      for (const [name, found] of statistics) degenerate(findings, name, source.features[name] as Feature, found);
      leak.end(findings);
      if (!isLeRobot(source) || !all) return;
      if (source.format === 'lerobot-v2.1') await compareEpisodes(findings, source, episodes);
      else await compareAll(findings, source, statistics);
    },
  };
}

function degenerate(findings: Findings, feature: string, { names }: Feature, statistics: FeatureStatistics): void {
  if (statistics.count.every((count) => count === 0)) return;
  const found = degenerateDimensions(statistics, names ? { names } : {});
  const constant = found.filter(({ min, max }) => min === max).map(({ dimension }) => dimension);
  const others = found.filter(({ min, max }) => min !== max);
  if (constant.length > 0) {
    findings.add({
      check: 'constant',
      severity: 'info',
      feature,
      message: `${listed(constant, names)} never ${constant.length > 1 ? 'change' : 'changes'}`,
    });
  }
  if (others.length > 0) {
    const [{ name, why }] = others as [(typeof others)[number]];
    const more =
      others.length > 1
        ? ` (and so are ${listed(
            others.slice(1).map(({ dimension }) => dimension),
            names,
          )})`
        : '';
    findings.add({
      check: 'degenerate-quantiles',
      severity: 'warning',
      feature,
      message: `${name} cannot be normalised by its quantiles: ${why}${more}. Our normalisation guards against this; others divide by it (openpi #814)`,
    });
  }
}

/**
 * Of an episode's feature, one array for all, since there are many episodes: for each dimension the number of values, the first one,
 * the sums of what the others differ from it, and of the squares, and minimum and maximum.
 */
type Moments = Float64Array;
const [COUNT, ABOUT, SUM, SQUARES, MIN, MAX, MOMENTS] = [0, 1, 2, 3, 4, 5, 6] as const;

function createMoments(dims: number): Moments {
  const moments = new Float64Array(MOMENTS * dims);
  for (let at = 0; at < moments.length; at += MOMENTS) moments.set([Infinity, -Infinity], at + MIN);
  return moments;
}

function addMoments(moments: Moments, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++) {
    const at = (i * MOMENTS) % moments.length;
    const value = data[i] as number;
    if (!Number.isFinite(value)) continue;
    if (moments[at + COUNT] === 0) moments[at + ABOUT] = value;
    const rest = value - (moments[at + ABOUT] as number);
    moments[at + COUNT] = (moments[at + COUNT] as number) + 1;
    moments[at + SUM] = (moments[at + SUM] as number) + rest;
    moments[at + SQUARES] = (moments[at + SQUARES] as number) + rest * rest;
    moments[at + MIN] = Math.min(moments[at + MIN] as number, value);
    moments[at + MAX] = Math.max(moments[at + MAX] as number, value);
  }
}

/** One of the numbers, of all dimensions. */
const each = (moments: Moments, which: number): Float64Array => moments.filter((_, i) => i % MOMENTS === which);

/** Statistics by name, per dimension. */
type Values = Readonly<Record<string, ArrayLike<number>>>;

function valuesOf(moments: Moments): Values {
  const [count, about, sum, squares] = [each(moments, COUNT), each(moments, ABOUT), each(moments, SUM), each(moments, SQUARES)];
  const mean = sum.map((total, d) => total / (count[d] as number));
  return {
    min: each(moments, MIN),
    max: each(moments, MAX),
    mean: mean.map((rest, d) => rest + (about[d] as number)),
    std: squares.map((total, d) => Math.sqrt(Math.max(0, total / (count[d] as number) - (mean[d] as number) ** 2))),
  };
}

const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [Number(value)]);

/** The first difference between stored statistics and those of the data, in words. */
function difference(stored: Readonly<Record<string, unknown>>, actual: Values, names: readonly string[] | undefined): string | undefined {
  const at = (key: string, d: number): number => actual[key]?.[d] as number;
  for (const [key, values] of Object.entries(actual)) {
    if (stored[key] === undefined) continue;
    const found = flat(stored[key]);
    if (found.length !== values.length) return `${key} has ${found.length} values, but there are ${values.length} dimensions`;
    const part = key in QUANTILES ? QUANTILE_TOLERANCE : STATISTICS_TOLERANCE;
    for (const [d, value] of found.entries()) {
      const tolerance = part * (at('max', d) - at('min', d)) + 1e-5 * Math.max(Math.abs(at('min', d)), Math.abs(at('max', d))) + 1e-9;
      if (Math.abs(value - (values[d] as number)) <= tolerance) continue;
      const minMax = isMinMax(stored, d) ? '; these are minimum and maximum, where quantiles were meant' : '';
      return `${key} of ${listed([d], names)} is stored as ${short(value)}, but is ${short(values[d] as number)}${minMax}`;
    }
  }
  return undefined;
}

const isMinMax = (stored: Readonly<Record<string, unknown>>, d: number): boolean =>
  stored.q01 !== undefined && flat(stored.q01)[d] === flat(stored.min)[d] && flat(stored.q99)[d] === flat(stored.max)[d];

/** Pictures have levels from 0 to 1. */
function pictureProblem(stored: Readonly<Record<string, unknown>>): string | undefined {
  const max = Math.max(...flat(stored.max ?? 0));
  return max > 1.001 ? `the largest level is stored as ${short(max)}, but levels are from 0 to 1` : undefined;
}

const STALE = 'They are computed anew by repair';

async function compareAll(findings: Findings, source: EpisodeSource, statistics: ReadonlyMap<string, FeatureStatistics>): Promise<void> {
  let stored: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  try {
    stored = JSON.parse(await readFile(await pathInside(source.root, 'meta/stats.json'), 'utf8'));
  } catch (error) {
    findings.add({
      check: 'stored-statistics',
      severity: 'warning',
      remedy: 'mend',
      message: `meta/stats.json cannot be read: ${messageOf(error)}`,
    });
    return;
  }
  for (const feature of Object.keys(source.features)) {
    const { quantiles, count, ...rest } = statistics.get(feature) ?? { quantiles: {}, count: [] };
    const own = stored[feature];
    if (!own || (count.length > 0 && count.every((n) => n === 0))) continue;
    const problem = source.cameras.includes(feature)
      ? pictureProblem(own)
      : difference(own, { ...rest, ...quantiles }, source.features[feature]?.names);
    if (problem === undefined) continue;
    findings.add({
      check: 'stored-statistics',
      severity: 'warning',
      feature,
      remedy: 'mend',
      message: `in meta/stats.json, ${problem}. ${STALE}`,
    });
  }
}

async function compareEpisodes(
  findings: Findings,
  source: EpisodeSource,
  episodes: ReadonlyMap<number, ReadonlyMap<string, Moments>>,
): Promise<void> {
  const common = { check: 'stored-statistics', severity: 'warning', remedy: 'mend' } as const;
  const wrong = new Map<string, { episode: number; problem: string; episodes: number }>();
  const seen = new Set<number>();
  try {
    const file = await pathInside(source.root, 'meta/episodes_stats.jsonl');
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
    for await (const line of lines) {
      if (line.trim() === '') continue;
      const { episode_index: episode, stats } = JSON.parse(line) as {
        episode_index: number;
        stats: Record<string, Record<string, unknown>>;
      };
      seen.add(episode);
      for (const [feature, stored] of Object.entries(stats)) {
        const moments = episodes.get(episode)?.get(feature);
        const camera = source.cameras.includes(feature);
        if (!camera && !(moments && each(moments, COUNT).every((n) => n > 0))) continue;
        const problem = camera ? pictureProblem(stored) : difference(stored, valuesOf(moments as Moments), source.features[feature]?.names);
        if (problem === undefined) continue;
        const known = wrong.get(feature) ?? { episode, problem, episodes: 0 };
        wrong.set(feature, { ...known, episodes: known.episodes + 1 });
      }
    }
  } catch (error) {
    findings.add({ ...common, message: `meta/episodes_stats.jsonl cannot be read: ${messageOf(error)}` });
    return;
  }
  const missing = source.episodes.filter(({ index }) => !seen.has(index));
  if (missing[0])
    findings.add({
      ...common,
      episode: missing[0].index,
      message: `${missing.length === 1 ? '1 episode has' : `${missing.length} episodes have`} no statistics in meta/episodes_stats.jsonl`,
    });
  for (const [feature, { episode, problem, episodes: count }] of wrong) {
    const more = count > 1 ? `, and likewise in ${count - 1} more episode${count > 2 ? 's' : ''}` : '';
    findings.add({ ...common, episode, feature, message: `in meta/episodes_stats.jsonl, ${problem}${more}. ${STALE}` });
  }
}

/** Whether every action is the state of the same frame, which a policy can copy without looking at anything. */
function leakCheck({ features }: EpisodeSource): { block(block: RawBlock): void; end(findings: Findings): void } {
  const [state, action] = ['observation.state', 'action'] as const;
  const width = (name: string): number => (features[name] ? widthOf(features[name]) : 0);
  let same = width(action) > 0 && width(action) === width(state);
  let rows = 0;
  return {
    block({ length, columns }) {
      const [a, s] = [columns[action]?.data, columns[state]?.data];
      if (!same || !a || !s) return;
      rows += length;
      same = a.every((value, i) => value === s[i]);
    },
    end(findings) {
      if (!same || rows < 2) return;
      findings.add({
        check: 'state-leak',
        severity: 'warning',
        feature: action,
        frames: rows,
        message: 'every action is exactly the state of the same frame: a policy learns to copy its state. Is this what was commanded?',
      });
    },
  };
}
