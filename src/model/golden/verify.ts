/** Runs a golden: builds the network that the file describes, loads its weights, runs its inputs and compares every output. */
import { compile } from '../../tensor/compile.ts';
import { isFloat } from '../../tensor/dtype.ts';
import type { Engine } from '../../tensor/engine.ts';
import { graphOf } from '../../tensor/graph.ts';
import { convert, describe, type HostTensor, numbers } from '../../tensor/host.ts';
import { parameters, type Scope } from '../../tensor/parameters.ts';
import type { SafetensorsFile } from '../../tensor/safetensors.ts';
import { formatShape, sameShape, sizeOf } from '../../tensor/shape.ts';
import type { Tensor, Variable } from '../../tensor/tensor.ts';
import type { Golden, GoldenModel, GoldenOutput } from './golden.ts';
import { qwenGolden } from './qwen.ts';
import { vggtGolden } from './vggt.ts';

const MODELS: readonly GoldenModel[] = [qwenGolden, vggtGolden];

/** How far one output is off. */
export interface OutputReport {
  readonly name: string;
  readonly shape: readonly number[];
  /** Largest absolute difference; NaN where either has one. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** How a golden came out. */
export interface GoldenReport {
  readonly model: string;
  /** Whether all outputs are within their tolerances. */
  readonly passed: boolean;
  readonly outputs: readonly OutputReport[];
  /** Outputs that the network has for the golden's inputs, but the file has not. */
  readonly notCompared: readonly string[];
  /** Weights of the file that no output depends on. */
  readonly unusedWeights: readonly string[];
}

/**
 * Verifies a golden. Throws an Error that names the tensor when the file is not what its configuration says: a weight, an input or an
 * output is missing or of another shape, or the file has outputs that the network does not; and when no network here has such a configuration.
 */
export async function verifyGolden(engine: Engine, file: SafetensorsFile): Promise<GoldenReport> {
  const golden = readGolden(file);
  const model = MODELS.find(({ matches }) => matches(golden.config));
  if (!model) {
    const known = MODELS.map((one) => one.model).join(' and ');
    throw new Error(`its configuration is of no network known here (${known}): ${JSON.stringify(golden.config)?.slice(0, 200)}`);
  }
  const scope = parameters({ seed: 0 });
  const all = outputsOf(model, scope, golden);
  const compared = outputsToCompare(all, golden);
  const { weights, unused } = weightsFor([...scope.variables.values()], golden, model);
  const computed = await compute(engine, compared, weights);
  const outputs = [...compared].map(([name, output]) => {
    const expected = output.expected ?? (golden.outputs.get(name) as HostTensor);
    return { name, shape: expected.shape, ...difference(computed.get(name) as HostTensor, expected, output) };
  });
  return {
    model: model.model,
    passed: outputs.every(({ passed }) => passed),
    outputs,
    notCompared: [...all.keys()].filter((name) => !compared.has(name)),
    unusedWeights: unused,
  };
}

/** The tensors of a file by what they are for. Throws when one is for nothing, and when there is no configuration. */
function readGolden({ metadata, tensors }: SafetensorsFile): Golden {
  const parts = { weight: new Map<string, HostTensor>(), input: new Map<string, HostTensor>(), output: new Map<string, HostTensor>() };
  for (const [name, tensor] of tensors) {
    const [, kind, rest] = /^(weight|input|output)\.(.+)$/.exec(name) ?? [];
    if (!kind || !rest) throw new Error(`the tensor "${name}" is no golden's: names begin with "weight.", "input." or "output."`);
    parts[kind as keyof typeof parts].set(rest, tensor);
  }
  if (metadata.config === undefined) throw new Error('the file has no configuration (`config` in its metadata): it is no golden');
  return { config: parseConfig(metadata.config), weights: parts.weight, inputs: parts.input, outputs: parts.output };
}

function parseConfig(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the configuration in the file's metadata is not JSON: ${(error as Error).message}`);
  }
}

/** What the network computes. Where the graph cannot be made of what the golden says, the place in our code is of no interest. */
function outputsOf(model: GoldenModel, scope: Scope, golden: Golden): ReadonlyMap<string, GoldenOutput> {
  try {
    return model.outputs(scope, golden);
  } catch (error) {
    const [what] = (error as Error).message.split('\n') as [string];
    throw new Error(what, { cause: error });
  }
}

/**
 * The outputs that are in the file, and those that have something else to be compared with. Throws when either side lacks one, and when a
 * value that counts is no finite number: nothing could be said of how far ours is off.
 */
function outputsToCompare(all: ReadonlyMap<string, GoldenOutput>, { outputs }: Golden): Map<string, GoldenOutput> {
  for (const name of outputs.keys()) {
    if (!all.has(name)) throw new Error(`"output.${name}" is not an output of the network that the configuration describes`);
  }
  const series = (name: string): string | undefined => /^(.*)\.\d+$/.exec(name)?.[1];
  const begun = new Set([...outputs.keys()].map(series).filter((name) => name !== undefined));
  for (const [name, { required, expected }] of all) {
    if (!outputs.has(name) && !expected && (required || begun.has(series(name) ?? ''))) {
      throw new Error(`the golden has no tensor "output.${name}"`);
    }
  }
  const compared = new Map([...all].filter(([name, { expected }]) => expected || outputs.has(name)));
  if (compared.size === 0) throw new Error('the golden has no outputs to compare with');
  for (const [name, { value, expected = outputs.get(name) as HostTensor, counts }] of compared) {
    if (!sameShape(value.shape, expected.shape)) {
      throw new Error(`"output.${name}" should be ${formatShape(value.shape)}, but is ${formatShape(expected.shape)}`);
    }
    const broken = countedValues(expected, counts).find((value) => !Number.isFinite(value));
    if (broken !== undefined) throw new Error(`"output.${name}" should have finite numbers where they count, but one of them is ${broken}`);
  }
  return compared;
}

/** First values of the network's variables, and the names of weights that it has no use for. Throws when one is missing or does not fit. */
function weightsFor(
  variables: readonly Variable[],
  { weights }: Golden,
  { weightName = (name) => name }: GoldenModel,
): { weights: Map<string, HostTensor>; unused: string[] } {
  const named = new Map([...weights].map(([name, weight]) => [weightName(name), { name, weight }]));
  const missing = variables.filter(({ name }) => !named.has(name));
  if (missing.length > 0) {
    const some = missing.slice(0, 3).map((variable) => `"weight.${variable.name}" ${formatShape(variable.shape)}`);
    throw new Error(`the golden lacks ${some.join(', ')}${missing.length > 3 ? ` and ${missing.length - 3} more weights` : ''}`);
  }
  const declared = new Set(variables.map(({ name }) => name));
  return {
    weights: new Map(variables.map((variable) => [variable.name, weightFor(variable, named.get(variable.name)?.weight as HostTensor)])),
    unused: [...named].filter(([name]) => !declared.has(name)).map(([, { name }]) => name),
  };
}

/** A weight in the variable's type. A convolution's may be kept as a matrix [out, everything else]. Throws when it does not fit. */
function weightFor(variable: Variable, weight: HostTensor): HostTensor {
  const { name, shape, dtype } = variable;
  const matrix = [shape[0] as number, sizeOf(shape.slice(1))];
  const fits = sameShape(weight.shape, shape) || (shape.length > 2 && sameShape(weight.shape, matrix));
  if (!fits || !isFloat(weight.dtype)) throw new Error(`"weight.${name}" should be ${describe(variable)}, but is ${describe(weight)}`);
  return { ...convert(weight, dtype), shape };
}

/** The values of all outputs: those of the graph in one call of one program. */
async function compute(
  engine: Engine,
  outputs: ReadonlyMap<string, GoldenOutput>,
  weights: ReadonlyMap<string, HostTensor>,
): Promise<ReadonlyMap<string, HostTensor>> {
  const values = new Map<string, HostTensor>();
  const traced: Record<string, Tensor> = {};
  for (const [name, { value }] of outputs) {
    if ('node' in value) traced[name] = value;
    else values.set(name, value);
  }
  if (Object.keys(traced).length === 0) return values;
  const used = new Set(graphOf({ outputs: traced }).variables.map(({ name }) => name));
  const initial = new Map([...weights].filter(([name]) => used.has(name)));
  const executable = await compile(engine, { golden: { outputs: traced } }, { initial });
  try {
    for (const [name, value] of Object.entries(await executable.run('golden'))) values.set(name, { ...value, data: value.data.slice() });
  } finally {
    await executable.dispose();
  }
  return values;
}

/** The values in the entries of the leading axes that count. */
function countedValues(tensor: HostTensor, counts?: readonly boolean[]): Float64Array {
  const values = numbers(tensor);
  if (!counts) return values;
  const perEntry = values.length / counts.length;
  return values.filter((_, i) => counts[Math.floor(i / perEntry)]);
}

/** How far one output is off: its largest absolute difference, NaN where there is one, beside what is allowed for its values. */
function difference(
  actual: HostTensor,
  expected: HostTensor,
  { tolerance, relative = 0, counts }: GoldenOutput,
): Pick<OutputReport, 'error' | 'tolerance' | 'passed'> {
  const [ours, theirs] = [countedValues(actual, counts), countedValues(expected, counts)];
  let [error, largest] = [0, 0];
  for (let i = 0; i < theirs.length; i++) {
    // Of NaN and anything else the maximum is NaN.
    error = Math.max(error, Math.abs((ours[i] as number) - (theirs[i] as number)));
    largest = Math.max(largest, Math.abs(theirs[i] as number));
  }
  const allowed = tolerance === 0 ? 0 : Math.max(tolerance, relative * largest);
  return { error, tolerance: allowed, passed: error <= allowed };
}
