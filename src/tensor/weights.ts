/** The values of frozen weights, made one at a time: read, computed from others, quantised. */

import { isFloat } from './dtype.ts';
import type { DeviceTensor, Engine, Weight } from './engine.ts';
import { graphOf, leavesOf } from './graph.ts';
import { bytesOfAll, checkType, convert, type HostTensor } from './host.ts';
import { type QuantizedPart, quantizeBlocks } from './quantize.ts';
import type { Tensor, Variable, VariableNode } from './tensor.ts';

/** The value that a variable was given, if it was. */
export type GivenValue = (variable: Variable) => Promise<HostTensor | undefined>;

/** Expressions are computed together while what they are made from is no more than this many bytes. */
const BATCH_BYTES = 2 ** 26;

/**
 * What an engine is to keep of `tensors`, each a variable or an expression of some, by name. Values that were given for a
 * quantised weight's parts are used as they are.
 */
export function frozenWeights(
  engine: Engine,
  tensors: ReadonlyMap<string, Tensor>,
  parts: ReadonlyMap<Variable, QuantizedPart>,
  given: GivenValue,
): Weight[] {
  const partOf = ({ node }: Tensor): QuantizedPart | undefined => (node.kind === 'variable' ? parts.get(node.variable) : undefined);
  // What is made of the same variable follows one another, so that it is read once: parts of a fused projection, codes and scales.
  const origin = (tensor: Tensor): number => Math.min(...variablesOf(partOf(tensor)?.weight ?? tensor).map((of) => of.tensor.node.id));
  const ordered = [...tensors]
    .map(([name, tensor]) => ({ name, tensor, part: partOf(tensor), from: origin(tensor) }))
    .sort((a, b) => a.from - b.from);
  const read = latest(async (variable: Variable) => fitted(variable, (await given(variable)) ?? variable.initial()));
  // Apart, because the values of parts may have been given.
  const plain = computer(
    engine,
    ordered.flatMap(({ tensor, part }) => (part ? [] : [tensor])),
    read,
  );
  const unquantized = computer(
    engine,
    ordered.flatMap(({ part }) => (part ? [part.weight] : [])),
    read,
  );
  const quantized = latest(async (weight: Tensor, { format }: QuantizedPart) => quantizeBlocks(await unquantized(weight), format));
  const value = async (tensor: Tensor, part: QuantizedPart | undefined): Promise<HostTensor> => {
    if (!part) return plain(tensor);
    const { variable } = tensor.node as VariableNode;
    const ready = await given(variable);
    if (ready) checkType(`the value of "${variable.name}"`, ready, variable);
    return ready ?? (await quantized(part.weight, part))[part.part];
  };
  return ordered.map(({ name, tensor, part }) => {
    const { dtype, shape } = tensor;
    return { name, dtype, shape, value: () => value(tensor, part) };
  });
}

const variablesOf = (tensor: Tensor): Variable[] =>
  leavesOf(tensor).flatMap(({ node }) => (node.kind === 'variable' ? [node.variable] : []));

/** Computes any of the tensors, variables as they are and expressions in batches. */
function computer(
  engine: Engine,
  tensors: readonly Tensor[],
  read: (variable: Variable) => Promise<HostTensor>,
): (tensor: Tensor) => Promise<HostTensor> {
  const batches = batched(tensors);
  const computed = latest(async (batch: readonly Tensor[]) => {
    const values = new Map<Variable, HostTensor>();
    for (const variable of new Set(batch.flatMap(variablesOf))) values.set(variable, await read(variable));
    return evaluate(engine, batch, values);
  });
  return async (tensor) => {
    if (tensor.node.kind === 'variable') return read(tensor.node.variable);
    const batch = batches.get(tensor) as readonly Tensor[];
    return (await computed(batch))[batch.indexOf(tensor)] as HostTensor;
  };
}

/** The batch of each expression among the tensors. */
function batched(tensors: readonly Tensor[]): Map<Tensor, readonly Tensor[]> {
  const batches = new Map<Tensor, Tensor[]>();
  let batch: Tensor[] = [];
  let made = new Set<Variable>();
  for (const tensor of tensors) {
    if (tensor.node.kind !== 'op' || batches.has(tensor)) continue;
    const from = variablesOf(tensor);
    made = new Set([...made, ...from]);
    if (bytesOfAll([...made]) > BATCH_BYTES) {
      batch = [];
      made = new Set(from);
    }
    batch.push(tensor);
    batches.set(tensor, batch);
  }
  return batches;
}

/** The value in the variable's dtype, rounded where both are floating-point. Throws when the type does not fit otherwise. */
function fitted(variable: Variable, value: HostTensor): HostTensor {
  const { dtype } = variable;
  const fits = isFloat(dtype) && isFloat(value.dtype) ? { ...value, dtype } : value;
  checkType(`the initial value of "${variable.name}"`, fits, variable);
  return convert(value, dtype);
}

/** `make`, which remembers its latest result, and forgets it before it makes another. */
function latest<Key, Rest extends unknown[], Value>(
  make: (key: Key, ...rest: Rest) => Promise<Value>,
): (key: Key, ...rest: Rest) => Promise<Value> {
  let last: { readonly key: Key; readonly value: Value } | undefined;
  return async (key, ...rest) => {
    if (last && last.key === key) return last.value;
    last = undefined;
    const value = await make(key, ...rest);
    last = { key, value };
    return value;
  };
}

/** Computes tensors once, from the values of the variables that they depend on. */
export async function evaluate(
  engine: Engine,
  tensors: readonly Tensor[],
  variables: ReadonlyMap<Variable, HostTensor> = new Map(),
): Promise<HostTensor[]> {
  const session = await engine.compile(graphOf({ outputs: Object.fromEntries(tensors.map((tensor, i) => [`${i}`, tensor])) }));
  try {
    const fed = new Map([...variables].map(([{ name }, value]) => [name, engine.upload(value)]));
    const { outputs } = await session.run({ inputs: new Map(), variables: fed, updates: new Map() });
    const values = await Promise.all(tensors.map((_, i) => engine.download(outputs.get(`${i}`) as DeviceTensor)));
    return values.map((value) => ({ ...value, data: value.data.slice() }));
  } finally {
    await session.dispose();
  }
}
