/** The report of an evaluation: one page that needs nothing else, with what succeeded, what failed and how that looked. */
import path from 'node:path';
import { embedded, type Html, html } from '../data/view/html.ts';
import { STYLE } from '../data/view/style.ts';
import { CONTROL_RATE } from '../robot/canonical.ts';
import type { EvaluationFile } from './evaluation.ts';
import { wilson } from './intervals.ts';
import { failuresCard, successCard, tablesCard } from './report-charts.ts';
import type { ReportFilm } from './report-films.ts';
import { REPORT_SCRIPT } from './report-script.ts';
import { REPORT_STYLE } from './report-style.ts';
import { suiteOf, type Table } from './tables.ts';
import { NOMINAL, type TrialResult } from './trial.ts';

/** What a report says. */
export interface ReportContent {
  readonly evaluation: Omit<EvaluationFile, 'format'>;
  readonly tables: readonly Table[];
  readonly films: readonly ReportFilm[];
  /** What was left out, and why */
  readonly notices: readonly string[];
  /** The command that makes the same numbers */
  readonly command: string;
}

/** Nothing may be loaded but what the page holds. */
const POLICY = "default-src 'none'; media-src blob:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** The page as HTML. */
export function reportOf({ evaluation, tables, films, notices, command }: ReportContent): string {
  const { results, policy, settings, version, date } = evaluation;
  const { successes, trials } = wilson(results.filter(({ success }) => success).length, results.length);
  const raw = (text: string): Html => ({ html: text });
  const facts = [
    ['Policy', typeof policy === 'string' ? policy : `${policy.model} (${path.basename(policy.file)})`],
    ['Episodes', `${trials} of ${settings.tasks.length} tasks`],
    ['Robots', settings.robots.join(', ')],
    ...(settings.perturbations.every((condition) => condition === NOMINAL) ? [] : [['Conditions', settings.perturbations.join(', ')]]),
    ['Made', `${date.slice(0, 10)}, gear-vla ${version}`],
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${typeof policy === 'string' ? policy : policy.model}: ${successes} of ${trials}</title>
<style>${raw(STYLE)}${raw(REPORT_STYLE)}</style>
</head>
<body>
<header>
<h1>${successes} of ${trials} episodes succeeded</h1>
<p>${about(evaluation)}</p>
<dl class="facts">${facts.map(([what, value]) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}</dl>
${notices.map((notice) => html`<p class="notice">${notice}</p>`)}
</header>
<main>
<div class="pair">${successCard(results)}${failuresCard(results)}</div>
${films.length > 0 ? filmsCard(films, settings.replan) : undefined}
${tablesCard(tables)}
${originCard(evaluation, command)}
</main>
<footer>Made by gear-vla; the page holds all of its data.</footer>
<script type="application/json" id="data">${embedded({ rate: CONTROL_RATE, replan: settings.replan, films: films.map(filmData) })}</script>
<script>${raw(REPORT_SCRIPT)}</script>
</body>
</html>
`.html;
}

/** Results as of one robot, for tables without rows that are half empty; as they are, where a suite was tried with several robots. */
export function ofOneRobot(results: readonly TrialResult[]): readonly TrialResult[] {
  const suites = new Set(results.map(suiteOf));
  const pairs = new Set(results.map((result) => `${suiteOf(result)} ${result.robot}`));
  return pairs.size > suites.size ? results : results.map((result) => ({ ...result, robot: 'its robot' }));
}

/** What was done, in a sentence. */
const about = ({ policy, settings }: Omit<EvaluationFile, 'format'>): string =>
  typeof policy === 'string'
    ? `What “${policy}” does in simulated worlds, to compare policies with.`
    : `A policy in closed loop, in simulated worlds that it was not trained in: it sees, predicts ${policy.chunk} steps of motion, carries out ${settings.replan} of them, and sees again.`;

/** What the page's script needs of a film. */
const filmData = ({ result, video, trace }: ReportFilm) => ({
  steps: result.steps,
  head: trace.views.indexOf('head'),
  views: trace.views,
  predictions: trace.predictions,
  video: Buffer.from(video).toString('base64'),
});

function filmsCard(films: readonly ReportFilm[], replan: number): Html {
  const suites = [...new Set(films.map(({ result }) => suiteOf(result)))];
  const choice = (key: string, label: string): Html => html`<button type="button" data-show="${key}">${label}</button>`;
  const arms = new Set(films.flatMap(({ trace }) => trace.predictions.flatMap(({ paths }) => Object.keys(paths))));
  const aims = films.some(({ trace }) => trace.predictions.some((one) => one.aims.length > 0));
  const legend = html`<p class="legend">${[...arms].map((arm) => html`<span><i class="path ${arm}"></i>predicted path${arms.size > 1 ? `, ${arm} arm` : undefined}</span>`)}<span>wide: ${replan} steps that are carried out; thin: what the next prediction replaces</span><span><i class="shut"></i>gripper closed</span>${aims ? html`<span><i class="aim">+</i>where it is going to close or open the gripper, by its own account</span>` : undefined}</p>
<p class="legend"><span><i class="tokens"></i>latent action tokens: a column is a prediction, a row a position, a colour an entry of the codebook. Drag to move through time</span></p>`;
  return html`<section class="card"><div class="title"><h2>Rollouts</h2><p class="hint">some successes and failures of each suite, as the robot’s cameras saw them</p></div>
<div class="choices">${choice('all', 'all')}${choice('success', 'successes')}${choice('failure', 'failures')}${suites.length > 1 ? suites.map((suite) => choice(suite, suite)) : undefined}</div>
${arms.size > 0 ? legend : undefined}
<div class="films">${films.map(figure)}</div></section>`;
}

function figure({ result, trace }: ReportFilm, i: number): Html {
  const { task, robot, perturbation, seed, success, instruction, steps } = result;
  const seconds = (steps / CONTROL_RATE).toFixed(1);
  const badge = success ? html`<b class="badge good">success</b>` : html`<b class="badge bad">${result.failure ?? 'failure'}</b>`;
  return html`<figure class="film" data-film="${i}" data-kinds="${success ? 'success' : 'failure'} ${suiteOf(result)}">
<div class="screen" style="--views:${trace.views.length}"><video muted playsinline loop preload="auto" tabindex="0" role="button" aria-label="${instruction}: play or pause"></video><canvas aria-hidden="true"></canvas><span class="hold" aria-hidden="true">▶</span></div>
<div class="strip"><canvas aria-hidden="true"></canvas><i></i><input type="range" min="0" max="${steps}" value="0" step="1" aria-label="control step"></div>
<figcaption><p>“${instruction}”</p><p>${badge} after ${seconds} s${thingOf(result)}</p><small>${task} · ${robot}${perturbation === NOMINAL ? undefined : ` · ${perturbation}`} · seed ${seed}</small></figcaption></figure>`;
}

const thingOf = ({ failure, thing }: TrialResult): string => (failure && thing ? `: ${thing}` : '');

function originCard({ policy, settings, machine }: Omit<EvaluationFile, 'format'>, command: string): Html {
  const facts: [string, string][] = [
    ...(typeof policy === 'string'
      ? []
      : ([
          ['Checkpoint, SHA-256', policy.sha256],
          ['Chunk', `${policy.chunk} steps of 1/${CONTROL_RATE} s`],
          ['Engine', [policy.engine.name, ...Object.entries(policy.engine.details).map((pair) => pair.join(' '))].join(', ')],
        ] as [string, string][])),
    ['Carried out', `${settings.replan} steps of a chunk`],
    ['Seeds', settings.trials === 1 ? `${settings.seed}` : `${settings.seed} to ${settings.seed + settings.trials - 1}`],
    ['Batch', `${settings.batch}`],
    ...Object.entries(machine),
  ];
  return html`<section class="card"><div class="title"><h2>What made these numbers</h2><p class="hint">the same command gives them again</p></div>
<dl class="facts">${facts.map(([what, value]) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}</dl>
<pre>${command}</pre></section>`;
}
