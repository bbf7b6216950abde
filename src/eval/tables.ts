/** Tables of success in the layout of the paper, made of trials. */
import { objectModel } from '../sim/objects/catalogue.ts';
import { CATEGORIES } from '../sim/objects/model.ts';
import { SUITES } from '../sim/tasks/task.ts';
import { FAILURES } from './failures.ts';
import { formatInterval, type Interval, meanShare, type Share, wilson } from './intervals.ts';
import { NOMINAL, type Trial, type TrialResult } from './trial.ts';

/** A table of texts; the first row is its head, the first column its names. */
export interface Table {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** Which tables. */
export interface TablesOptions {
  /** What the policy is called */
  readonly name: string;
  /** A table with a row for each task, too */
  readonly perTask?: boolean;
}

/** Those that there is something for. Shares are per cent, with Wilson's 95 % intervals. */
export function tablesOf(results: readonly TrialResult[], { name, perTask = false }: TablesOptions): Table[] {
  const robots = namesIn(results, ({ robot }) => robot);
  const called = (robot: string): string => (robots.length > 1 ? `${name}, ${robot}` : name);
  const byRobot = robots.map((robot) => ({ label: called(robot), robot, own: results.filter((one) => one.robot === robot) }));
  const nominal = byRobot.map(({ label, own }) => ({ label, own: own.filter(isNominal) })).filter(({ own }) => own.length > 0);
  return [
    suiteTable(nominal),
    ...byRobot.flatMap(({ label, own }) => [...graspTables(label, own), ...perturbationTable(label, own)]),
    ...(perTask ? [taskTable(byRobot)] : []),
    ...byRobot.flatMap(({ label, own }) => failureTable(label, own)),
  ].filter(({ rows }) => rows.length > 1);
}

/** Trials of one robot. */
export interface OfRobot {
  readonly label: string;
  readonly robot: string;
  readonly own: readonly TrialResult[];
}

/** After tables 1 and 8: suites side by side, and their mean; a row for each policy or robot. */
export function suiteTable(rows: readonly Pick<OfRobot, 'label' | 'own'>[]): Table {
  const suites = suitesIn(rows.flatMap(({ own }) => own));
  return {
    title: 'Success by suite',
    rows: [
      ['', ...suites, ...averageHead(suites)],
      ...rows.map(({ label, own }) => [label, ...withMean(suites.map((suite) => shareOf(own.filter((one) => suiteOf(one) === suite))))]),
    ],
  };
}

/** After table 9: perturbations side by side, and their mean, which does without the unperturbed ones. */
function perturbationTable(label: string, own: readonly TrialResult[]): Table[] {
  const conditions = namesIn(own, ({ perturbation }) => perturbation);
  const perturbed = conditions.filter((condition) => condition !== NOMINAL);
  if (perturbed.length === 0) return [];
  const nominal = conditions.filter((condition) => condition === NOMINAL);
  const suites = suitesIn(own);
  const of = (suite: string, condition: string) => shareOf(own.filter((one) => suiteOf(one) === suite && one.perturbation === condition));
  const mean = (condition: string) => meanOf(suites.map((suite) => of(suite, condition)));
  const all = suites.flatMap((suite) => perturbed.map((condition) => of(suite, condition)));
  return [
    {
      title: `Success by perturbation: ${label}`,
      rows: [
        ['', ...nominal, ...perturbed, ...averageHead(perturbed)],
        ...suites.map((suite) => [
          suite,
          ...nominal.map((condition) => cell(of(suite, condition))),
          ...withMean(perturbed.map((condition) => of(suite, condition))),
        ]),
        ...(suites.length > 1
          ? [
              [
                AVERAGE,
                ...[...nominal, ...perturbed].map((condition) => cell(mean(condition))),
                ...averageHead(perturbed).map(() => cell(meanOf(all))),
              ],
            ]
          : []),
      ],
    },
  ];
}

/** After table 2: categories of objects one below the other, settings of the grasping benchmark side by side; nothing perturbed. */
function graspTables(label: string, own: readonly TrialResult[]): Table[] {
  const grasps = own.filter((one) => suiteOf(one) === 'grasp' && isNominal(one));
  const partsOf = ({ task }: Trial): string[] => task.slice('grasp/'.length).split('-');
  return namesIn(grasps, (one) => partsOf(one)[1] as string).map((objects) => {
    const some = grasps.filter((one) => partsOf(one)[1] === objects);
    const settings = namesIn(some, (one) => partsOf(one)[0] as string);
    const categories = CATEGORIES.filter((category) => some.some(({ object }) => objectModel(object).category === category));
    const row = (of: readonly TrialResult[]) =>
      withMean(settings.map((setting) => shareOf(of.filter((one) => partsOf(one)[0] === setting))));
    return {
      title: `Grasping, ${objects} objects: ${label}`,
      rows: [
        ['', ...settings, ...averageHead(settings)],
        ...categories.map((category) => [category, ...row(some.filter(({ object }) => objectModel(object).category === category))]),
        ['all', ...row(some)],
      ],
    };
  });
}

/** After tables 10 and 11: tasks one below the other, robots and conditions side by side. */
function taskTable(byRobot: readonly OfRobot[]): Table {
  const results = byRobot.flatMap(({ own }) => own);
  const conditions = namesIn(results, ({ perturbation }) => perturbation);
  const columns = byRobot.flatMap(({ robot, own }) =>
    conditions.map((condition) => ({
      head: byRobot.length > 1 ? `${robot}, ${condition}` : condition === NOMINAL ? 'success' : condition,
      own: own.filter(({ perturbation }) => perturbation === condition),
    })),
  );
  return {
    title: 'Success by task',
    rows: [
      ['', ...columns.map(({ head }) => head)],
      ...namesIn(results, ({ task }) => task).map((task) => [
        task,
        ...columns.map(({ own }) => cell(shareOf(own.filter((one) => one.task === task)))),
      ]),
    ],
  };
}

/** How often what went wrong, by suite and condition. */
function failureTable(label: string, own: readonly TrialResult[]): Table[] {
  if (own.every(({ success }) => success)) return [];
  const groups = suitesIn(own).flatMap((suite) =>
    namesIn(own, ({ perturbation }) => perturbation).map((condition) => ({
      name: condition === NOMINAL ? suite : `${suite}, ${condition}`,
      some: own.filter((one) => suiteOf(one) === suite && one.perturbation === condition),
    })),
  );
  return [
    {
      title: `Failures: ${label}`,
      rows: [
        ['', ...FAILURES, 'trials'],
        ...groups
          .filter(({ some }) => some.length > 0)
          .map(({ name, some }) => [
            name,
            ...FAILURES.map((kind) => `${some.filter(({ failure }) => failure === kind).length}`),
            `${some.length}`,
          ]),
      ],
    },
  ];
}

const AVERAGE = 'average';

/** The head of the column of means, which there is where there are several columns. */
const averageHead = (columns: readonly string[]): string[] => (columns.length > 1 ? [AVERAGE] : []);

/** Shares, and their mean where there are several. */
function withMean(shares: readonly (Share | undefined)[]): string[] {
  const cells = shares.map(cell);
  return shares.length > 1 ? [...cells, cell(meanOf(shares))] : cells;
}

/** The share of successes; undefined without trials. */
const shareOf = (some: readonly TrialResult[]): Share | undefined =>
  some.length === 0 ? undefined : wilson(some.filter(({ success }) => success).length, some.length);

/** The mean of the shares that there are. */
function meanOf(shares: readonly (Share | undefined)[]): Interval | undefined {
  const there = shares.filter((share) => share !== undefined);
  return there.length === 0 ? undefined : meanShare(there);
}

const cell = (share: Interval | undefined): string => (share ? formatInterval(share) : '–');

const isNominal = ({ perturbation }: Trial): boolean => perturbation === NOMINAL;

/** `spatial` of `spatial/bowl-on-stove` */
export const suiteOf = ({ task }: Pick<Trial, 'task'>): string => task.split('/')[0] as string;

const suitesIn = (results: readonly TrialResult[]): string[] => SUITES.filter((suite) => results.some((one) => suiteOf(one) === suite));

/** Names of results, each once, in the order in which they come first. */
const namesIn = (results: readonly TrialResult[], nameOf: (result: TrialResult) => string): string[] => [...new Set(results.map(nameOf))];

/** Tables as text, columns below each other. `bold` marks titles. */
export const asText = (tables: readonly Table[], bold: (text: string) => string = (text) => text): string =>
  tables.map(({ title, rows }) => `${bold(title)}\n${aligned(rows).join('\n')}\n`).join('\n');

/** Tables as Markdown. */
export const asMarkdown = (tables: readonly Table[]): string =>
  tables
    .map(({ title, rows }) => {
      const lines = rows.map((row) => `| ${row.join(' | ')} |`);
      const rule = `|${(rows[0] ?? []).map(() => '---|').join('')}`;
      return `**${title}**\n\n${[lines[0], rule, ...lines.slice(1)].join('\n')}\n`;
    })
    .join('\n');

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  return rows.map((row) =>
    `  ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number))).join('  ')}`.trimEnd(),
  );
}
