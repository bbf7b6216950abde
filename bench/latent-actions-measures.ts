/** How codes are judged: shares with intervals, perplexities, agreement, and a linear probe. */

import { randomStream } from '../src/tensor/random.ts';
import { round } from './report.ts';

/** What one thing adds to a share: of so much, how much. */
export interface Part {
  /** Things of one group are drawn together: windows of an episode are alike. */
  readonly group: string;
  readonly of: number;
  readonly share: number;
}

/** A share, and between what it lies in 95 of 100 cases. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const DRAWS = 2000;

/** The share that all parts have together, with an interval from drawing their groups again (Efron's bootstrap, percentiles). */
export function estimate(parts: readonly Part[], seed: number): Estimate {
  const sums = new Map<string, { of: number; share: number }>();
  for (const { group, of, share } of parts) {
    const known = sums.get(group) ?? { of: 0, share: 0 };
    sums.set(group, { of: known.of + of, share: known.share + share });
  }
  const groups = [...sums.values()];
  const ratio = (some: readonly { of: number; share: number }[]): number =>
    some.reduce((sum, { share }) => sum + share, 0) / some.reduce((sum, { of }) => sum + of, 0);
  const random = randomStream(seed, 'bootstrap');
  const drawn = Array.from({ length: DRAWS }, () =>
    ratio(groups.map(() => groups[random.integer(groups.length)] as (typeof groups)[number])),
  );
  drawn.sort((a, b) => a - b);
  const at = (share: number): number => drawn[Math.round(share * (DRAWS - 1))] as number;
  return { value: ratio(groups), low: at(0.025), high: at(0.975) };
}

/** `0.71 (0.69–0.74)` */
export const format = ({ value, low, high }: Estimate): string => `${round(value)} (${round(low)}–${round(high)})`;

/** How often each entry was chosen, of all: codes and how many entries there are. */
function sharesOf(codes: readonly number[], entries: number): number[] {
  const counts = new Array<number>(entries).fill(0);
  for (const code of codes) counts[code] = (counts[code] as number) + 1;
  return counts.map((count) => count / codes.length);
}

/** e to the entropy of the entries that were chosen. */
export const perplexity = (codes: readonly number[], entries: number): number =>
  Math.exp(-sharesOf(codes, entries).reduce((sum, p) => sum + (p > 0 ? p * Math.log(p) : 0), 0));

/** How often two lists of codes would agree if neither knew of the other. */
export function chanceOf(some: readonly number[], others: readonly number[], entries: number): number {
  const [p, q] = [sharesOf(some, entries), sharesOf(others, entries)];
  return p.reduce((sum, share, i) => sum + share * (q[i] as number), 0);
}

/** Codes of a transition, and the class that is to be told from them. */
export interface Labelled {
  readonly codes: readonly number[];
  readonly label: number;
}

const [ROUNDS, RATE, MOMENTUM, DECAY] = [300, 0.2, 0.9, 1e-4];

/** A linear classifier of one-hot codes, as a function of codes: softmax regression by gradient descent with momentum. */
export function fitProbe(examples: readonly Labelled[], entries: number, classes: number): (codes: readonly number[]) => number {
  const slots = examples[0]?.codes.length ?? 0;
  const weights = new Float64Array((slots * entries + 1) * classes);
  /** Where the weights of the entries of codes begin, and those of the constant */
  const rowsOf = (codes: readonly number[]): number[] =>
    [...codes.map((code, slot) => slot * entries + code), slots * entries].map((row) => row * classes);
  const scores = (rows: readonly number[], into: Float64Array): Float64Array => {
    into.fill(0);
    for (const row of rows) for (let c = 0; c < classes; c++) into[c] = (into[c] as number) + (weights[row + c] as number);
    return into;
  };
  const prepared = examples.map(({ codes, label }) => ({ rows: rowsOf(codes), label }));
  const [speed, slopes] = [new Float64Array(weights.length), new Float64Array(classes)];
  for (let i = 0; i < ROUNDS; i++) {
    const gradient = weights.map((weight) => DECAY * weight);
    for (const { rows, label } of prepared) {
      softmax(scores(rows, slopes));
      slopes[label] = (slopes[label] as number) - 1;
      for (const row of rows) {
        for (let c = 0; c < classes; c++) gradient[row + c] = (gradient[row + c] as number) + (slopes[c] as number) / prepared.length;
      }
    }
    for (let j = 0; j < weights.length; j++) {
      speed[j] = MOMENTUM * (speed[j] as number) - RATE * (gradient[j] as number);
      weights[j] = (weights[j] as number) + (speed[j] as number);
    }
  }
  return (codes) => {
    const values = scores(rowsOf(codes), slopes);
    return values.indexOf(Math.max(...values));
  };
}

/** In place. */
function softmax(values: Float64Array): void {
  const most = Math.max(...values);
  const total = values.reduce((sum, value) => sum + Math.exp(value - most), 0);
  for (let i = 0; i < values.length; i++) values[i] = Math.exp((values[i] as number) - most) / total;
}
