/**
 * Pointing: each arm's token says where in each view its gripper will next close or open, by the products of what it asks for with what
 * each visual token offers (Vinyals et al. 2015, "Pointer networks"), and the action expert is told these places. Not in the paper, which
 * begins with weights that can ground words: where all begins at random, a loss of motion hardly teaches to look (docs/results.md).
 */
import { linear } from '../nn/linear.ts';
import { mlp } from '../nn/mlp.ts';
import { ARMS, type Arm, STATE_DIMS, VIEWS, type View } from '../robot/canonical.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { add, div, maximum, mul, sub } from '../tensor/ops/arithmetic.ts';
import { sum } from '../tensor/ops/broadcast.ts';
import { cast, stopGradient } from '../tensor/ops/cast.ts';
import { equal } from '../tensor/ops/compare.ts';
import { gather } from '../tensor/ops/gather.ts';
import { concat, reshape, slice, unsqueeze } from '../tensor/ops/layout.ts';
import { log } from '../tensor/ops/math.ts';
import { matmul } from '../tensor/ops/matmul.ts';
import { argMax } from '../tensor/ops/reduce.ts';
import { logSoftmax, softmax } from '../tensor/ops/softmax.ts';
import type { Scope } from '../tensor/parameters.ts';
import { constant, input, type Tensor } from '../tensor/tensor.ts';
import type { ModelConfig } from './config.ts';
import { viewGrid } from './perception.ts';
import { armPlaces, type Layout, placesIn, type Range } from './sequence.ts';

/** What is to be pointed at. */
export interface AimTargets {
  /** f32[B, 2, V, N + 1]: shares of the visual tokens of each view, and of none of them (`aimShares`) */
  readonly aims: Tensor;
  /** f32[B, 2, V]: how much it counts; 0 where it is not known */
  readonly aimWeights: Tensor;
}

/** Visual tokens of a view. */
const tokensOf = (config: ModelConfig): number => viewGrid(config).reduce((rows, columns) => rows * columns);

/** Declares the inputs of aims, named like their fields, with `prefix` before them. */
export function aimTargetInputs(batch: number, { views }: Layout, config: ModelConfig, prefix = ''): AimTargets {
  return {
    aims: input(`${prefix}aims`, 'f32', [batch, 2, views.length, tokensOf(config) + 1]),
    aimWeights: input(`${prefix}aimWeights`, 'f32', [batch, 2, views.length]),
  };
}

/**
 * A place x, y in parts of the side of a view → shares of its tokens and, last, of none of them. The place is the mean of the middles of the
 * four tokens around it by their shares; a place at the edge is in the middle of the tokens there.
 */
export function aimShares(x: number, y: number, [rows, columns]: readonly [number, number]): Float32Array {
  const shares = new Float32Array(rows * columns + 1);
  if (!(x >= 0 && x <= 1 && y >= 0 && y <= 1)) {
    shares[rows * columns] = 1;
    return shares;
  }
  const between = (place: number, count: number): [number, number][] => {
    const at = Math.min(Math.max(place * count - 0.5, 0), count - 1);
    const [first, part] = [Math.floor(at), at % 1];
    return [
      [first, 1 - part],
      [Math.min(first + 1, count - 1), part],
    ];
  };
  for (const [row, high] of between(y, rows))
    for (const [column, wide] of between(x, columns)) {
      const token = row * columns + column;
      shares[token] = (shares[token] as number) + high * wide;
    }
  return shares;
}

/**
 * What each arm points at in each view: hidden f32[B, T, D] → logits f32[B, 2, V, N + 1] of the view's tokens and of none of them. Declares
 * `query`, `key`, `none`. Throws for prompts without a state.
 */
export function pointAt(scope: Scope, hidden: Tensor, layout: Layout): Tensor {
  const at = armPlaces(layout);
  if (!at) throw new Error('arms point from the places of their states, but the prompt has none');
  const [batch, , width] = hidden.shape as [number, number, number];
  const views = layout.views.length;
  const arms = slice(hidden, 1, at.start, at.end);
  const queries = linear(scope.in('query'), arms, { out: width });
  const keys = linear(scope.in('key'), gather(hidden, placesIn(layout.views), 1), { out: width });
  const products = matmul(queries, keys, { transposeB: true, scale: 1 / Math.sqrt(width) });
  const none = reshape(linear(scope.in('none'), arms, { out: views }), [batch, 2, views, 1]);
  return concat([reshape(products, [batch, 2, views, -1]), none], 3);
}

/**
 * How well it is pointed: the mean divergence (Kullback and Leibler's) from the shares, 0 where these are met, and the share of aims whose
 * largest is the right one. f32 scalars.
 */
export function pointingLoss(logits: Tensor, { aims, aimWeights }: AimTargets): { readonly loss: Tensor; readonly accuracy: Tensor } {
  const count = maximum(sum(aimWeights), 1e-6);
  const each = sum(mul(sub(log(maximum(aims, 1e-12)), logSoftmax(logits)), aims), { axes: 3 });
  const right = cast(equal(argMax(stopGradient(logits), 3), argMax(aims, 3)), 'f32');
  return { loss: div(sum(mul(each, aimWeights)), count), accuracy: div(sum(mul(right, aimWeights)), count) };
}

/**
 * Where it is pointed: logits f32[B, 2, V, N + 1] → f32[B, 2, V, 3], x and y of the mean place as parts of the view's side, and the share of
 * none of its tokens. `visible` bool[B, T] are the tokens that there are: 0, 0, 0 for an arm or a view that there is not.
 */
export function aimedAt(logits: Tensor, visible: Tensor, layout: Layout, config: ModelConfig): Tensor {
  const [rows, columns] = viewGrid(config);
  const middles = Array.from({ length: rows * columns }, (_, i) => [
    ((i % columns) + 0.5) / columns,
    (Math.floor(i / columns) + 0.5) / rows,
    0,
  ]);
  const places = constant(hostTensor('f32', [rows * columns + 1, 3], [...middles, [0.5, 0.5, 1]].flat()));
  const { start, end } = armPlaces(layout) as Range;
  const arms = cast(slice(visible, 1, start, end), 'f32');
  const shown = cast(
    concat(
      layout.views.map((view) => slice(visible, 1, view.start, view.start + 1)),
      1,
    ),
    'f32',
  );
  return mul(matmul(softmax(logits), places), unsqueeze(mul(unsqueeze(arms, 2), unsqueeze(shown, 1)), 3));
}

/** Where a policy aims. */
export interface Aim {
  readonly arm: Arm;
  readonly view: View;
  /** Parts of the side of the view, from the left and the top */
  readonly x: number;
  readonly y: number;
  /** How sure it is that the place is to be seen there */
  readonly seen: number;
}

/** The aims of sample b, of f32[B, 2, V, 3] as `aimedAt` gives them, of its arms and views: bool[2, STATE_DIMS] and bool[V] say which there are. */
export function aimsOfSample(
  { data }: HostTensor,
  b: number,
  { views }: Layout,
  { stateMask, viewMask }: { readonly stateMask: Uint8Array; readonly viewMask: Uint8Array },
): Aim[] {
  return ARMS.flatMap((arm, a) =>
    views.flatMap(({ view }, v): Aim[] => {
      if (view === 'guide' || stateMask[a * STATE_DIMS] !== 1 || viewMask[VIEWS.indexOf(view)] !== 1) return [];
      const at = ((b * ARMS.length + a) * views.length + v) * 3;
      const [x, y, none] = Array.from(data.subarray(at, at + 3), Number) as [number, number, number];
      const seen = 1 - none;
      // The mean is over all tokens and over none, which counts as the middle.
      const shown = (mean: number): number => (seen > 0.01 ? (mean - 0.5 * none) / seen : 0.5);
      return [{ arm, view, x: shown(x), y: shown(y), seen }];
    }),
  );
}

/** Aims as the action expert is told them: f32[B, 2, V, 3] → f32[B, width]. Declares `fc1` and `fc2`. */
export function aimCondition(scope: Scope, aims: Tensor, width: number): Tensor {
  // From the middle, and as large as what comes of a norm.
  const scaled = mul(add(aims, -0.5), 4);
  return mlp(scope, reshape(scaled, [aims.shape[0] as number, -1]), { hidden: width, out: width, activation: 'silu' });
}
