/** Capabilities as tables after table 6 of the paper: what is asked one below the other, who answers side by side. */
import type { ReasoningKind } from '../../data/reasoning.ts';
import { KINDS } from '../../sim/reasoning/sample.ts';
import { randomStream } from '../../tensor/random.ts';
import { formatInterval, type Interval, meanShare, type Share, wilson } from '../intervals.ts';
import type { Table } from '../tables.ts';
import { ANSWERERS, type AnswererName, type CapabilityResult } from './run.ts';
import { type Measure, RULES } from './score.ts';

/** How good somebody's answers of a kind are. */
export interface AnswererSummary {
  /** Right answers, with Wilson's interval */
  readonly right: Share;
  /** Answers that were not understood */
  readonly malformed: number;
  /** Mean measure of those that were, with a bootstrap's interval over scenes; of kinds with one, unless none was understood */
  readonly measure?: Interval;
}

/** All about a kind. */
export interface KindSummary {
  readonly kind: ReasoningKind;
  readonly samples: number;
  /** Groups of samples that share things and room */
  readonly scenes: number;
  /** What counts as right */
  readonly rule: string;
  readonly measured?: Measure;
  readonly answerers: Readonly<Record<AnswererName, AnswererSummary>>;
  /** Mean share of right answers, and mean measure, by chance */
  readonly chance: { readonly right: number; readonly measure?: number };
}

/** Results by kind, in the order of table 4. `seed` is the bootstrap's. */
export function summarise(results: readonly CapabilityResult[], seed: number): KindSummary[] {
  return KINDS.flatMap((kind) => {
    const own = results.filter((one) => one.kind === kind);
    return own.length === 0 ? [] : [summaryOf(kind, own, seed)];
  });
}

function summaryOf(kind: ReasoningKind, own: readonly CapabilityResult[], seed: number): KindSummary {
  const { right: rule, measure: measured } = RULES[kind];
  const of = (name: AnswererName): AnswererSummary => {
    const scores = own.map(({ scene, scores: all }) => ({ scene, ...all[name] }));
    const measure = meanOverScenes(scores, seed);
    return {
      right: wilson(scores.filter(({ right }) => right).length, scores.length),
      malformed: scores.filter(({ wellFormed }) => !wellFormed).length,
      ...(measure && { measure }),
    };
  };
  const measures = own.flatMap(({ chance }) => (chance.measure === undefined ? [] : [chance.measure]));
  return {
    kind,
    samples: own.length,
    scenes: new Set(own.map(({ scene }) => scene)).size,
    rule,
    ...(measured && { measured }),
    answerers: { model: of('model'), blind: of('blind'), question: of('question') },
    chance: { right: mean(own.map(({ chance }) => chance.right)), ...(measures.length > 0 && { measure: mean(measures) }) },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Samples of the bootstrap */
const SAMPLES = 1000;

/** The mean of the measures that there are, and percentiles of it for as many scenes, drawn with replacement; undefined without any. */
function meanOverScenes(scores: readonly { readonly scene: number; readonly measure?: number }[], seed: number): Interval | undefined {
  const byScene = new Map<number, number[]>();
  for (const { scene, measure } of scores) {
    if (measure !== undefined) byScene.set(scene, [...(byScene.get(scene) ?? []), measure]);
  }
  const groups = [...byScene.values()];
  if (groups.length === 0) return undefined;
  const random = randomStream(seed, 'capabilities bootstrap');
  const means = Array.from({ length: SAMPLES }, () => mean(groups.flatMap(() => groups[random.integer(groups.length)] as number[])));
  means.sort((a, b) => a - b);
  const quantile = (share: number): number => means[Math.round(share * (SAMPLES - 1))] as number;
  return { value: mean(groups.flat()), low: quantile(0.025), high: quantile(0.975) };
}

/** What tables call those who answer. */
const CALLED: Readonly<Record<Exclude<AnswererName, 'model'>, string>> = { blind: 'black pictures', question: 'question alone' };

/** How a measure is shown. */
const UNITS: Readonly<Record<Measure, { readonly head: string; readonly scale: number; readonly digits: number }>> = {
  IoU: { head: 'mean IoU', scale: 1, digits: 3 },
  distance: { head: 'distance, % of the side', scale: 100, digits: 1 },
  metres: { head: 'distance, mm', scale: 1000, digits: 0 },
};

/** Two tables: shares of right answers, and the measures of places. `name` is the model's. */
export function capabilityTables(summaries: readonly KindSummary[], name: string): Table[] {
  const measured = summaries.filter((one) => one.measured !== undefined);
  return [rightTable(summaries, name), ...(measured.length > 0 ? [measureTable(measured, name)] : [])];
}

function rightTable(summaries: readonly KindSummary[], name: string): Table {
  const average = (of: (summary: KindSummary) => Share): string => formatInterval(meanShare(summaries.map(of)));
  return {
    title: 'Capabilities: right answers, %',
    rows: [
      ['', 'right is', 'samples', ...heads(name), 'chance', 'malformed'],
      ...summaries.map(({ kind, rule, samples, answerers, chance }) => [
        kind,
        rule,
        `${samples}`,
        ...ANSWERERS.map((one) => formatInterval(answerers[one].right)),
        (100 * chance.right).toFixed(1),
        `${answerers.model.malformed}`,
      ]),
      ...(summaries.length > 1
        ? [
            [
              'average',
              '',
              `${summaries.reduce((sum, { samples }) => sum + samples, 0)}`,
              ...ANSWERERS.map((one) => average(({ answerers }) => answerers[one].right)),
              (100 * mean(summaries.map(({ chance }) => chance.right))).toFixed(1),
              `${summaries.reduce((sum, { answerers }) => sum + answerers.model.malformed, 0)}`,
            ],
          ]
        : []),
    ],
  };
}

function measureTable(summaries: readonly KindSummary[], name: string): Table {
  return {
    title: 'Capabilities: how near, of answers that were understood',
    rows: [
      ['', 'measure', ...heads(name), 'chance'],
      ...summaries.map(({ kind, measured, answerers, chance }) => {
        const { head, scale, digits } = UNITS[measured as Measure];
        const number = (value: number): string => (scale * value).toFixed(digits);
        const cell = (measure: Interval | undefined): string =>
          measure ? `${number(measure.value)} (${number(measure.low)}–${number(measure.high)})` : '–';
        return [
          kind,
          head,
          ...ANSWERERS.map((one) => cell(answerers[one].measure)),
          chance.measure === undefined ? '–' : number(chance.measure),
        ];
      }),
    ],
  };
}

const heads = (name: string): string[] => ANSWERERS.map((one) => (one === 'model' ? name : CALLED[one]));
