/**
 * The sequence that the language model reads (figure 2): where in a prompt views, state and latent actions are, what is written over
 * their places, and who may look at what. One mechanism hides padding, views and arms that there are not, and dropped modalities.
 */
import { allMasks, causalMask, exceptMask, keyMask } from '../nn/masks.ts';
import { ARMS } from '../robot/canonical.ts';
import { hostTensor } from '../tensor/host.ts';
import { and, or } from '../tensor/ops/compare.ts';
import { concat, slice } from '../tensor/ops/layout.ts';
import type { RandomStream } from '../tensor/random.ts';
import { constant, type Tensor } from '../tensor/tensor.ts';
import { type Prompt, type Span, type SpanKind, VIEWS, type View } from '../tokens/prompt.ts';
import type { ModelConfig } from './config.ts';

/** From `start` to before `end`. */
export type Range = Pick<Span, 'start' | 'end'>;

/** The places of a kind of prompt, the same in all prompts of it: graphs have them as constants. */
export interface Layout {
  /** Tokens */
  readonly length: number;
  /** The pictures that it has places for, in their order: the guide, if any, before the views */
  readonly views: readonly (Range & { readonly view: View | 'guide' })[];
  readonly state?: Range;
  readonly latent?: Range;
  /** Where predictions are trained or asked for */
  readonly answers: Range;
}

/** The layout of a prompt. `answers` begins with the token before the first of the answer, or with what follows views and state. */
export function layoutOf({ ids, spans }: Pick<Prompt, 'ids' | 'spans'>): Layout {
  const range = (kind: SpanKind): Range | undefined => {
    const own = spans.filter((span) => span.kind === kind);
    return own.length > 0 ? { start: (own[0] as Span).start, end: (own.at(-1) as Span).end } : undefined;
  };
  const views = (['guide', ...VIEWS] as const).flatMap((view) => {
    const place = range(view);
    return place ? [{ view, ...place }] : [];
  });
  const [state, latent] = [range('state'), range('latent')];
  const said = latent ?? range('answer');
  const start = said ? said.start - 1 : Math.max(0, ...views.map(({ end }) => end), state?.end ?? 0);
  return { length: ids.length, views, ...(state && { state }), ...(latent && { latent }), answers: { start, end: ids.length } };
}

/** What is written over places of a sequence, [B, places, ...]. `what` says in errors what it is. */
export interface Written {
  readonly at: Range;
  readonly values: Tensor;
  readonly what: string;
}

/** A sequence [B, T, ...] with something else written over some of its places. Throws when it is not as long as these. Ranges must not overlap. */
export function writeOver(sequence: Tensor, written: readonly Written[]): Tensor {
  const ordered = [...written].sort((a, b) => a.at.start - b.at.start);
  const parts: Tensor[] = [];
  let from = 0;
  for (const { at, values, what } of ordered) {
    const [places, count] = [at.end - at.start, values.shape[1]];
    if (places !== count) throw new Error(`the prompt has ${places} places for ${what}, but the model makes ${count} tokens of it`);
    if (at.start > from) parts.push(slice(sequence, 1, from, at.start));
    parts.push(values);
    from = at.end;
  }
  const length = sequence.shape[1] as number;
  if (from < length) parts.push(slice(sequence, 1, from, length));
  return concat(parts, 1);
}

/** i64[N]: all places of some ranges, one range after the other. */
export function placesIn(ranges: readonly Range[]): Tensor {
  const places = ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
  return constant(hostTensor('i64', [places.length], places));
}

/** bool[1, T]: true in the ranges. */
export function placesOf(length: number, ranges: readonly Range[]): Tensor {
  const places = new Uint8Array(length);
  for (const { start, end } of ranges) places.fill(1, start, end);
  return constant(hostTensor('bool', [1, length], places));
}

/** Which modalities action queries do not see, for each sample: bool[B, 1] (section 3.1 of the appendix: attention-level modality dropping). */
export interface Dropped {
  readonly wrist: Tensor;
  readonly state: Tensor;
}

/**
 * Draws what a training sample drops: the views of wrists, the state, or both, each with its share, and nothing otherwise (table 12 has the
 * shares that are 0).
 */
export function drawDropping({ wrist, state, both }: ModelConfig['dropping'], random: RandomStream): { wrist: boolean; state: boolean } {
  const drawn = random.uniform();
  const [onlyWrist, onlyState] = [drawn < wrist, drawn >= wrist && drawn < wrist + state];
  const all = drawn >= wrist + state && drawn < wrist + state + both;
  return { wrist: onlyWrist || all, state: onlyState || all };
}

/** Places of the arms' states, one after the other: the last of those that the state has, after soft prompts. */
export const armPlaces = ({ state }: Layout): Range | undefined => state && { start: state.end - ARMS.length, end: state.end };

/** Places of the views of wrists: these and the arms' states can be dropped. */
const wristPlaces = ({ views }: Layout): readonly Range[] => views.filter(({ view }) => view === 'leftWrist' || view === 'rightWrist');

/** bool[B, T]: keys that dropping hides from action queries. */
export function droppedKeys(layout: Layout, { wrist, state }: Dropped): Tensor {
  const { length } = layout;
  const arms = armPlaces(layout);
  return or(and(wrist, placesOf(length, wristPlaces(layout))), and(state, placesOf(length, arms ? [arms] : [])));
}

/**
 * Who sees whom: bool[B, 1, T, T]. Causal; nobody sees what is not `visible` bool[B, T]; action queries do not see what is dropped: all
 * positions after the state, from which latent and FAST tokens are predicted.
 */
export function sequenceMask(layout: Layout, visible: Tensor, dropped?: Dropped): Tensor {
  const { length, latent } = layout;
  const seen = allMasks(causalMask(length), keyMask(visible));
  if (!dropped || !latent) return seen;
  const start = layout.state?.end ?? latent.start - 1;
  return and(seen, exceptMask(placesOf(length, [{ start, end: length }]), droppedKeys(layout, dropped)));
}

/** The visual tokens of view i of V among those of all: f32[B, V·N, D] → f32[B, N, D]. */
export function tokensOfView(all: Tensor, i: number, views: number): Tensor {
  const each = (all.shape[1] as number) / views;
  return slice(all, 1, i * each, (i + 1) * each);
}
