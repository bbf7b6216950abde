/** What the tests of layers share. */
import { fileURLToPath } from 'node:url';
import { compile, type Feeds } from '../../src/tensor/compile.ts';
import { graphOf } from '../../src/tensor/graph.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import type { Parameters } from '../../src/tensor/parameters.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { type Shape, sizeOf } from '../../src/tensor/shape.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';

export const engine = nodeEngine({ threads: 1 });

/** Standard normal values that depend on the name only. */
export const noise = (name: string, shape: Shape): HostTensor => hostTensor('f32', shape, normals(randomStream(1, name), sizeOf(shape)));

/** The same as a tensor of a graph. */
export const noiseTensor = (name: string, shape: Shape): Tensor => constant(noise(name, shape));

/** Values for all parameters, none at its first value: what starts at zero or one would hide mistakes. */
export function noisyWeights(parameters: Parameters): Map<string, HostTensor> {
  return new Map(parameters.trainable().map(({ name, shape }) => [name, scaled(noise(name, shape), 0.3)]));
}

const scaled = (x: HostTensor, by: number): HostTensor =>
  hostTensor(
    'f32',
    x.shape,
    Float32Array.from(numbers(x), (value) => value * by),
  );

/** Computes tensors once, with those of the given values whose variables they depend on. */
export async function evaluateWith<Name extends string>(
  initial: ReadonlyMap<string, HostTensor>,
  outputs: Readonly<Record<Name, Tensor>>,
  feeds: Feeds = {},
): Promise<Record<Name, HostTensor>> {
  const used = graphOf({ outputs }).variables.map(({ name }) => name);
  const values = new Map([...initial].filter(([name]) => used.includes(name)));
  const executable = await compile(engine, { main: { outputs } }, { initial: values });
  try {
    const results = Object.entries(await executable.run('main', feeds)) as [Name, HostTensor][];
    return Object.fromEntries(results.map(([name, value]) => [name, { ...value, data: value.data.slice() }])) as Record<Name, HostTensor>;
  } finally {
    await executable.dispose();
  }
}

/** A file of `test/fixtures`: its metadata, and its tensors whose names begin with a prefix, which is taken off. */
export async function fixture(file: string): Promise<{
  metadata: Readonly<Record<string, string>>;
  under: (prefix: string) => Map<string, HostTensor>;
  get: (name: string) => HostTensor;
}> {
  const { metadata, tensors } = await readSafetensors(fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url)));
  return {
    metadata,
    under: (prefix) => new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, x]) => [name.slice(prefix.length), x])),
    get: (name) => tensors.get(name) ?? notThere(file, name),
  };
}

function notThere(file: string, name: string): never {
  throw new Error(`${file} has no tensor "${name}"`);
}

/** Largest absolute difference of two tensors' values. */
export function largestDifference(a: HostTensor, b: HostTensor): number {
  const [x, y] = [numbers(a), numbers(b)];
  if (x.length !== y.length) throw new Error(`${x.length} values cannot be compared with ${y.length}`);
  return x.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (y[i] as number))), 0);
}
