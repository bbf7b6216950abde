/** The report of a run of training: one page that needs nothing else, with what was trained on what, and how that went. */
import { type Html, html } from '../data/view/html.ts';
import { raw } from '../data/view/shell.ts';
import { STYLE } from '../data/view/style.ts';
import {
  formatDuration,
  formatMetric,
  type LogLine,
  METRIC_KINDS,
  type MetricKind,
  metricKind,
  metricsByKind,
  shortNumber,
} from './progress.ts';
import { type Chart, chartHtml, type Series, thousands } from './report-charts.ts';
import { TRAIN_REPORT_STYLE } from './report-style.ts';

/** What a stage shows of its own, such as predictions over images. */
export interface ReportSection {
  readonly title: string;
  /** What is in it, as it is: who makes it escapes what comes from outside. Pictures are `data:` addresses; scripts do not run. */
  readonly html: string;
}

/** How a run was made: `run.json` in its folder. */
export interface RunOrigin {
  /** As it was written; what is shown of it is its name and the order of its stages */
  readonly experiment: { readonly name: string; readonly stages: readonly { readonly name: string }[] };
  /** Of gear-vla */
  readonly version: string;
  /** Of the sources, where they are known */
  readonly commit?: string | undefined;
  readonly machine: Readonly<Record<string, string>>;
  /** ISO 8601: when it was first begun */
  readonly begun: string;
}

/** What is known of a stage. */
export interface StageRecord {
  readonly name: string;
  /** At least one */
  readonly lines: readonly LogLine[];
  /** Of the stage: `stage` or `latent`, `model`, `datasets`, `seed` and others; nothing where no state is left */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Numbers in the parameters, and how many of them are trained; undefined where no state is left */
  readonly size?: { readonly all: number; readonly trained: number } | undefined;
  readonly sections: readonly ReportSection[];
  /** Where it diverged, if it has not got further since */
  readonly diverged?: { readonly update: number; readonly reason: string } | undefined;
}

/** What is known of a run. */
export interface RunRecord {
  /** The run's own, or its folder's */
  readonly name: string;
  readonly origin?: RunOrigin | undefined;
  /** In the order in which they are trained */
  readonly stages: readonly StageRecord[];
}

/** Nothing may be loaded but what the page holds. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The page as HTML. */
export function trainReport({ name, origin, stages }: RunRecord): string {
  const facts: [string, Html | string | undefined][] = [
    ['Model', modelOf(stages)],
    ['Data', [...new Set(stages.flatMap(datasetsOf))].join(', ') || undefined],
    ['Updates', stages.map(({ lines }) => thousands(lastOf(lines).step)).join(' + ')],
    ['Time', formatDuration(stages.reduce((sum, { lines }) => sum + secondsOf(lines), 0))],
    ['Seed', seedOf(stages)],
    ['gear-vla', origin && [origin.version, ...(origin.commit === undefined ? [] : [origin.commit])].join(', ')],
    ['Begun', origin?.begun.slice(0, 10)],
    ['Machine', origin && Object.values(origin.machine).join(', ')],
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}: training</title>
<style>${raw(STYLE)}${raw(TRAIN_REPORT_STYLE)}</style>
</head>
<body>
<header>
<h1>${name}</h1>
<p>${standing(stages, origin)}</p>
<dl class="facts">${facts.map(([what, value]) => (value === undefined ? undefined : html`<div><dt>${what}</dt><dd>${value}</dd></div>`))}</dl>
${stages.map(({ name, diverged }) => diverged && html`<p class="notice">${name} diverged at update ${thousands(diverged.update)}: ${diverged.reason}</p>`)}
</header>
<main>
${stages.map(stageCard)}
</main>
<footer>Made by gear-vla; the page holds all of its data. Curves are means between two reports; point at a curve for its values.</footer>
</body>
</html>
`;
  return page.html;
}

const lastOf = (lines: readonly LogLine[]): LogLine => lines.at(-1) as LogLine;
const isFinished = ({ lines }: StageRecord): boolean => lastOf(lines).step >= lastOf(lines).steps;

/** Seconds that all sessions have trained for: each begins at 0. */
const secondsOf = (lines: readonly LogLine[]): number =>
  lines.reduce((sum, { seconds }, i) => (seconds > (lines[i + 1]?.seconds ?? Number.NEGATIVE_INFINITY) ? sum + seconds : sum), 0);

/** How far the run is, in words. */
function standing(stages: readonly StageRecord[], origin: RunOrigin | undefined): string {
  const unfinished = stages.find((stage) => !isFinished(stage));
  const waiting = origin?.experiment.stages.map(({ name }) => name).filter((name) => !stages.some((stage) => stage.name === name)) ?? [];
  const next = waiting.length > 0 ? `; ${waiting.join(', ')} to come` : '';
  if (!unfinished) return waiting.length > 0 ? `In training${next}` : 'Trained to the end';
  const { step, steps, secondsLeft } = lastOf(unfinished.lines);
  const left = unfinished.diverged ? 'stopped' : `${formatDuration(secondsLeft)} to go when last heard of`;
  return `${unfinished.name}: ${thousands(step)} of ${thousands(steps)} updates, ${left}${next}`;
}

/** `object, 4.31 M parameters`: of the last stage whose model is known. */
function modelOf(stages: readonly StageRecord[]): string | undefined {
  const known = stages.findLast(({ settings }) => field(settings.model, 'name') !== undefined);
  return known && [`${field(known.settings.model, 'name')}`, ...(known.size ? [millions(known.size.all)] : [])].join(', ');
}

const millions = (count: number): string => `${shortNumber(Number((count / 1e6).toPrecision(3)))} M parameters`;

/** Names of what a stage learns from, without the folders of one machine. */
function datasetsOf({ settings }: StageRecord): string[] {
  const listed = [settings.datasets, settings.questions].flatMap((some) => (Array.isArray(some) ? (some as unknown[]) : []));
  return listed.flatMap((one) => (field(one, 'name') === undefined ? [] : [`${field(one, 'name')}`]));
}

const seedOf = (stages: readonly StageRecord[]): string | undefined => {
  const seeds = stages.flatMap(({ settings }) => (settings.seed === undefined ? [] : [`${settings.seed}`]));
  return seeds.length > 0 ? [...new Set(seeds)].join(', ') : undefined;
};

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

function stageCard(stage: StageRecord): Html {
  const { name, lines, settings, size, sections, diverged } = stage;
  const { step, steps } = lastOf(lines);
  const how = settings.stage ?? settings.latent;
  const batch = field(how, 'batch');
  const hints = [
    `${thousands(step)} of ${thousands(steps)} updates`,
    ...(batch === undefined ? [] : [`of ${batch} samples`]),
    ...(datasetsOf(stage).length > 0 ? [`from ${datasetsOf(stage).join(', ')}`] : []),
  ];
  const [trained, all] = [size && millions(size.trained), size && millions(size.all)];
  const sizes = trained === all ? all : `${trained} trained of ${all}`;
  const badge = diverged ? 'diverged' : isFinished(stage) ? 'finished' : `${Math.floor((100 * step) / steps)} %`;
  return html`<section class="card stage" id="${name}"><div class="title"><h2>${name}</h2><span class="badge${diverged ? ' alarm' : isFinished(stage) ? ' done' : ''}">${badge}</span>
<p class="hint">${hints.join(' ')}${sizes === undefined ? undefined : html` · ${sizes}`} · ${formatDuration(secondsOf(lines))}</p></div>
<div class="track"><i style="width:${((100 * step) / steps).toFixed(1)}%"></i></div>
<div class="charts">${chartsOf(stage).map(chartHtml)}
${figuresTable(lines)}</div>
${sections.map((section) => html`<div class="section"><h3>${section.title}</h3>${raw(section.html)}</div>`)}
${how === undefined ? undefined : html`<details><summary>Settings</summary><pre>${JSON.stringify(how, null, 2)}</pre></details>`}
</section>`;
}

const TITLES: Readonly<Record<MetricKind, string>> = {
  loss: 'Parts of the loss',
  accuracy: 'Accuracy',
  perplexity: 'Codebook perplexity',
  gradient: 'Norm of the gradient',
};

/** The loss, its parts, what else is measured by kind, and the speed. */
function chartsOf({ lines, diverged }: StageRecord): Chart[] {
  const names = metricNames(lines);
  const series = (name: string): Series => ({ name, points: lines.map(({ step, metrics }) => [step, metrics[name] ?? Number.NaN]) });
  const mark = diverged && { x: diverged.update, text: `diverged: ${diverged.reason}` };
  const kinds = METRIC_KINDS.map((kind): Chart => {
    const own = names.filter((name) => name !== 'loss' && metricKind(name) === kind);
    const isShare = kind === 'accuracy';
    return {
      title: TITLES[kind],
      series: own.map(series),
      ...(isShare && { share: true, format: (value) => `${Number((100 * value).toFixed(1))} %` }),
    };
  });
  const speed: Series = { name: 'samples/s', points: lines.map(({ step, samplesPerSecond }) => [step, samplesPerSecond]) };
  const operations: Series = { name: 'GFLOP/s', points: lines.map(({ step, gigaflops }) => [step, gigaflops]) };
  const loss = names.includes('loss') ? series('loss') : { name: 'loss', points: lines.map(({ step, loss }) => [step, loss] as const) };
  const all: Chart[] = [
    { title: 'Loss', series: [loss] },
    ...kinds,
    { title: 'Speed', series: [speed, operations], format: (value) => shortNumber(Number(value.toPrecision(3))) },
  ];
  return all.map((chart) => ({ ...chart, ...(mark && { mark }) }));
}

const metricNames = (lines: readonly LogLine[]): string[] =>
  metricsByKind(Object.assign({}, ...lines.map(({ metrics }) => metrics))).flatMap(([, names]) => names);

/** Each metric at first, at its best and at last. */
function figuresTable(lines: readonly LogLine[]): Html {
  const row = (name: string): Html => {
    const values = lines.map(({ metrics }) => metrics[name]).filter((value): value is number => Number.isFinite(value));
    const said = (value: number | undefined): string => (value === undefined ? '–' : formatMetric(name, value));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return html`<tr><th scope="row">${name}</th><td>${said(values[0])}</td><td>${said(values.length > 0 ? least : undefined)}</td><td>${said(values.length > 0 ? most : undefined)}</td><td><b>${said(values.at(-1))}</b></td></tr>`;
  };
  return html`<div class="scroll figures"><table><thead><tr>${['', 'first', 'least', 'greatest', 'last'].map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${metricNames(lines).map(row)}</tbody></table></div>`;
}
