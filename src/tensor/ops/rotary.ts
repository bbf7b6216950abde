/** Turning pairs of channels: the arithmetic of rotary position embedding. */
import { hostTensor } from '../host.ts';
import { CONTRIB, type Lowering } from '../lowering.ts';
import { sameShape } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType } from '../tensor.ts';
import { add, mul, neg, sub } from './arithmetic.ts';
import { sum } from './broadcast.ts';
import { requireFloat, sameDType } from './elementwise.ts';
import { split } from './layout.ts';

/** inputs: x [B, T, H, d], cos and sin [T, d/2] or [B, T, d/2] */
const RotaryEmbedding: Op<null> = {
  name: 'RotaryEmbedding',
  infer: (inputs) => {
    const dtype = sameDType(inputs);
    requireFloat({ dtype, shape: [] });
    const [x, cos, sin] = inputs.map(({ shape }) => shape) as [readonly number[], readonly number[], readonly number[]];
    const [batch, time, , width] = x as [number, number, number, number];
    if (x.length !== 4 || width % 2 !== 0) throw new Error('x must be [batch, time, heads, width] with an even width');
    const tables = [
      [time, width / 2],
      [batch, time, width / 2],
    ];
    if (!sameShape(cos, sin) || !tables.some((table) => sameShape(table, cos))) {
      throw new Error(`cosines and sines must be ${tables.map((table) => `[${table.join(', ')}]`).join(' or ')}`);
    }
    return [{ dtype, shape: x }];
  },
  gradient: ([gradient], { inputs }, needs) => {
    const [x, cos, sin] = inputs as [Tensor, Tensor, Tensor];
    const g = gradient as Tensor;
    const [[a, b], [da, db]] = [split(x, 2, -1), split(g, 2, -1)] as [[Tensor, Tensor], [Tensor, Tensor]];
    const ofTable = (perHead: Tensor): Tensor => sum(perHead, { axes: cos.shape.length === 3 ? 2 : [0, 2] });
    return [
      needs[0] ? rotate(g, cos, neg(sin)) : undefined,
      needs[1] ? ofTable(add(mul(da, a), mul(db, b))) : undefined,
      needs[2] ? ofTable(sub(mul(db, a), mul(da, b))) : undefined,
    ];
  },
  lower: (on, inputs, node) =>
    on.target.contrib && node.inputs[0]?.dtype === 'f32' ? lowerFused(on, inputs, node.inputs) : lowerComposed(on, inputs, node.inputs),
};

/** One pass over x: the engine's kernel, which looks up row `position` of one table. */
function lowerFused(on: Lowering, [x, cos, sin]: readonly string[], types: readonly TensorType[]): string {
  const [shape, table] = types.map(({ shape }) => shape) as [readonly number[], readonly number[]];
  const [batch, time, heads, width] = shape as [number, number, number, number];
  const positions = Array.from({ length: batch * time }, (_, i) => (table.length === 3 ? i : i % time));
  const rows = (name: string | undefined): string =>
    table.length === 2 ? (name as string) : on.emit('Reshape', [name, on.integers([batch * time, width / 2])]);
  const merged = on.emit('Reshape', [x, on.integers([batch, time, heads * width])]);
  const at = on.constant(hostTensor('i64', [batch, time], positions));
  return on.emit('Reshape', [on.emit('RotaryEmbedding', [merged, at, rows(cos), rows(sin)], {}, CONTRIB), on.integers(shape)]);
}

function lowerComposed(on: Lowering, [x, cos, sin]: readonly string[], types: readonly TensorType[]): string {
  const { shape } = types[0] as TensorType;
  const table = (types[1] as TensorType).shape;
  const half = (shape[3] as number) / 2;
  const factor = (name: string | undefined): string => on.emit('Reshape', [name, on.integers([...table.slice(0, -1), 1, half])]);
  const [first, second] = on.emitMany('Split', 2, [x, on.integers([half, half])], { axis: { int: 3 } }) as [string, string];
  const [c, s] = [factor(cos), factor(sin)];
  const times = (a: string, b: string): string => on.emit('Mul', [a, b]);
  const turned = [on.emit('Sub', [times(first, c), times(second, s)]), on.emit('Add', [times(second, c), times(first, s)])];
  return on.emit('Concat', turned, { axis: { int: 3 } });
}

/**
 * Turns the pairs (i, i + d/2) of channels: x [B, T, H, d] by angles whose cosines and sines are [T, d/2], or [B, T, d/2] where samples
 * differ. Su et al. 2021, equation 34, with the pairs of GPT-NeoX.
 */
export const rotate = (x: Tensor, cos: Tensor, sin: Tensor): Tensor => apply1(RotaryEmbedding, [x, cos, sin], null);
