/** Reverse-mode differentiation: a graph of derivatives made of the same ops, and rematerialisation inside it. */
import { isFloat } from './dtype.ts';
import { nodesOf } from './graph.ts';
import { describe } from './host.ts';
import { add } from './ops/arithmetic.ts';
import { barrier } from './ops/cast.ts';
import { captureSite, TensorError } from './site.ts';
import { latestId, type Node, type OpNode, ones, output, type Tensor, withInputs, zeros } from './tensor.ts';

/**
 * Gradients of a scalar with respect to tensors, each of its tensor's shape and dtype; zeros where nothing leads from one to
 * the other. Only the part of the graph between `loss` and `wrt` is differentiated, so what is left out of `wrt` costs nothing.
 * Throws when `loss` is not a floating-point scalar.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  const collected = gradientsOrNothing(loss, wrt);
  return wrt.map((tensor, i) => collected[i] ?? zeros(tensor.dtype, tensor.shape));
}

/** The same, but undefined where nothing leads from one to the other. */
export function gradientsOrNothing(loss: Tensor, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  if (loss.shape.length !== 0 || !isFloat(loss.dtype)) {
    throw new TensorError(`gradients: the loss must be a floating-point scalar, but is ${describe(loss)}`, captureSite());
  }
  return pullback([loss], [ones(loss.dtype, [])], wrt);
}

/**
 * Vector-Jacobian product: from gradients of `outputs` to those of `wrt`, undefined where nothing leads from one to the other.
 */
export function pullback(outputs: readonly Tensor[], seeds: readonly Tensor[], wrt: readonly Tensor[]): (Tensor | undefined)[] {
  const nodes = nodesOf(outputs);
  const active = dependents(nodes, wrt);
  const collected = new Map<Node, (Tensor | undefined)[]>();
  const accumulate = ({ node, index }: Tensor, gradient: Tensor): void => {
    const slots = collected.get(node) ?? Array<Tensor | undefined>(node.outputs.length).fill(undefined);
    const sum = slots[index];
    slots[index] = sum ? add(sum, gradient) : gradient;
    collected.set(node, slots);
  };
  outputs.forEach((tensor, i) => {
    accumulate(tensor, seeds[i] as Tensor);
  });

  const recomputed = new Map<Node, OpNode>();
  for (const node of nodes.reverse()) {
    const received = collected.get(node);
    if (node.kind !== 'op' || node.op.gradient === null || !active.has(node) || !received?.some(Boolean)) continue;
    const needs = node.inputs.map((tensor) => active.has(tensor.node) && isFloat(tensor.dtype));
    if (!needs.some(Boolean)) continue;
    if (node.segment && !recomputed.has(node)) recompute(node.segment, nodes, received.find(Boolean) as Tensor, recomputed);
    const before = latestId();
    const results = node.op.gradient(received, recomputed.get(node) ?? node, needs);
    results.forEach((gradient, i) => {
      if (!gradient || !needs[i]) return;
      accumulate(node.inputs[i] as Tensor, gradient);
      markGradientOf(gradient.node, node, before);
    });
  }
  return wrt.map(({ node, index }) => collected.get(node)?.[index]);
}

/** The nodes through which `wrt` influences something. */
function dependents(ascending: readonly Node[], wrt: readonly Tensor[]): Set<Node> {
  const active = new Set(wrt.map(({ node }) => node));
  for (const node of ascending) if (node.inputs.some((tensor) => active.has(tensor.node))) active.add(node);
  return active;
}

/** Remembers on the new nodes of a derivative which node it is the derivative of. */
function markGradientOf(node: Node, source: OpNode, before: number): void {
  if (node.kind !== 'op' || node.id <= before || node.gradientOf) return;
  node.gradientOf = source;
  for (const { node: next } of node.inputs) markGradientOf(next, source, before);
}

/**
 * Runs `f`, and keeps none of what it computes inside for the backward pass: there it is computed again from `f`'s inputs,
 * which trades time for memory (Chen et al. 2016, "Training deep nets with sublinear memory cost"). The result is the same.
 */
export function checkpoint<T extends Tensor | readonly Tensor[]>(f: () => T): T {
  const before = latestId();
  const result = f();
  const segment = {};
  for (const node of nodesOf('node' in result ? [result] : result)) {
    if (node.kind === 'op' && node.id > before) node.segment = segment;
  }
  return result;
}

/** Adds twins of the segment's nodes to `twins`, which wait for the gradient `after` before they read the segment's inputs. */
function recompute(segment: object, descending: readonly Node[], after: Tensor, twins: Map<Node, OpNode>): void {
  const waiting = new Map<string, Tensor>();
  const input = (tensor: Tensor): Tensor => {
    const twin = twins.get(tensor.node);
    if (twin && (tensor.node as OpNode).segment === segment) return output(twin, tensor.index);
    if (tensor.node.kind === 'variable' || tensor.node.kind === 'constant') return tensor;
    const key = `${tensor.node.id}:${tensor.index}`;
    const barred = waiting.get(key) ?? barrier(tensor, after);
    waiting.set(key, barred);
    return barred;
  };
  for (let i = descending.length - 1; i >= 0; i--) {
    const node = descending[i] as Node;
    if (node.kind !== 'op' || node.segment !== segment) continue;
    twins.set(node, withInputs(node, node.inputs.map(input)));
  }
}
