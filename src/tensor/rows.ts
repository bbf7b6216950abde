/** A pass over graphs: chains of ops on rows stay matrices, instead of changing shape between every two products. */
import { type Graph, rebuild } from './graph.ts';
import { reshape } from './ops/layout.ts';
import { type Shape, sameShape, sizeOf } from './shape.ts';
import { type OpNode, output, type Tensor, type TensorType, withInputs } from './tensor.ts';

/**
 * Products of [B, T, D] with a matrix are computed on [B·T, D], under a reshape before and after. Where an op works on each row by itself
 * (`Op.rowwise`) the reshapes move behind it, and those between two products cancel out: half of the nodes of a decoding step are reshapes
 * otherwise, and each costs as much as a small product.
 */
export function keepRows(graph: Graph): Graph {
  return rebuild(graph, (node, inputs) => {
    if (node.op.name === 'Reshape') return [reshape(inputs[0] as Tensor, (node.outputs[0] as TensorType).shape)];
    return node.op.rowwise ? onRows(node, inputs) : undefined;
  });
}

/** The node on matrices, if one of its operands is a matrix that was given another shape. */
function onRows(node: OpNode, inputs: readonly Tensor[]): Tensor[] | undefined {
  const [{ shape }] = node.outputs as [TensorType];
  const whole = inputs.map((tensor) => sameShape(tensor.shape, shape));
  const rows = [sizeOf(shape.slice(0, -1)), shape.at(-1) as number];
  const gains = shape.length > 2 && inputs.some((tensor, i) => whole[i] && isMatrix(tensor, rows));
  if (!gains || inputs.some((tensor, i) => !whole[i] && !isOneRow(tensor))) return undefined;
  const flat = withInputs(
    { ...node, outputs: node.outputs.map((type) => ({ ...type, shape: [rows[0] as number, type.shape.at(-1) as number] })) },
    inputs.map((tensor, i) => reshape(tensor, whole[i] ? rows : tensor.shape.slice(-1))),
  );
  return node.outputs.map((type, index) => reshape(output(flat, index), type.shape));
}

/** Whether it broadcasts along the last axis only: a scalar, or [..., 1, 1, D]. */
const isOneRow = ({ shape }: Tensor): boolean => sizeOf(shape.slice(0, -1)) === 1;

const isMatrix = ({ node }: Tensor, rows: Shape): boolean =>
  node.kind === 'op' && node.op.name === 'Reshape' && sameShape((node.inputs[0] as Tensor).shape, rows);
