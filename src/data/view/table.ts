/** Statistics of an episode, one table per feature. */
import { quantileMap } from '../../robot/normalization.ts';
import { degenerateDimensions, WIDEST } from '../degenerate.ts';
import { ARM_DIMENSIONS, normalisingStatistics } from '../normalization.ts';
import type { EpisodeSource, Rows } from '../source.ts';
import { type FeatureStatistics, statisticsOf } from '../statistics.ts';
import { type Html, html } from './html.ts';

/** A table: what it is of, its dimensions, and what is wrong with some of them. */
export interface StatisticsTable {
  readonly title: string;
  readonly note: string;
  readonly names: readonly string[];
  readonly statistics: FeatureStatistics;
  /** By dimension */
  readonly flags: ReadonlyMap<number, string>;
  /** Values of each dimension that are not there */
  readonly missing: readonly number[];
}

/** Tables of all numeric features but those that are too wide to look at. Values that are not finite are counted as missing. */
export async function featureTables(source: EpisodeSource, rows: Rows): Promise<StatisticsTable[]> {
  const tables: StatisticsTable[] = [];
  for (const [feature, { shape, data }] of Object.entries(rows.columns)) {
    const dims = shape.reduce((a, b) => a * b, 1);
    if (dims === 0 || dims > WIDEST || rows.length === 0) continue;
    const mask = Uint8Array.from(data, (value) => (Number.isFinite(Math.fround(value)) ? 1 : 0));
    const statistics = await statisticsOf(dims, () => [{ data, mask }]);
    const names = source.features[feature]?.names ?? Array.from({ length: dims }, (_, i) => `${i}`);
    tables.push({
      title: feature,
      note: 'of the rows of this episode',
      names,
      statistics,
      flags: new Map(degenerateDimensions(statistics).map(({ dimension, why }) => [dimension, why])),
      missing: statistics.count.map((count) => rows.length - count),
    });
  }
  return tables;
}

/** The table of canonical actions; dimensions that normalisation has to guard are flagged. */
export function actionTable(statistics: FeatureStatistics): StatisticsTable {
  const { guarded } = quantileMap(normalisingStatistics(statistics));
  return {
    title: 'canonical actions',
    note: 'of all steps of all chunks, relative to the pose at their beginning; the arms counted together; metres, rmat6d, gripper 0 … 1',
    names: ARM_DIMENSIONS,
    statistics,
    flags: new Map(guarded.map(({ dimension, why }) => [dimension, why])),
    missing: statistics.count.map(() => 0),
  };
}

/** A table as HTML, with a picture of each dimension's range: a line from min to max, a box from q01 to q99, a tick at the median. */
export function tableHtml({ title, note, names, statistics, flags, missing }: StatisticsTable): Html {
  const { count, min, max, mean, std, quantiles } = statistics;
  const scale: Scale = [Math.min(...min), Math.max(...max)];
  const rows = count.map((values, d) => {
    const of = (numbers: readonly number[]): number => numbers[d] as number;
    const [low, median, high] = [of(quantiles.q01), of(quantiles.q50), of(quantiles.q99)];
    const flag = flags.get(d);
    const gone = missing[d] ? `${missing[d]} missing` : undefined;
    return html`<tr${flag || gone ? html` class="flagged"` : undefined}>
<th scope="row">${names[d] ?? `${d}`}</th>${[of(min), low, median, high, of(max), of(mean), of(std)].map((value) => html`<td>${values ? digits(value) : '–'}</td>`)}
<td class="range">${values ? rangeHtml([of(min), low, median, high, of(max)], scale) : undefined}</td>
<td class="flag">${[gone, flag].filter((text) => text !== undefined).join('; ')}</td></tr>`;
  });
  const flagged = [...flags].length;
  const says = flagged === 0 ? '' : ` · ${flagged} degenerate`;
  return html`<details class="table" open><summary><b>${title}</b> <span>${count.length} dimensions${says} · ${note}</span></summary>
<div class="scroll"><table>
<thead><tr><th scope="col">dimension</th>${['min', 'q01', 'median', 'q99', 'max', 'mean', 'std'].map((name) => html`<th scope="col">${name}</th>`)}
<th scope="col">${digits(scale[0])} … ${digits(scale[1])}</th><th scope="col">flags</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}

type Scale = readonly [low: number, high: number];

function rangeHtml([min, low, median, high, max]: readonly [number, number, number, number, number], [from, to]: Scale): Html {
  const x = (value: number): number => Math.round(1 + 158 * (to > from ? (value - from) / (to - from) : 0.5));
  const box = Math.max(2, x(high) - x(low));
  return html`<svg viewBox="0 0 160 12" width="160" height="12" aria-hidden="true"><line x1="${x(min)}" x2="${x(max)}" y1="6" y2="6"/><rect x="${x(low)}" y="2" width="${box}" height="8" rx="1.5"/><line class="median" x1="${x(median)}" x2="${x(median)}" y1="1" y2="11"/></svg>`;
}

/** Four significant digits, with a true minus sign. */
function digits(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-4 ? value.toExponential(1) : value.toPrecision(size >= 1 ? 4 : 3);
  return text.replace('-', '−');
}
