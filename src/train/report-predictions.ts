/**
 * What a policy predicts of a few samples, as a section of a report: what it saw, its motion over that which was recorded, and its latent
 * actions beside those that it is to say.
 */
import { type Html, html } from '../data/view/html.ts';
import { ACTION_DIMS, ARMS, type Arm, CONTROL_RATE, POSE_DIMS, type View } from '../robot/canonical.ts';
import { shortNumber } from './progress.ts';
import type { ReportSection } from './report.ts';
import { scaleOf } from './report-charts.ts';

/** A chunk as it was recorded; shapes and meanings are in `robot/canonical.ts`. */
export interface RecordedMotion {
  /** f32[K, 2, ACTION_DIMS] */
  readonly actions: Float32Array;
  /** bool[K, 2, ACTION_DIMS] */
  readonly actionMask: Uint8Array;
}

/** A place in a picture, as parts of its width and height. */
type Point = readonly [x: number, y: number];

/** A sample, and what is predicted of it. */
export interface SamplePrediction {
  /** Where it is from, in words */
  readonly origin: string;
  readonly instruction: string;
  /** What the policy saw: pictures as `data:` addresses */
  readonly views: readonly {
    readonly view: View;
    readonly picture: string;
    /** Where grippers next close or open, and where the policy says that they will, as parts of the side; only what is to be seen in the view */
    readonly aims: { readonly recorded: readonly Point[]; readonly predicted: readonly Point[] };
  }[];
  readonly recorded: RecordedMotion;
  /** f32[K, 2, ACTION_DIMS], like what was recorded; not given where no action expert is trained */
  readonly predicted?: Float32Array;
  /** Entries of latent action tokens by position: what it said, and those of the recording; not given where a model does without */
  readonly latents?: { readonly said: readonly number[]; readonly recorded: readonly number[] };
}

/** How far a chunk is off: means over the steps and arms that were recorded. */
export interface MotionError {
  /** Metres */
  readonly translation: number;
  /** The same of staying where one is */
  readonly still: number;
  /** Shares of the gripper's stroke */
  readonly gripper: number;
}

/** How far predicted actions f32[K, 2, ACTION_DIMS] are from those recorded. */
export function motionError(predicted: Float32Array, { actions, actionMask }: RecordedMotion): MotionError {
  let [translation, still, gripper, count] = [0, 0, 0, 0];
  for (let at = 0; at < actions.length; at += ACTION_DIMS) {
    if (actionMask[at] !== 1) continue;
    const was = [0, 1, 2].map((d) => actions[at + d] as number);
    translation += Math.hypot(...was.map((value, d) => (predicted[at + d] as number) - value));
    still += Math.hypot(...was);
    gripper += Math.abs((predicted[at + POSE_DIMS] as number) - (actions[at + POSE_DIMS] as number));
    count++;
  }
  return { translation: translation / count, still: still / count, gripper: gripper / count };
}

/** The section. `slots` are the latent tokens of a transition, which stand together. */
export function predictionsSection(samples: readonly SamplePrediction[], slots: number): ReportSection {
  const moves = samples.some(({ predicted }) => predicted);
  const said = samples.some(({ latents }) => latents);
  const aims = samples.some(({ views }) => views.some((one) => one.aims.recorded.length + one.aims.predicted.length > 0));
  const keys: [name: string, colour: string][] = [['recorded', RECORDED], ...(moves ? [['predicted', PREDICTED] as [string, string]] : [])];
  const section = html`<p class="hint">The first samples of the data that it learns from, predicted as in use${moves ? '' : said ? ': latent action tokens alone, as no action expert is trained here' : ': what they point at alone'}. Motion is relative to where the arm is, in the frame of its tool.${aims ? ' Circles are where the gripper next closes or opens, crosses where the policy says that it will.' : ''}</p>
<p class="keys">${keys.map(([name, colour]) => html`<span><i style="background:${colour}"></i>${name}</span>`)}</p>
<div class="predictions">${samples.map((sample) => sampleHtml(sample, slots))}</div>`;
  return { title: 'Predictions', html: section.html };
}

const [RECORDED, PREDICTED] = ['var(--series-0)', 'var(--series-1)'];

function sampleHtml({ origin, instruction, views, recorded, predicted, latents }: SamplePrediction, slots: number): Html {
  return html`<article><h4>${instruction === '' ? 'no instruction' : instruction} <small>${origin}</small></h4>
<div class="seen">${views.map(({ view, picture, aims }) => html`<figure><div><img alt="${view}" src="${picture}">${aimsHtml(aims)}</div><figcaption>${view}</figcaption></figure>`)}</div>
<div class="motion">${armsIn(recorded).flatMap((arm, _, all) => panelsOf(arm, recorded, predicted, all.length > 1))}</div>
${predicted && html`<p class="hint">${errorText(motionError(predicted, recorded))}</p>`}
${latents && latentsHtml(latents, slots)}
</article>`;
}

/** Circles where it was aimed, crosses where the policy aims. */
function aimsHtml({ recorded, predicted }: SamplePrediction['views'][number]['aims']): Html | undefined {
  if (recorded.length + predicted.length === 0) return undefined;
  const at = (value: number): string => px(100 * value);
  const cross = (x: string, y: string): string => `M${x} ${y}m-5-5l10 10m0-10l-10 10`;
  return html`<svg viewBox="0 0 100 100" role="img" aria-label="where the gripper next closes or opens">
${recorded.map(([x, y]) => html`<circle cx="${at(x)}" cy="${at(y)}" r="6" style="--own:${RECORDED}"/>`)}
${predicted.map(([x, y]) => html`<path d="${cross(at(x), at(y))}" style="--own:${PREDICTED}"/>`)}</svg>`;
}

/** Arms that anything was recorded of. */
const armsIn = ({ actionMask }: RecordedMotion): Arm[] =>
  ARMS.filter((_, slot) => actionMask.some((there, i) => there === 1 && Math.floor(i / ACTION_DIMS) % ARMS.length === slot));

/** `off by 12 mm and 0.04 of the gripper’s stroke on average; staying would be off by 41 mm` */
function errorText({ translation, still, gripper }: MotionError): string {
  const millimetres = (metres: number): string => `${shortNumber(Number((1000 * metres).toPrecision(3)))} mm`;
  if (!Number.isFinite(translation + gripper)) return 'the motion predicted is not finite';
  return `off by ${millimetres(translation)} and ${shortNumber(Number(gripper.toPrecision(2)))} of the gripper’s stroke on average; staying would be off by ${millimetres(still)}`;
}

/** What an arm does: x, y and z on one scale, and the gripper. */
function panelsOf(arm: Arm, { actions, actionMask }: RecordedMotion, predicted: Float32Array | undefined, named: boolean): Html[] {
  const each = ARMS.length * ACTION_DIMS;
  const curve = (values: Float32Array, dimension: number, factor: number): number[] =>
    Array.from({ length: values.length / each }, (_, step) => {
      const at = step * each + ARMS.indexOf(arm) * ACTION_DIMS + dimension;
      return actionMask[at] === 1 ? factor * (values[at] as number) : Number.NaN;
    });
  const panel = (name: string, dimension: number, factor: number): Panel => ({
    name: named ? `${arm} ${name}` : name,
    recorded: curve(actions, dimension, factor),
    predicted: predicted ? curve(predicted, dimension, factor) : [],
  });
  const position = ['x', 'y', 'z'].map((axis, d) => panel(`${axis}, mm`, d, 1000));
  const gripper = panel('gripper', POSE_DIMS, 1);
  const valuesOf = (panels: readonly Panel[]): number[] =>
    panels.flatMap((one) => [...one.recorded, ...one.predicted]).filter((value) => Number.isFinite(value));
  return [
    ...position.map((one) => panelHtml(one, [0, ...valuesOf(position)])),
    panelHtml(gripper, [0, 1, ...valuesOf([gripper]).filter((value) => value < -NEARLY || value > 1 + NEARLY)]),
  ];
}

/** How far a gripper's curve may be beside its scale of 0 to 1: there is room for as much */
const NEARLY = 0.08;

/** Values by step; NaN where there are none. */
interface Panel {
  readonly name: string;
  readonly recorded: readonly number[];
  readonly predicted: readonly number[];
}

/** Of a panel, in its own units, which are about pixels */
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [150, 110, 34, 6, 8, 18];

/** Curves on a scale on which all of `range` has a place. */
function panelHtml({ name, recorded, predicted }: Panel, range: readonly number[]): Html {
  const steps = recorded.length;
  const { ticks, at } = scaleOf(range, 'linear');
  const across = (step: number): number => LEFT + (step / steps) * (WIDTH - LEFT - RIGHT);
  const down = (value: number): number => HEIGHT - BOTTOM - at(value) * (HEIGHT - TOP - BOTTOM);
  const line = (kind: string, colour: string, values: readonly number[]): Html | undefined => {
    const points = values.flatMap((value, i) => (Number.isFinite(value) ? [`${px(across(i + 1))},${px(down(value))}`] : []));
    return points.length === 0 ? undefined : html`<polyline class="${kind}" style="--own:${colour}" points="${points.join(' ')}"/>`;
  };
  const said = ticks.filter((tick) => tick === 0 || tick === ticks[0] || tick === ticks.at(-1));
  return html`<figure class="chart"><figcaption>${name}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}">
${ticks.map((tick) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${px(down(tick))}" y2="${px(down(tick))}"/>`)}
${said.map((tick) => html`<text class="y" x="${LEFT - 5}" y="${px(down(tick) + 3.5)}">${shortNumber(tick)}</text>`)}
<text class="y" x="${WIDTH - RIGHT}" y="${HEIGHT - 4}">${shortNumber(Number((steps / CONTROL_RATE).toPrecision(2)))} s</text>
${line('recorded', RECORDED, recorded)}${line('predicted', PREDICTED, predicted)}</svg></figure>`;
}

const px = (value: number): string => `${Number(value.toFixed(1))}`;

/** Entries by position, those of a transition together; what is not as recorded is marked. */
function latentsHtml({ said, recorded }: NonNullable<SamplePrediction['latents']>, slots: number): Html {
  const right = said.filter((entry, i) => entry === recorded[i]).length;
  const kind = (i: number): string => [...(i % slots === 0 ? ['first'] : []), ...(said[i] === recorded[i] ? [] : ['off'])].join(' ');
  const row = (name: string, entries: readonly number[], marked: boolean): Html =>
    html`<tr><th scope="row">${name}</th>${entries.map((entry, i) => html`<td class="${marked ? kind(i) : i % slots === 0 ? 'first' : ''}">${entry}</td>`)}</tr>`;
  return html`<div class="scroll"><table class="latents"><caption>${right} of ${said.length} latent action tokens as in the recording</caption>
<tbody>${row('recorded', recorded, false)}${row('predicted', said, true)}</tbody></table></div>`;
}
