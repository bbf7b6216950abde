/** Charts and tables of a report: bars that are as wide as their card, so that text keeps its size on phones. */
import { type Html, html } from '../data/view/html.ts';
import { FAILURES, type FailureKind } from './failures.ts';
import { formatInterval, type Share, wilson } from './intervals.ts';
import { suiteOf, type Table } from './tables.ts';
import { NOMINAL, type TrialResult } from './trial.ts';

/** Trials that are counted together. */
interface Group {
  readonly name: string;
  readonly own: readonly TrialResult[];
}

/** Suites, told apart by robot and condition where a suite was tried with several. */
function groupsOf(results: readonly TrialResult[]): Group[] {
  const groups = new Map<string, TrialResult[]>();
  const severalIn = (suite: string, of: (one: TrialResult) => string): boolean =>
    new Set(results.filter((one) => suiteOf(one) === suite).map(of)).size > 1;
  for (const result of results) {
    const suite = suiteOf(result);
    const name = [
      suite,
      ...(severalIn(suite, ({ robot }) => robot) ? [result.robot] : []),
      ...(result.perturbation === NOMINAL ? [] : [result.perturbation]),
    ].join(', ');
    groups.set(name, [...(groups.get(name) ?? []), result]);
  }
  return [...groups].map(([name, own]) => ({ name, own }));
}

const shareOf = (own: readonly TrialResult[]): Share => wilson(own.filter(({ success }) => success).length, own.length);

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Success of each suite with its interval. Throws without results. */
export function successCard(results: readonly TrialResult[]): Html {
  const row = ({ name, own }: Group): Html => {
    const share = shareOf(own);
    return html`<div class="row"><span class="name">${name}</span>
<div class="bar-track" role="img" aria-label="${name}: ${formatInterval(share)} per cent"><i class="fill" style="width:${percent(share.value)}"></i><i class="whisker" style="left:${percent(share.low)};width:${percent(share.high - share.low)}"></i></div>
<span class="number"><b>${(100 * share.value).toFixed(0)} %</b> <small>${share.successes}/${share.trials}</small></span></div>`;
  };
  return html`<section class="card"><div class="title"><h2>Success</h2><p class="hint">share of episodes; the thin line is Wilson’s 95 % interval</p></div>
<div class="bars">${groupsOf(results).map(row)}</div></section>`;
}

/** What went wrong, by suite. */
export function failuresCard(results: readonly TrialResult[]): Html {
  const colour = (kind: FailureKind): string => `var(--kind-${FAILURES.indexOf(kind)})`;
  const row = ({ name, own }: Group): Html => {
    const failed = own.filter(({ success }) => !success);
    const parts = FAILURES.map((kind) => ({ kind, count: failed.filter(({ failure }) => failure === kind).length }));
    const said = parts.filter(({ count }) => count > 0).map(({ kind, count }) => `${count} ${kind}`);
    return html`<div class="row"><span class="name">${name}</span>
<div class="bar-track" role="img" aria-label="${name}: ${said.join(', ') || 'no failures'}">${parts.map(({ kind, count }) => (count > 0 ? html`<i class="part" title="${count} ${kind}" style="width:${percent(count / own.length)};background:${colour(kind)}">${count / own.length > 0.07 ? `${count}` : undefined}</i>` : undefined))}</div>
<span class="number"><b>${failed.length}</b> <small>of ${own.length}</small></span></div>`;
  };
  return html`<section class="card"><div class="title"><h2>Failures by kind</h2><p class="hint">decided from contacts and poses; the first that applies</p></div>
<div class="bars">${groupsOf(results).map(row)}</div>
<p class="legend">${FAILURES.map((kind) => html`<span><i class="swatch" style="background:${colour(kind)}"></i>${kind}</span>`)}</p></section>`;
}

/** Tables as they are printed. */
export const tablesCard = (tables: readonly Table[]): Html =>
  html`<section class="card"><div class="title"><h2>Tables</h2><p class="hint">per cent, with Wilson’s 95 % intervals</p></div>
<div class="tables">${tables.map(tableHtml)}</div></section>`;

const tableHtml = ({
  title,
  rows: [head = [], ...rows],
}: Table): Html => html`<div><h3>${title}</h3><div class="scroll"><table class="results">
<thead><tr>${head.map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
<tbody>${rows.map(([name, ...cells]) => html`<tr><th scope="row">${name}</th>${cells.map((text) => html`<td>${text}</td>`)}</tr>`)}</tbody>
</table></div></div>`;
