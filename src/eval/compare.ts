/** Policies side by side in one table: evaluations of the same trials. */
import type { EvaluationFile } from './evaluation.ts';
import { FAILURES } from './failures.ts';
import { suiteTable, type Table } from './tables.ts';
import type { TrialResult } from './trial.ts';

/** An evaluation, and what its policy is called. */
export interface NamedEvaluation {
  readonly name: string;
  readonly evaluation: Pick<EvaluationFile, 'settings' | 'results'>;
}

/** What must be alike for numbers to be comparable: which trials they are of. */
const OF_TRIALS = ['tasks', 'robots', 'perturbations', 'seed', 'trials'] as const;

/**
 * Success by suite and failures by kind, with a row for each policy; with conditions, a row for each policy and condition. Throws for
 * evaluations that are not of the same trials, and for names that come twice.
 */
export function comparisonTables(evaluations: readonly NamedEvaluation[]): Table[] {
  const [first, ...others] = evaluations;
  if (!first) throw new Error('there is no evaluation to compare');
  for (const { name, evaluation } of others) {
    const different = OF_TRIALS.find((key) => JSON.stringify(evaluation.settings[key]) !== JSON.stringify(first.evaluation.settings[key]));
    if (different !== undefined)
      throw new Error(`${first.name} and ${name} were not evaluated alike: their ${different} differ, so their numbers cannot be compared`);
  }
  const twice = evaluations.find(({ name }, i) => evaluations.findIndex((other) => other.name === name) < i);
  if (twice) throw new Error(`two policies are called "${twice.name}": say what they are called, as in NAME=FILE`);
  const conditions = first.evaluation.settings.perturbations;
  const rows = evaluations.flatMap(({ name, evaluation }) =>
    conditions.map((condition) => ({
      label: conditions.length > 1 ? `${name}, ${condition}` : name,
      own: evaluation.results.filter(({ perturbation }) => perturbation === condition),
    })),
  );
  return [suiteTable(rows), failuresOf(rows)];
}

function failuresOf(rows: readonly { readonly label: string; readonly own: readonly TrialResult[] }[]): Table {
  return {
    title: 'Failures',
    rows: [
      ['', ...FAILURES, 'trials'],
      ...rows.map(({ label, own }) => [
        label,
        ...FAILURES.map((kind) => `${own.filter(({ failure }) => failure === kind).length}`),
        `${own.length}`,
      ]),
    ],
  };
}
