/** Success against what was trained, as a picture: an SVG that stands alone, with Wilson's intervals. */
import { html } from '../data/view/html.ts';
import { roundStep } from '../data/view/ticks.ts';
import type { NamedEvaluation } from './compare.ts';
import { formatInterval, wilson } from './intervals.ts';
import { suiteOf } from './tables.ts';

/** Of the picture, in pixels */
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [680, 300, 52, 24, 34, 44];
/** Colours that can be told apart by all (Okabe and Ito 2008), on light and on dark */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/**
 * A curve for each suite of evaluations whose names are numbers: samples seen, say, or minutes. `across` says which. Throws for names
 * that are none.
 */
export function learningCurve(evaluations: readonly NamedEvaluation[], across: string): string {
  const moments = evaluations
    .map(({ name, evaluation }) => ({ at: Number(name.replaceAll(/[ ,_]/g, '')), name, results: evaluation.results }))
    .sort((a, b) => a.at - b.at);
  const wrong = moments.find(({ at }) => !(Number.isFinite(at) && at >= 0));
  if (wrong) throw new Error(`a learning curve is drawn over numbers, as in 64000=FILE, but an evaluation is called "${wrong.name}"`);
  const end = Math.max(...moments.map(({ at }) => at), 1e-9);
  const step = roundStep(end / 5);
  const ticks = Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
  const x = (at: number): string => px(LEFT + (at / end) * (WIDTH - LEFT - RIGHT));
  const y = (share: number): string => px(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM));
  const suites = [...new Set(moments.flatMap(({ results }) => results.map(suiteOf)))];
  const curves = suites.map((suite, i) => {
    const points = moments.flatMap(({ at, results }) => {
      const own = results.filter((result) => suiteOf(result) === suite);
      return own.length === 0 ? [] : [{ at, share: wilson(own.filter(({ success }) => success).length, own.length) }];
    });
    const band = [...points.map(({ at, share }) => [at, share.high]), ...points.map(({ at, share }) => [at, share.low]).reverse()];
    const place = (pairs: readonly (readonly number[])[]): string => pairs.map(([a, b]) => `${x(a as number)},${y(b as number)}`).join(' ');
    return html`<g fill="${COLOURS[i % COLOURS.length]}" stroke="${COLOURS[i % COLOURS.length]}">
<polygon points="${place(band)}" fill-opacity="0.15" stroke="none"/><polyline points="${place(points.map(({ at, share }) => [at, share.value]))}" fill="none" stroke-width="2"/>
${points.map(({ at, share }) => html`<circle cx="${x(at)}" cy="${y(share.value)}" r="3.5" stroke="none"><title>${at.toLocaleString('en-US')}: ${suite} ${formatInterval(share)} per cent of ${share.trials}</title></circle>`)}</g>
<text x="${LEFT + 8 + 90 * i}" y="20" fill="${COLOURS[i % COLOURS.length]}" font-weight="600">${suite}</text>`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="success by suite over ${across}">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${[0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/><text x="${LEFT - 8}" y="${px(Number(y(share)) + 4)}" text-anchor="end" fill="#555">${Math.round(100 * share)} %</text>`)}
${ticks.map((tick) => html`<text x="${x(tick)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="#555">${tick.toLocaleString('en-US')}</text>`)}
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle" fill="#333">${across}</text>
${curves}</svg>
`.html;
}

const px = (value: number): string => `${Number(value.toFixed(1))}`;
