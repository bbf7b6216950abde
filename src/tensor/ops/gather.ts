/** Reading and adding at computed positions. Indices are i64 or i32; out of range they fail when the program runs. */
import { allocate, type DType, isFloat } from '../dtype.ts';
import { hostTensor } from '../host.ts';
import { ONNX_TYPE } from '../onnx-proto.ts';
import { normalizeAxis, requireWhole, type Shape, sameShape, sizeOf } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType, zeros } from '../tensor.ts';
import { broadcastTo } from './broadcast.ts';
import { reshape } from './layout.ts';
import { matmul } from './matmul.ts';

function requireIndices({ dtype }: TensorType): void {
  if (dtype !== 'i64' && dtype !== 'i32') throw new Error(`indices must be i64 or i32, got ${dtype}`);
}

/** Rows of a table up to which its gradient is computed as a product with one-hot rows. */
const SMALL_TABLE = 1024;

const Gather: Op<{ axis: number }> = {
  name: 'Gather',
  infer: ([x, indices], { axis }) => {
    requireIndices(indices as TensorType);
    const { dtype, shape } = x as TensorType;
    return [{ dtype, shape: [...shape.slice(0, axis), ...(indices as TensorType).shape, ...shape.slice(axis + 1)] }];
  },
  // By ScatterElements: ONNX Runtime's ScatterND adds rows in parallel without a lock, and loses some that share an index.
  // For a small table, a product with one-hot rows is several times faster still.
  gradient: ([g], { inputs: [x, indices], attributes: { axis } }) => {
    const { dtype, shape } = x as Tensor;
    const [before, rows, after] = [sizeOf(shape.slice(0, axis)), sizeOf((indices as Tensor).shape), sizeOf(shape.slice(axis + 1))];
    if (axis === 0 && (shape[0] as number) <= SMALL_TABLE) {
      const hot = oneHot(reshape(indices as Tensor, [rows]), shape[0] as number, dtype);
      return [reshape(matmul(hot, reshape(g as Tensor, [rows, after]), { transposeA: true }), shape), undefined];
    }
    const at = broadcastTo(reshape(indices as Tensor, [1, rows, 1]), [before, rows, after]);
    const none = zeros(dtype, [before, shape[axis] as number, after]);
    return [reshape(scatterAdd(none, at, reshape(g as Tensor, [before, rows, after]), 1), shape), undefined];
  },
  lower: (on, inputs, { attributes: { axis } }) => on.emit('Gather', inputs, { axis: { int: axis } }),
};

const sameButAxis = (a: Shape, b: Shape, axis: number): boolean => a.length === b.length && a.every((dim, i) => i === axis || dim === b[i]);

const GatherElements: Op<{ axis: number }> = {
  name: 'GatherElements',
  infer: ([x, indices], { axis }) => {
    requireIndices(indices as TensorType);
    if (!sameButAxis((x as TensorType).shape, (indices as TensorType).shape, axis))
      throw new Error(`shapes must agree on every axis but ${axis}`);
    return [{ dtype: (x as TensorType).dtype, shape: (indices as TensorType).shape }];
  },
  gradient: ([g], { inputs: [x, indices], attributes: { axis } }) => [
    scatterAdd(zeros((g as Tensor).dtype, (x as Tensor).shape), indices as Tensor, g as Tensor, axis),
    undefined,
  ],
  lower: (on, inputs, { attributes: { axis } }) => on.emit('GatherElements', inputs, { axis: { int: axis } }),
};

const ScatterElements: Op<{ axis: number }> = {
  name: 'ScatterElements',
  infer: ([data, indices, updates], { axis }) => {
    const [into, at, values] = [data, indices, updates] as [TensorType, TensorType, TensorType];
    requireIndices(at);
    if (into.dtype !== values.dtype) throw new Error(`data is ${into.dtype}, but the updates are ${values.dtype}: cast one of them`);
    if (!sameShape(at.shape, values.shape)) throw new Error('indices and updates must have the same shape');
    if (!sameButAxis(into.shape, at.shape, axis)) throw new Error(`shapes must agree on every axis but ${axis}`);
    return [{ dtype: into.dtype, shape: into.shape }];
  },
  gradient: ([g], { inputs: [, indices], attributes: { axis } }, needs) => [
    g,
    undefined,
    needs[2] ? takeAlongAxis(g as Tensor, indices as Tensor, axis) : undefined,
  ],
  lower: (on, inputs, { attributes: { axis } }) =>
    on.emit('ScatterElements', inputs, { axis: { int: axis }, reduction: { string: 'add' } }),
};

const OneHot: Op<{ depth: number; dtype: DType }> = {
  name: 'OneHot',
  infer: ([indices], { depth, dtype }) => {
    requireIndices(indices as TensorType);
    requireWhole('depth', [depth]);
    return [{ dtype, shape: [...(indices as TensorType).shape, depth] }];
  },
  gradient: null,
  lower: (on, [indices], { attributes: { depth }, outputs }) => {
    const dtype = outputs[0]?.dtype as DType;
    const kernel: DType = isFloat(dtype) ? 'f32' : 'i64';
    const values = hostTensor(kernel, [2], allocate(kernel, 2));
    values.data[1] = kernel === 'i64' ? 1n : 1;
    const wide = on.emit('Cast', [indices], { to: { int: ONNX_TYPE.i64 } });
    const hot = on.emit('OneHot', [wide, on.scalar('i64', depth), on.constant(values)]);
    return dtype === kernel ? hot : on.emit('Cast', [hot], { to: { int: ONNX_TYPE[dtype] } });
  },
};

/** Entries `indices` of one axis; the axis is replaced by the axes of `indices`. An embedding look-up for axis 0. */
export function gather(x: Tensor, indices: Tensor, axis = 0): Tensor {
  return apply1(Gather, [x, indices], { axis: normalizeAxis(axis, x.shape.length) });
}

/** For every position, the entry of `x` along `axis` that `indices` names there (NumPy's take_along_axis). */
export function takeAlongAxis(x: Tensor, indices: Tensor, axis: number): Tensor {
  return apply1(GatherElements, [x, indices], { axis: normalizeAxis(axis, x.shape.length) });
}

/** `data` with `updates` added at the positions `indices` along `axis`; repeated positions add up. */
export function scatterAdd(data: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  return apply1(ScatterElements, [data, indices, updates], { axis: normalizeAxis(axis, data.shape.length) });
}

/** 1 at `indices[…]` of a new last axis of size `depth`, else 0. Negative indices count from the end; others out of range give all zeros. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = 'f32'): Tensor {
  // ONNX's OneHot takes no scalars.
  if (indices.shape.length === 0) return reshape(oneHot(reshape(indices, [1]), depth, dtype), [depth]);
  return apply1(OneHot, [indices], { depth, dtype });
}
