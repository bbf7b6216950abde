/** Curves of a report as SVG: no script, nothing that is loaded. Points say their values when somebody points at them. */
import { type Html, html } from '../data/view/html.ts';
import { raw } from '../data/view/shell.ts';
import { roundStep } from '../data/view/ticks.ts';
import { shortNumber } from './progress.ts';

/** A curve. Values that are not finite are gaps. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a chart shows. */
export interface Chart {
  readonly title: string;
  readonly series: readonly Series[];
  /** How values are said; four digits by default */
  readonly format?: (value: number) => string;
  /** From 0 to at least 1, as shares are; otherwise from 0 or, where values are several powers of ten apart, logarithmic */
  readonly share?: boolean;
  /** Where something happened, and what */
  readonly mark?: { readonly x: number; readonly text: string };
}

/** Points of a curve at most: longer ones are means of stretches. */
const MOST_POINTS = 300;
/** Of a chart, in its own units, which are about pixels */
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [600, 230, 52, 20, 10, 24];
/** A scale of values as far apart as this is logarithmic. */
const LOGARITHMIC_FROM = 20;

/** Colours of the style: `--series-0` and on */
const SERIES_COLOURS = 8;

/** A chart with a legend that says the last values. Undefined when there is nothing to draw. */
export function chartHtml({ title, series, format = shortNumber, share = false, mark }: Chart): Html | undefined {
  const drawn = series.map(({ name, points }) => ({ name, points: shortened(points.filter(([, y]) => Number.isFinite(y))) }));
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  const end = Math.max(1, mark?.x ?? 0, ...all.map(([x]) => x));
  const updates = scaleOf([0, end], 'linear').ticks.filter((tick) => tick <= end);
  const values = all.map(([, y]) => y);
  const y = share ? scaleOf([0, 1, ...values], 'linear') : scaleOf(values, kindOf(values));
  const across = (value: number): number => LEFT + (value / end) * (WIDTH - LEFT - RIGHT);
  const down = (value: number): number => HEIGHT - BOTTOM - y.at(value) * (HEIGHT - TOP - BOTTOM);
  const colour = (i: number): string => `var(--series-${i % SERIES_COLOURS})`;
  const last = (points: Series['points']): string => (points.length > 0 ? format((points.at(-1) as readonly [number, number])[1]) : '–');
  return html`<figure class="chart"><figcaption><b>${title}</b>${y.kind === 'log' ? html`<small>logarithmic</small>` : undefined}
<span class="keys">${drawn.map(({ name, points }, i) => html`<span><i style="background:${colour(i)}"></i>${name} <b>${last(points)}</b></span>`)}</span></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${drawn.map(({ name, points }) => `${name} ${last(points)}`).join(', ')}">
${y.ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(down(tick))}" y2="${px(down(tick))}"/><text class="y" x="${LEFT - 7}" y="${px(down(tick) + 3.5)}">${format(tick)}</text>`)}
${updates.map((tick) => html`<text class="x" x="${px(across(tick))}" y="${HEIGHT - 6}">${thousands(tick)}</text>`)}
${mark ? html`<line class="mark" x1="${px(across(mark.x))}" x2="${px(across(mark.x))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}"><title>${mark.text}</title></line>` : undefined}
${drawn.map(({ name, points }, i) => html`<g style="--own:${colour(i)}"><polyline points="${points.map(([a, b]) => `${px(across(a))},${px(down(b))}`).join(' ')}"/>${points.map(([a, b]) => html`<circle cx="${px(across(a))}" cy="${px(down(b))}" r="${points.length === 1 ? 3 : 5}"${points.length === 1 ? raw(' class="alone"') : undefined}><title>update ${thousands(a)}: ${name} ${format(b)}</title></circle>`)}</g>`)}
</svg></figure>`;
}

/** `12,345` */
export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

const px = (value: number): string => `${Number(value.toFixed(1))}`;

/** Positions from 0 to 1 of values from the least to the greatest. */
interface Scale {
  readonly kind: 'linear' | 'log';
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

const kindOf = (values: readonly number[]): Scale['kind'] => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low > 1e-30 && high / low >= LOGARITHMIC_FROM ? 'log' : 'linear';
};

/** A scale that begins and ends at round numbers; a linear one has 0 in it. */
export function scaleOf(values: readonly number[], kind: Scale['kind']): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (kind === 'linear') {
    const [least, most] = [Math.min(0, low), Math.max(0, high)];
    const step = roundStep((most - least > 1e-30 ? most - least : 1) / 5);
    const from = Math.floor(least / step + 1e-9) * step;
    const to = Math.max(Math.ceil(most / step - 1e-9) * step, from + step);
    const count = Math.round((to - from) / step);
    const ticks = Array.from({ length: count + 1 }, (_, i) => Number((from + i * step).toPrecision(12)));
    return { kind, ticks, at: (value) => (value - from) / (to - from) };
  }
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: Math.max(last - first, 1) + 1 }, (_, i) => first + i);
  const fine = powers.length <= 4 ? [1, 2, 5] : [1];
  const every = Math.ceil(powers.length / 7);
  const all = powers.filter((_, i) => i % every === 0).flatMap((power) => fine.map((digit) => Number(`${digit}e${power}`)));
  // One tick below the least value, one above the greatest: no decade is empty.
  const from = all.findLast((tick) => tick <= low) ?? (all[0] as number);
  const to = all.find((tick) => tick >= high && tick > from) ?? 10 ** last;
  const ticks = all.filter((tick) => tick >= from && tick <= to);
  return { kind, ticks, at: (value) => Math.log(value / from) / Math.log(to / from) };
}

/** At most `MOST_POINTS` points: means of as many stretches, and the last point as it is. */
function shortened(points: Series['points']): Series['points'] {
  if (points.length <= MOST_POINTS) return points;
  const last = points.at(-1) as readonly [number, number];
  const before = points.slice(0, -1);
  const at = (i: number): number => Math.floor((i * before.length) / (MOST_POINTS - 1));
  const stretches = Array.from({ length: MOST_POINTS - 1 }, (_, i) => before.slice(at(i), at(i + 1)));
  const mean = (part: Series['points'], axis: 0 | 1): number => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
  return [...stretches.map((part) => [mean(part, 0), mean(part, 1)] as const), last];
}
