/** Cases for the `model` benchmark: a model, weights for it, and values for its inputs, which PyTorch reads from the same file. */
import { type ModelConfig, modelConfig } from '../src/model/config.ts';
import { objective } from '../src/model/gear-vla.ts';
import { layoutOfLengths, type PromptLengths } from '../src/model/info.ts';
import { layoutPositions } from '../src/model/multimodal-positions.ts';
import { viewGrid } from '../src/model/perception.ts';
import type { Layout, Range } from '../src/model/sequence.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../src/robot/canonical.ts';
import type { Feeds } from '../src/tensor/compile.ts';
import { type HostTensor, hostTensor, numbers } from '../src/tensor/host.ts';
import { parameters } from '../src/tensor/parameters.ts';
import { normals, randomStream } from '../src/tensor/random.ts';
import { readSafetensors, writeSafetensors } from '../src/tensor/safetensors.node.ts';
import { type Shape, sizeOf } from '../src/tensor/shape.ts';
import type { Variable } from '../src/tensor/tensor.ts';
import { vocabulary } from '../src/tokens/vocabulary.ts';

/** A model and what it is given: values for all inputs of its objective. */
export interface ModelCase {
  readonly config: ModelConfig;
  /** Of samples, targets included */
  readonly layout: Layout;
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly inputs: Feeds;
}

/** Weights near their first values, and none at them: what begins at zero would hide mistakes. */
export function drawWeights(variables: readonly Variable[], deviation: number): Map<string, HostTensor> {
  const draw = ({ name, shape, initial }: Variable): HostTensor => {
    const first = numbers(initial());
    const noise = normals(randomStream(0, name), sizeOf(shape), deviation);
    return hostTensor(
      'f32',
      shape,
      noise.map((value, i) => (first[i] as number) + value),
    );
  };
  return new Map(variables.map((variable) => [variable.name, draw(variable)]));
}

/** A case of a batch of random samples that lack nothing. */
export function randomCase(config: ModelConfig, batch: number, lengths: PromptLengths = {}): ModelCase {
  const layout = layoutOfLengths(config, true, lengths);
  const declared = parameters({ seed: 0 });
  objective(declared, batch, layout, config);
  return { config, layout, weights: drawWeights(declared.trainable(), 0.02), inputs: randomInputs(config, batch, layout) };
}

function randomInputs(config: ModelConfig, batch: number, layout: Layout): Feeds {
  const { length, latent = latentOf(layout), views, answers } = layout;
  const words = vocabulary(config.vocabulary);
  const [rows, columns] = viewGrid(config);
  const random = randomStream(0, 'inputs');
  const filled = (dtype: 'u8' | 'i64' | 'bool' | 'f32', shape: Shape, value: (i: number) => number): HostTensor =>
    hostTensor(
      dtype,
      shape,
      Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
    );
  const normal = (name: string, shape: Shape): HostTensor => hostTensor('f32', shape, normals(randomStream(0, name), sizeOf(shape)));
  const within = ({ start, end }: Range): number => start + random.integer(end - start);
  const wordAt = (t: number): number => {
    if (t >= latent.start && t < latent.end) return within(words.latentChoices(t - latent.start));
    return within(t >= latent.end ? words.fast : words.text);
  };
  const ids = filled('i64', [batch, length], (i) => wordAt(i % length));
  const first = views[0]?.start ?? 0;
  const seen = views.map(() => ({ rows, columns }));
  const { positions } = layoutPositions([first, ...seen, length - first - views.length * rows * columns]);
  const chunk = [batch, config.chunk, ARMS.length, ACTION_DIMS];
  const given = [batch, ARMS.length, STATE_DIMS];
  return {
    images: filled('u8', [batch, views.length, config.imageSize, config.imageSize, 3], () => random.integer(256)),
    ids,
    visible: filled('bool', [batch, length], () => 1),
    positions: hostTensor('i64', [batch, 3, length], Array.from({ length: batch }, () => positions.flat()).flat()),
    state: normal('state', given),
    stateMask: filled('bool', given, () => 1),
    embodiment: filled('i64', [batch], (i) => i % config.embodiment.names.length),
    targets: filled('i64', [batch, length], (i) => Number(ids.data[i + 1] ?? 0)),
    weights: filled('f32', [batch, length], (i) => (i % length >= answers.start && i % length < length - 1 ? 1 : 0)),
    actions: normal('actions', chunk),
    actionMask: filled('bool', chunk, () => 1),
    noise: normal('noise', chunk),
    time: filled('f32', [batch], (i) => (i + 0.5) / batch),
    dropWrist: filled('bool', [batch, 1], (i) => i % 2),
    dropState: filled('bool', [batch, 1], (i) => (i >> 1) % 2),
  };
}

/** Where the latent tokens are. Throws when there are none. */
function latentOf({ latent }: Layout): Range {
  if (!latent) throw new Error('a case needs a layout with latent action tokens');
  return latent;
}

/** What a policy is given of the first samples of a case: the sequence before the latent tokens. */
export interface PromptCase {
  readonly layout: Layout;
  /** By the names of `observationInputs` */
  readonly observation: Feeds;
  readonly actionMask: HostTensor;
  readonly noise: HostTensor;
}

/** The prompts of the first `batch` samples. */
export function promptsOf({ layout, inputs }: ModelCase, batch: number): PromptCase {
  const { start } = latentOf(layout);
  const { latent: _, ...places } = layout;
  const of = (name: string): HostTensor => firstRows(inputs[name] as HostTensor, batch);
  const cut = (name: string): HostTensor => firstColumns(of(name), start);
  const observation = {
    ...Object.fromEntries(['ids', 'visible', 'positions'].map((name) => [name, cut(name)])),
    ...Object.fromEntries(['images', 'state', 'stateMask', 'embodiment'].map((name) => [name, of(name)])),
  };
  return { layout: { ...places, length: start }, observation, actionMask: of('actionMask'), noise: of('noise') };
}

function firstRows({ dtype, shape: [rows = 1, ...rest], data }: HostTensor, count: number): HostTensor {
  return { dtype, shape: [count, ...rest], data: data.slice(0, (data.length / rows) * count) };
}

function firstColumns({ dtype, shape, data }: HostTensor, count: number): HostTensor {
  const columns = shape.at(-1) as number;
  const kept = (data as Uint8Array).filter((_, i) => i % columns < count);
  return { dtype, shape: [...shape.slice(0, -1), count], data: kept };
}

/** Writes a case: metadata `config` and `layout`, tensors `weight.NAME` and `in.NAME`. */
export async function writeCase(file: string, { config, layout, weights, inputs }: ModelCase): Promise<void> {
  const named = (prefix: string, tensors: Iterable<readonly [string, HostTensor]>) =>
    Array.from(tensors, ([name, tensor]) => [prefix + name, tensor] as const);
  await writeSafetensors(file, {
    metadata: { config: JSON.stringify(config), layout: JSON.stringify(layout) },
    tensors: new Map([...named('weight.', weights), ...named('in.', Object.entries(inputs))]),
  });
}

/** Reads a case. Throws when the file is none. */
export async function readCase(file: string): Promise<ModelCase> {
  const { metadata, tensors } = await readSafetensors(file);
  const { config, layout } = metadata;
  if (!config || !layout) throw new Error(`${file} is no case of a model: it has no config or no layout`);
  const under = (prefix: string): Map<string, HostTensor> =>
    new Map([...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, x]) => [name.slice(prefix.length), x]));
  return {
    config: modelConfig(JSON.parse(config)),
    layout: JSON.parse(layout) as Layout,
    weights: under('weight.'),
    inputs: Object.fromEntries(under('in.')),
  };
}
