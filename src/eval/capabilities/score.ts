/**
 * How good an answer is, by kind. Each kind has a rule for right and wrong, and those with places also a measure: the overlap of boxes, or
 * distances as shares of the picture's side, or in metres. Truth is what a model was to say, in whole pixels of what it sees.
 */
import { parseAnswer, type SaidAnswer } from '../../data/reasoning/answer.ts';
import type { ReasoningKind } from '../../data/reasoning.ts';
import { boxOverlap, type PixelBox } from '../guided/masks.ts';

/** What is measured beside right and wrong: higher is better for overlaps, lower for the others. */
export type Measure = 'IoU' | 'distance' | 'metres';

/** What makes an answer right, in words, and what is measured. */
export interface Rule {
  readonly right: string;
  readonly measure?: Measure;
  /** From (`IoU`) or up to (others) which measure an answer is right */
  readonly bound: number;
}

const TEXT: Rule = { right: 'same words', bound: 1 };
const OVERLAP: Rule = { right: 'mean IoU ≥ 0.5', measure: 'IoU', bound: 0.5 };
const NEAR: Rule = { right: 'mean distance ≤ 0.1 of the side', measure: 'distance', bound: 0.1 };
const NEAR_IN_SPACE: Rule = { right: 'mean distance ≤ 0.1 m', measure: 'metres', bound: 0.1 };

/** The rule of each kind. */
export const RULES: Readonly<Record<ReasoningKind, Rule>> = {
  'general-vqa': TEXT,
  'understanding-qa': TEXT,
  'planning-qa': TEXT,
  'trajectory-2d': NEAR,
  'trajectory-3d': NEAR_IN_SPACE,
  'grounding-2d': OVERLAP,
  'grounding-3d': NEAR_IN_SPACE,
  'space-pointing': NEAR,
  'object-pointing': NEAR,
  affordance: OVERLAP,
  'mask-tracking': OVERLAP,
};

/** What became of an answer. */
export interface Score {
  readonly right: boolean;
  /** Whether it was understood at all */
  readonly wellFormed: boolean;
  /** Of what was understood; an overlap is 0 otherwise, too */
  readonly measure?: number;
}

/** Scores what was said against what was to be said; `side` is that of the pictures, pixels. Throws when the truth is none of its kind. */
export function scoreAnswer(kind: ReasoningKind, said: string, truth: string, side: number): Score {
  const expected = parseAnswer(kind, truth);
  if (!expected.ok) throw new Error(`the truth is no answer of the kind ${kind}: ${expected.error.message}`);
  const { measure, bound } = RULES[kind];
  if (!measure) return { right: sameWords(said, truth), wellFormed: true };
  const parsed = parseAnswer(kind, said);
  if (!parsed.ok) return { right: false, wellFormed: false, ...(measure === 'IoU' && { measure: 0 }) };
  const value = measureOf(parsed.answer, expected.answer, side);
  return {
    right: measure === 'IoU' ? value >= bound : value <= bound,
    wellFormed: true,
    ...(Number.isFinite(value) && { measure: value }),
  };
}

/** Whether two texts are the same but for case, spaces, and what ends a sentence. */
export function sameWords(a: string, b: string): boolean {
  const plain = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, ' ').trim().replace(/[.!]$/, '');
  return plain(a) === plain(b);
}

/** The measure of two answers of one kind; infinite distances where one says nothing and the other something. */
function measureOf(said: SaidAnswer, truth: SaidAnswer, side: number): number {
  switch (truth.kind) {
    case 'grounding-2d':
    case 'affordance':
      return said.kind === truth.kind ? meanOverlap(said.boxes, truth.boxes) : 0;
    case 'mask-tracking':
      return said.kind === truth.kind ? meanOverlap(said.boxes, truth.boxes, (a, b) => a.frame === b.frame) : 0;
    case 'space-pointing':
      // Any place that is free would do, and the truth names a few: what was said is to be near one of them.
      return said.kind === truth.kind ? nearest(pointsOf(said), pointsOf(truth)) / side : Number.POSITIVE_INFINITY;
    case 'object-pointing':
      return said.kind === truth.kind ? bothWays(pointsOf(said), pointsOf(truth)) / side : Number.POSITIVE_INFINITY;
    case 'grounding-3d':
      return said.kind === truth.kind ? bothWays(centresOf(said), centresOf(truth)) : Number.POSITIVE_INFINITY;
    case 'trajectory-2d':
      return said.kind === truth.kind ? pathDistance(pathOf(said), pathOf(truth)) / side : Number.POSITIVE_INFINITY;
    case 'trajectory-3d':
      return said.kind === truth.kind ? pathDistance(pathOf(said), pathOf(truth)) : Number.POSITIVE_INFINITY;
    default:
      throw new Error(`answers of the kind ${truth.kind} have no measure`);
  }
}

type Point = readonly number[];

const pointsOf = ({ points }: { readonly points: readonly { readonly point: Point }[] }): Point[] => points.map(({ point }) => point);
const centresOf = ({ boxes }: { readonly boxes: readonly { readonly centre: Point }[] }): Point[] => boxes.map(({ centre }) => centre);
/** Questions are about one path. */
const pathOf = ({ trajectories }: { readonly trajectories: readonly { readonly points: readonly Point[] }[] }): readonly Point[] =>
  trajectories[0]?.points ?? [];

/**
 * Mean overlap of boxes that are matched one to one, the best match first; what is left over on either side overlaps nothing. 1 where there
 * are none on both.
 */
export function meanOverlap<Box extends { readonly box: PixelBox }>(
  said: readonly Box[],
  truth: readonly Box[],
  mayMatch: (a: Box, b: Box) => boolean = () => true,
): number {
  const count = Math.max(said.length, truth.length);
  if (count === 0) return 1;
  const pairs = said
    .flatMap((a) => truth.map((b) => ({ a, b, overlap: mayMatch(a, b) ? boxOverlap(a.box, b.box) : 0 })))
    .sort((one, other) => other.overlap - one.overlap);
  const used = new Set<Box>();
  let sum = 0;
  for (const { a, b, overlap } of pairs) {
    if (used.has(a) || used.has(b)) continue;
    used.add(a).add(b);
    sum += overlap;
  }
  return sum / count;
}

const distance = (a: Point, b: Point): number => Math.hypot(...a.map((x, i) => x - (b[i] as number)));

/** Mean distance from points to the nearest of others: infinite where there are none of either. */
function nearest(from: readonly Point[], to: readonly Point[]): number {
  if (from.length === 0 || to.length === 0) return Number.POSITIVE_INFINITY;
  return from.reduce((sum, point) => sum + Math.min(...to.map((other) => distance(point, other))), 0) / from.length;
}

/** The chamfer distance: the larger of both ways, so that neither points too many nor too few go unseen. */
const bothWays = (a: readonly Point[], b: readonly Point[]): number => Math.max(nearest(a, b), nearest(b, a));

/** Points of a path at equal shares of its list, so that paths of other lengths can be compared */
const PATH_POINTS = 16;

/** Mean distance of two paths, place by place: infinite where one has no points. */
function pathDistance(a: readonly Point[], b: readonly Point[]): number {
  if (a.length === 0 || b.length === 0) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < PATH_POINTS; i++) sum += distance(along(a, i / (PATH_POINTS - 1)), along(b, i / (PATH_POINTS - 1)));
  return sum / PATH_POINTS;
}

/** The place at a share of a path, between two of its points. */
function along(path: readonly Point[], share: number): Point {
  const at = share * (path.length - 1);
  const from = path[Math.floor(at)] as Point;
  const to = path[Math.ceil(at)] as Point;
  return from.map((x, i) => x + (at - Math.floor(at)) * ((to[i] as number) - x));
}
