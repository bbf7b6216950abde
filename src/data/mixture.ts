/**
 * Mixtures of sources of samples, in shuffled order. The whole order is a function of the seed and the position: position n says
 * from which source the n-th sample of a run comes and which of its samples it is, without anything before it being drawn. So the
 * state of a run is one number, and any number of workers, each taking some of the positions, make the same stream.
 *
 * Which source: a fixed schedule of PERIOD positions, repeated. Weights are rounded to whole parts of the period, and the schedule
 * gives every source its parts as evenly as can be: earliest deadline first, where the k-th sample of a source with a share w must
 * come at or after position ⌊k/w⌋ and before ⌈(k+1)/w⌉ (Baruah et al. 1996, "Proportionate progress"). As the shares add up to 1,
 * all deadlines are met, and among the first n samples of a stage those of a source differ from n·w by less than 1.
 *
 * Which sample: the m-th draw from a source of N samples is number m mod N of epoch ⌊m/N⌋. Each epoch is a permutation of its own,
 * computed for one sample at a time by a keyed Feistel network over pairs of numbers (Black and Rogaway 2002, "Ciphers with
 * arbitrary finite domains") with Philox for its round function. Every sample comes once an epoch, and no table is kept.
 */
import { z } from 'zod';
import { philox, randomStream } from '../tensor/random.ts';

/** Positions after which the schedule of sources repeats; weights are rounded to parts of it. */
export const PERIOD = 2 ** 16;

/** The schedule of as many takes about a second to make. */
const MOST_SOURCES = 4096;

const weight = z.number().nonnegative();

const source = z.strictObject({
  /** How the seed, stages and draws call it. Its order of samples depends on it, not on its place in the list. */
  name: z.string().min(1),
  /** Samples in it */
  length: z.int().positive(),
  /** Of the probability that a sample comes from it: weights are relative to their sum */
  weight,
});

type Source = z.output<typeof source>;

const stage = z.strictObject({
  /** The position at which it begins */
  from: z.int().positive(),
  /** Weights by name of source from there on; sources that are not named have weight 0 */
  weights: z.record(z.string(), weight),
});

/** What a mixture is made of. The weights of the sources hold until the first stage begins: a curriculum is a list of stages. */
export const mixtureConfig = z
  .strictObject({
    seed: z.int().nonnegative().default(42),
    sources: z.array(source).min(1).max(MOST_SOURCES),
    stages: z.array(stage).default([]),
  })
  .superRefine(({ sources, stages }, context) => {
    const problem = (path: (string | number)[], message: string): void => context.addIssue({ code: 'custom', path, message });
    const names = sources.map(({ name }) => name);
    names.forEach((name, i) => {
      if (names.indexOf(name) < i) problem(['sources', i, 'name'], `"${name}" is the name of an earlier source, too`);
    });
    if (sources.every((one) => one.weight === 0)) problem(['sources'], 'all weights are 0: one at least must be more');
    stages.forEach(({ from, weights }, i) => {
      const before = stages[i - 1]?.from ?? 0;
      if (from <= before) problem(['stages', i, 'from'], `a stage at ${from} cannot follow one at ${before}`);
      for (const name of Object.keys(weights)) {
        if (!names.includes(name)) problem(['stages', i, 'weights', name], `no source has this name; there are ${names.join(', ')}`);
      }
      if (Object.values(weights).every((w) => w === 0)) problem(['stages', i, 'weights'], 'all weights are 0: one at least must be more');
    });
  });

/** A mixture as a configuration file says it. */
export type MixtureConfig = z.input<typeof mixtureConfig>;

/** The sample at a position of a mixture. */
export interface MixtureDraw {
  readonly source: string;
  /** Its number in the source, from 0 */
  readonly sample: number;
  /** How often the source had been gone through before */
  readonly epoch: number;
}

/** A part of the batches: those of one of several processes that train together. */
export interface BatchOptions {
  /** Samples in a batch, over all ranks */
  readonly size: number;
  readonly rank?: number;
  readonly ranks?: number;
}

/** A shuffled, endless sequence of samples. All it knows is made when it is: drawing changes nothing. */
export interface Mixture {
  /** The sample at a position, in a few microseconds. Throws unless it is a whole number from 0 up. */
  at(position: number): MixtureDraw;
  /**
   * The samples of batch `index` for one rank: positions index·size + rank·size/ranks and on. The ranks' parts one after the other
   * are the batch of a single rank. Throws when `size` cannot be divided by `ranks`.
   */
  batch(index: number, options: BatchOptions): MixtureDraw[];
  /** The shares of the sources at a position, as they are after rounding: multiples of 1/PERIOD, adding up to 1 */
  shares(position: number): Readonly<Record<string, number>>;
}

/** The mixture of a configuration. Throws when that is wrong, saying where. */
export function mixture(config: MixtureConfig): Mixture {
  const parsed = mixtureConfig.safeParse(config);
  if (!parsed.success) throw new Error(`the mixture cannot be made:\n${z.prettifyError(parsed.error)}`);
  const { seed, sources, stages } = parsed.data;
  const schedules = [schedule(0, Array(sources.length).fill(0), partsOf(sources.map((one) => one.weight)))];
  for (const { from, weights: named } of stages) {
    const weights = new Map(Object.entries(named));
    const last = schedules.at(-1) as Schedule;
    const drawn = sources.map((_, i) => drawnIn(last, from, i));
    schedules.push(schedule(from, drawn, partsOf(sources.map(({ name }) => weights.get(name) ?? 0))));
  }
  const shuffles = sources.map(({ name, length }) => shuffle(seed, name, length));

  function scheduleAt(position: number): Schedule {
    if (!(Number.isSafeInteger(position) && position >= 0)) {
      throw new Error(`mixture: a position is a whole number from 0 up, got ${position}`);
    }
    return schedules.findLast(({ from }) => from <= position) as Schedule;
  }

  function at(position: number): MixtureDraw {
    const { from, drawn, parts, order, rank } = scheduleAt(position);
    const slot = (position - from) % PERIOD;
    const i = order[slot] as number;
    const { name, length } = sources[i] as Source;
    const draw = (drawn[i] as number) + Math.floor((position - from) / PERIOD) * (parts[i] as number) + (rank[slot] as number);
    const epoch = Math.floor(draw / length);
    return { source: name, sample: (shuffles[i] as Shuffle)(epoch, draw % length), epoch };
  }

  function batch(index: number, { size, rank = 0, ranks = 1 }: BatchOptions): MixtureDraw[] {
    const each = size / ranks;
    if (!(Number.isInteger(each) && each > 0)) throw new Error(`mixture: a batch of ${size} cannot be divided among ${ranks} ranks`);
    if (!(Number.isInteger(rank) && rank >= 0 && rank < ranks)) throw new Error(`mixture: there is no rank ${rank} among ${ranks}`);
    return Array.from({ length: each }, (_, i) => at(index * size + rank * each + i));
  }

  function shares(position: number): Record<string, number> {
    const { parts } = scheduleAt(position);
    return Object.fromEntries(sources.map(({ name }, i) => [name, (parts[i] as number) / PERIOD]));
  }

  return { at, batch, shares };
}

/** Which sources a stage draws from, in order. */
interface Schedule {
  /** The position at which it begins */
  readonly from: number;
  /** By source: how many of its samples were drawn before that */
  readonly drawn: readonly number[];
  /** By source: its positions in a period */
  readonly parts: readonly number[];
  /** u16[PERIOD]: the source of each position */
  readonly order: Uint16Array;
  /** u16[PERIOD]: how many of the positions before it in the period have the same source */
  readonly rank: Uint16Array;
}

/** Weights as whole parts of the period, by largest remainders; no weight above 0 gets none. */
function partsOf(weights: readonly number[]): number[] {
  // By the largest first: sums of huge weights are infinite, and parts of tiny ones nothing.
  const most = Math.max(...weights);
  const relative = weights.map((w) => (w > 0 ? Math.max(w / most, Number.MIN_VALUE) : 0));
  const sum = relative.reduce((a, b) => a + b, 0);
  const exact = relative.map((w) => (w > 0 ? Math.max((w / sum) * PERIOD, Number.MIN_VALUE) : 0));
  const parts = exact.map((part) => (part > 0 ? Math.max(1, Math.floor(part)) : 0));
  const over = exact.map((part, i) => ({ i, excess: (parts[i] as number) - part }));
  for (let left = PERIOD - parts.reduce((a, b) => a + b, 0); left !== 0; left -= Math.sign(left)) {
    // A part more goes to whom most is missing; one less is for whom has most in excess and more than one.
    const open = over.filter(({ i }) => (left > 0 ? exact[i] : (parts[i] as number) - 1));
    const chosen = open.reduce((a, b) => (Math.sign(left) * (b.excess - a.excess) < 0 ? b : a));
    parts[chosen.i] = (parts[chosen.i] as number) + Math.sign(left);
    chosen.excess += Math.sign(left);
  }
  return parts;
}

/** The schedule of a stage: at each position, of the sources whose next sample may come, the one whose deadline is the earliest. */
function schedule(from: number, drawn: readonly number[], parts: readonly number[]): Schedule {
  const order = new Uint16Array(PERIOD);
  const rank = new Uint16Array(PERIOD);
  const active = parts.flatMap((part, i) => (part > 0 ? [{ i, part, count: 0, release: 0, deadline: Math.ceil(PERIOD / part) }] : []));
  for (let slot = 0; slot < PERIOD; slot++) {
    let next: (typeof active)[number] | undefined;
    for (const one of active) {
      if (one.release <= slot && (!next || one.deadline < next.deadline)) next = one;
    }
    if (!next) throw new Error(`no source may come at position ${slot} of the period: its parts do not add up to ${PERIOD}`);
    order[slot] = next.i;
    rank[slot] = next.count++;
    next.release = Math.floor((next.count * PERIOD) / next.part);
    next.deadline = Math.ceil(((next.count + 1) * PERIOD) / next.part);
  }
  return { from, drawn, parts, order, rank };
}

/** How many samples of source `i` are drawn before a position of the stage, earlier stages included. */
function drawnIn({ from, drawn, parts, order }: Schedule, position: number, i: number): number {
  const periods = Math.floor((position - from) / PERIOD);
  const rest = order.subarray(0, (position - from) % PERIOD).reduce((count, source) => count + (source === i ? 1 : 0), 0);
  return (drawn[i] as number) + periods * (parts[i] as number) + rest;
}

/** The sample that comes at a place of an epoch. For each epoch, a permutation of 0 … length−1. */
type Shuffle = (epoch: number, place: number) => number;

/** Rounds of the network. Four make it a good permutation of a large domain; small ones need more. */
const ROUNDS = 8;

/** The shuffled epochs of a source: of samples as pairs (x, y) with x < rows, y < columns, of which hardly any are beyond the last. */
function shuffle(seed: number, name: string, length: number): Shuffle {
  const keys = randomStream(seed, `mixture/${name}`);
  const key = [keys.next(), keys.next()] as const;
  const rows = Math.ceil(Math.sqrt(length));
  const columns = Math.ceil(length / rows);

  function permute(epoch: number, place: number): number {
    const [low, high] = [epoch >>> 0, Math.floor(epoch / 2 ** 32)];
    let x = Math.floor(place / columns);
    let y = place % columns;
    for (let round = 0; round < ROUNDS; round += 2) {
      x = (x + philox([y, round, low, high], key)[0]) % rows;
      y = (y + philox([x, round + 1, low, high], key)[0]) % columns;
    }
    return x * columns + y;
  }

  return (epoch, place) => {
    // Pairs beyond the last sample are permuted on, until there is one that is not: that leaves a permutation of the samples.
    let sample = permute(epoch, place);
    while (sample >= length) sample = permute(epoch, sample);
    return sample;
  };
}
