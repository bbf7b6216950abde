/** Before and after as tables. */
import type { ArmOrBoth, ErrorCurves } from '../../eval/offline-summary.ts';
import type { Table } from '../../eval/tables.ts';
import { CONTROL_RATE } from '../../robot/canonical.ts';
import { ONE_STAGE, STAGE_A, STAGE_B } from '../../train/adaptation.ts';
import type { Measured } from './measure.ts';

/** What rows are called. */
const TITLES: Readonly<Record<string, string>> = {
  before: 'before (a new projector)',
  [STAGE_A]: 'after stage A (projector)',
  [STAGE_B]: 'after stage B (end to end)',
  [ONE_STAGE]: 'after one stage',
};

/** Seconds of the horizon that tables tell of */
const SHOWN = [0.5, 1];

const COLUMNS = [
  { kind: 'translation', head: 'mm', scale: 1000, digits: 1 },
  { kind: 'rotation', head: '°', scale: 180 / Math.PI, digits: 1 },
  { kind: 'gripper', head: 'gripper', scale: 1, digits: 3 },
] as const;

/** A table for each arm, and for both together: the policy before and after, and what sees nothing. `chunk` is its steps. */
export function beforeAfterTables({ policies, baselines }: Measured, chunk: number): Table[] {
  const within = SHOWN.map((seconds) => Math.round(seconds * CONTROL_RATE)).filter((step) => step <= chunk);
  const steps = within.length > 0 ? within : [chunk];
  const row = (title: string, curves: ErrorCurves, arm: ArmOrBoth): string[] => [
    title,
    ...COLUMNS.flatMap(({ kind, scale, digits }) =>
      steps.map((step) => {
        const { value, low, high } = curves[arm]?.[kind] ?? { value: [], low: [], high: [] };
        const [mean, from, to] = [value, low, high].map((of) => ((of[step - 1] ?? Number.NaN) * scale).toFixed(digits));
        return `${mean} (${from} to ${to})`;
      }),
    ),
  ];
  const arms = (['both', 'left', 'right'] as const).filter((arm) => baselines.still[arm]);
  return arms.map((arm) => ({
    title: `Open-loop error on held-out episodes, ${arm === 'both' ? 'mean of both arms' : `${arm} arm`}`,
    rows: [
      ['', ...COLUMNS.flatMap(({ head }) => steps.map((step) => `${head} at ${Number((step / CONTROL_RATE).toFixed(2))} s`))],
      ...Object.entries(policies).map(([name, curves]) => row(TITLES[name] ?? name, curves, arm)),
      row('stay where you are', baselines.still, arm),
      row('repeat the last velocity', baselines.velocity, arm),
    ],
  }));
}
