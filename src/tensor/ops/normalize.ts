/** Layer, root-mean-square and group normalisation. The statistics are second outputs, kept for the backward pass. */
import type { Lowering } from '../lowering.ts';
import { sameShape } from '../shape.ts';
import { captureSite, TensorError } from '../site.ts';
import { apply, type Op, type OpNode, ones, output, type Tensor, type TensorType, zeros } from '../tensor.ts';
import { add, div, mul, sub } from './arithmetic.ts';
import { broadcastTo, sumTo } from './broadcast.ts';
import { requireFloat, sameDType } from './elementwise.ts';
import { reshape } from './layout.ts';
import { mean } from './reduce.ts';

interface NormAttributes {
  readonly epsilon: number;
}

function inferNorm(inputs: readonly TensorType[], statistics: number): TensorType[] {
  const dtype = sameDType(inputs);
  const { shape } = inputs[0] as TensorType;
  requireFloat({ dtype, shape });
  const width = shape.at(-1);
  if (width === undefined) throw new Error('needs a last axis to normalise over, got a scalar');
  for (const { shape: affine } of inputs.slice(1)) {
    if (!sameShape(affine, [width])) throw new Error(`scale and bias must have shape [${width}], got [${affine.join(', ')}]`);
  }
  return [{ dtype, shape }, ...Array<TensorType>(statistics).fill({ dtype, shape: [...shape.slice(0, -1), 1] })];
}

/** Gradients of scale and x, given x̂ and 1/σ. `centred`: whether the mean was taken out too. */
function normGradients(
  g: Tensor,
  normalized: Tensor,
  inverse: Tensor,
  scale: Tensor,
  centred: boolean,
  needs: readonly boolean[],
): (Tensor | undefined)[] {
  const scaled = mul(g, scale);
  const last = { axes: -1, keepDims: true };
  const along = mul(normalized, mean(mul(scaled, normalized), last));
  const rest = centred ? sub(sub(scaled, mean(scaled, last)), along) : sub(scaled, along);
  return [needs[0] ? mul(rest, inverse) : undefined, needs[1] ? sumTo(mul(g, normalized), scale.shape) : undefined];
}

/** What the gradient of 1/σ, which only second derivatives have, adds to that of x: ∂(1/σ)/∂x = −x̂/(σ²·D). */
function throughInverse(ofInverse: Tensor | undefined, normalized: Tensor, inverse: Tensor): Tensor | undefined {
  return ofInverse && mul(normalized, div(mul(ofInverse, mul(inverse, inverse)), -(normalized.shape.at(-1) as number)));
}

/** The sum of the terms that are there. */
const total = (first: Tensor, ...rest: readonly (Tensor | undefined)[]): Tensor =>
  rest.filter((term) => term !== undefined).reduce(add, first);

/** outputs: y [..., D], mean [..., 1], 1/σ [..., 1] */
const LayerNormalization: Op<NormAttributes> = {
  name: 'LayerNormalization',
  rowwise: true,
  infer: (inputs) => inferNorm(inputs, 2),
  gradient: ([gradient, ofMean, ofInverse], node, needs) => {
    const [x, scale, bias] = node.inputs as [Tensor, Tensor, Tensor | undefined];
    const g = gradient ?? zeros(x.dtype, x.shape);
    const inverse = output(node as OpNode, 2);
    const normalized = mul(sub(x, output(node as OpNode, 1)), inverse);
    const [dx, dScale] = normGradients(g, normalized, inverse, scale, true, needs);
    const throughMean = ofMean && broadcastTo(div(ofMean, x.shape.at(-1) as number), x.shape);
    return [
      dx && total(dx, throughMean, throughInverse(ofInverse, normalized, inverse)),
      dScale,
      bias && needs[2] ? sumTo(g, bias.shape) : undefined,
    ];
  },
  lower: (on, inputs, { attributes: { epsilon }, inputs: [x], used }) => {
    const dtype = (x as TensorType).dtype;
    if (dtype === 'f32') {
      return on.emitMany('LayerNormalization', used[1] || used[2] ? 3 : 1, inputs, { axis: { int: -1 }, epsilon: { float: epsilon } });
    }
    const centre = lastMean(on, inputs[0]);
    const centred = on.emit('Sub', [inputs[0], centre]);
    const [y, inverse] = lowerRms(on, centred, inputs[1], dtype, epsilon);
    return [inputs[2] === undefined ? y : on.emit('Add', [y, inputs[2]]), centre, inverse];
  },
};

/** outputs: y [..., D], 1/rms [..., 1] */
const RMSNormalization: Op<NormAttributes> = {
  name: 'RMSNormalization',
  rowwise: true,
  infer: (inputs) => inferNorm(inputs, 1),
  gradient: ([g, ofInverse], node, needs) => {
    const [x, scale] = node.inputs as [Tensor, Tensor];
    const inverse = output(node as OpNode, 1);
    const normalized = mul(x, inverse);
    const [dx, dScale] = normGradients(g ?? zeros(x.dtype, x.shape), normalized, inverse, scale, false, needs);
    return [dx && total(dx, throughInverse(ofInverse, normalized, inverse)), dScale];
  },
  lower: (on, [x, scale], { attributes: { epsilon }, inputs, used }) => {
    const dtype = (inputs[0] as TensorType).dtype;
    // On WebGPU its second output is the mean.
    const fused = on.target.contrib && !(on.target.webgpu && used[1]);
    if (fused && dtype === 'f32') {
      return on.emitMany('SimplifiedLayerNormalization', used[1] ? 2 : 1, [x, scale], { axis: { int: -1 }, epsilon: { float: epsilon } });
    }
    return lowerRms(on, x, scale, dtype, epsilon);
  },
};

const lastMean = (on: Lowering, x: string | undefined): string => on.emit('ReduceMean', [x, on.integers([-1])], { keepdims: { int: 1 } });

function lowerRms(
  on: Lowering,
  x: string | undefined,
  scale: string | undefined,
  dtype: TensorType['dtype'],
  epsilon: number,
): [string, string] {
  const power = on.emit('Add', [lastMean(on, on.emit('Mul', [x, x])), on.scalar(dtype, epsilon)]);
  const inverse = on.emit('Reciprocal', [on.emit('Sqrt', [power])]);
  return [on.emit('Mul', [on.emit('Mul', [x, inverse]), scale]), inverse];
}

/** What follows the normalisation, and what keeps it finite. */
export interface AffineNormOptions {
  /** [D]; ones when left out */
  readonly scale?: Tensor | undefined;
  /** [D]; none when left out */
  readonly bias?: Tensor | undefined;
  readonly epsilon: number;
}

/** (x − mean) / √(variance + ε) · scale + bias over the last axis. */
export function layerNorm(x: Tensor, { scale, bias, epsilon }: AffineNormOptions): Tensor {
  const gain = scale ?? ones(x.dtype, x.shape.slice(-1));
  return apply(LayerNormalization, bias ? [x, gain, bias] : [x, gain], { epsilon })[0] as Tensor;
}

/** x / √(mean of squares + ε) · scale over the last axis. */
export function rmsNorm(x: Tensor, { scale, epsilon }: Omit<AffineNormOptions, 'bias'>): Tensor {
  return apply(RMSNormalization, [x, scale ?? ones(x.dtype, x.shape.slice(-1))], { epsilon })[0] as Tensor;
}

/** Layer normalisation over each of `groups` groups of channels with all their positions: x [N, C, ...], scale and bias [C]. */
export function groupNorm(x: Tensor, groups: number, { scale, bias, epsilon }: AffineNormOptions): Tensor {
  const [batch, channels, ...space] = x.shape as [number, number, ...number[]];
  if (channels % groups !== 0) throw new TensorError(`groupNorm: ${channels} channels do not divide into ${groups} groups`, captureSite());
  const normalized = reshape(layerNorm(reshape(x, [batch, groups, -1]), { epsilon }), x.shape);
  const perChannel = (v: Tensor): Tensor => reshape(v, [channels, ...space.map(() => 1)]);
  const scaled = scale ? mul(normalized, perChannel(scale)) : normalized;
  return bias ? add(scaled, perChannel(bias)) : scaled;
}
