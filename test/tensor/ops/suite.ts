/** The tests of all cases on one engine: what ops compute, and what their gradients are. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DType, isFloat } from '../../../src/tensor/dtype.ts';
import type { Engine } from '../../../src/tensor/engine.ts';
import { gradients } from '../../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers } from '../../../src/tensor/host.ts';
import { add, mul, sum } from '../../../src/tensor/ops/index.ts';
import { randomStream } from '../../../src/tensor/random.ts';
import { constant, input, type Tensor } from '../../../src/tensor/tensor.ts';
import { type Draw, values } from '../../support/arbitraries.ts';
import { evaluate } from '../../support/evaluate.ts';
import type { Tolerance } from '../../support/matchers.ts';
import { type NdArray, ndarray } from '../../support/ndarray.ts';
import type { OpCase, Sample } from './case.ts';
import { cases } from './cases.ts';

export interface SuiteOptions {
  /** dtypes in which results are checked, as far as a case has them. */
  readonly forward: readonly DType[];
  /** dtypes in which gradients are checked, as far as a case has them. */
  readonly backward: readonly DType[];
  /** dtypes that the engine does not know at all. */
  readonly without?: readonly DType[];
  /** Whether to check that kernels known to be missing still are. */
  readonly missing?: boolean;
  /** Whether infinities come out of finite numbers as IEEE has it; yes, unless said otherwise. */
  readonly infinities?: boolean;
  /** How many cases of each op have their gradients checked: the first ones; all by default. */
  readonly gradientsPerOp?: number;
  /** Samples of a case in one program: they share a session. */
  readonly samples: number;
  /** Programs per case and dtype. */
  readonly runs: number;
  /** Factor on all tolerances. */
  readonly looseness?: number;
}

/**
 * Errors allowed, relative to the largest expected value (or to 1, if that is less). The inputs are rounded to the dtype before
 * the reference sees them, so that only the rounding of the op itself counts: some multiples of 2⁻⁵³, 2⁻²⁴, 2⁻¹¹ and 2⁻⁸.
 */
const RESULT_TOLERANCE: Readonly<Partial<Record<DType, number>>> = { f64: 1e-13, f32: 3e-6, f16: 3e-3, bf16: 2e-2 };

/**
 * Gradients are compared with difference quotients of the reference, never of the engine: in f64 these are exact to about
 * 10⁻¹¹, so in f32 and below it is again only the rounding of the gradient's own computation that counts. It takes more steps
 * than the op, each of them rounded: hence wider tolerances.
 */
const GRADIENT_TOLERANCE: Readonly<Partial<Record<DType, number>>> = { f64: 1e-9, f32: 2e-5, f16: 2e-2, bf16: 1e-1 };

/** Milliseconds after which a failing sample is reported as it is, and no smaller one is looked for. */
const PATIENCE = 20_000;

/** The seed is fixed: every run of the tests draws the same. */
const CHECKS = {
  seed: 20250101,
  includeErrorInReport: true,
  interruptAfterTimeLimit: PATIENCE,
  markInterruptAsFailure: true,
};

/** What ONNX Runtime says when it has no kernel for a dtype. */
const NO_KERNEL = /could not find an implementation|failed to find kernel/i;

/** Defines the tests of all cases that the options leave. */
export function testOps(engine: Engine, options: SuiteOptions): void {
  const { without = [], infinities = true, gradientsPerOp = Number.POSITIVE_INFINITY } = options;
  for (const [op, list] of Object.entries(cases)) {
    const possible = list.filter(({ also, infinite }) => !(also && without.includes(also)) && (infinities || !infinite));
    possible.forEach((opCase, i) => {
      const tests = testsOf(engine, op, opCase, i < gradientsPerOp ? options : { ...options, backward: [] });
      if (tests.size === 0) return;
      describe(`${op}: ${opCase.name}`, () => {
        for (const [name, run] of tests) test(name, { timeout: 2 * PATIENCE }, run);
      });
    });
  }
}

/** Every test draws other samples, but the same ones in every run of it. */
const seedOf = (name: string): number =>
  [...name].reduce((hash, letter) => (Math.imul(hash, 31) + (letter.codePointAt(0) as number)) | 0, 7);

type Property = (drawn: readonly Drawn[], g: Draw) => Promise<void>;

/** The tests of one case by name. */
function testsOf(
  engine: Engine,
  op: string,
  opCase: OpCase,
  { forward, backward, missing = false, samples, runs, looseness = 1 }: SuiteOptions,
): Map<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>();
  const add = (name: string, dtype: DType, property: Property): void => {
    const draws = fc.asyncProperty(fc.gen(), (g) =>
      property(
        Array.from({ length: samples }, () => drawn(opCase, dtype, g)),
        g,
      ),
    );
    const seed = seedOf(`${engine.name} ${op} ${opCase.name} ${name}`);
    tests.set(name, () => fc.assert(draws, { ...CHECKS, seed, numRuns: runs }));
  };
  const among = (dtypes: readonly DType[]): DType[] => opCase.dtypes.filter((dtype) => dtypes.includes(dtype));
  const loosely = (tolerance = 0): number => tolerance * opCase.looseness * looseness;
  for (const dtype of among(forward)) {
    add(dtype, dtype, (drawn) => checkResults(engine, drawn, dtype, loosely(RESULT_TOLERANCE[dtype])));
  }
  for (const dtype of missing ? opCase.missing : []) {
    add(`${dtype} has no kernel`, dtype, async (drawn) => {
      await expect(checkResults(engine, drawn, dtype, 0)).rejects.toThrow(NO_KERNEL);
    });
  }
  for (const dtype of opCase.differentiable ? among(backward).filter(isFloat) : []) {
    const tolerances = { gradient: loosely(GRADIENT_TOLERANCE[dtype]), result: loosely(RESULT_TOLERANCE[dtype]) };
    add(`gradient, ${dtype}`, dtype, (drawn, g) => checkGradients(engine, drawn, dtype, g, tolerances));
  }
  return tests;
}

interface Drawn extends Sample {
  readonly feeds: readonly HostTensor[];
}

/** A sample whose inputs are what the dtype holds of what was drawn. */
function drawn(opCase: OpCase, dtype: DType, g: Draw): Drawn {
  const sample = opCase.draw(g, dtype);
  const feeds = sample.inputs.map((x) => toHost(x, dtype));
  return { ...sample, feeds, inputs: sample.inputs.map((x, i) => ndarray(x.shape, numbers(feeds[i] as HostTensor), x.dtype)) };
}

const toHost = (x: NdArray, dtype: DType): HostTensor => hostTensor(x.dtype ?? dtype, x.shape, [...x.data]);

/** Outputs and feeds that samples put together into one program. */
interface Batch {
  readonly outputs: Record<string, Tensor>;
  readonly feeds: Record<string, HostTensor>;
}

/** Feeds a tensor under a name. */
function fed({ feeds }: Batch, name: string, value: HostTensor): Tensor {
  feeds[name] = value;
  return input(name, value.dtype, value.shape);
}

function applied(batch: Batch, { build, feeds }: Drawn, name: string): { inputs: Tensor[]; results: readonly Tensor[] } {
  const inputs = feeds.map((value, j) => fed(batch, `${name} input ${j}`, value));
  const results = build(inputs);
  results.forEach((result, k) => {
    batch.outputs[`${name} result ${k}`] = result;
  });
  return { inputs, results };
}

async function checkResults(engine: Engine, samples: readonly Drawn[], dtype: DType, tolerance: number): Promise<void> {
  const batch: Batch = { outputs: {}, feeds: {} };
  samples.forEach((sample, i) => {
    applied(batch, sample, `${i}`);
  });
  const results = await evaluate(engine, batch.outputs, batch.feeds);
  samples.forEach((sample, i) => {
    expectResults(results, sample, `${i}`, dtype, tolerance);
  });
}

function expectResults(
  results: Record<string, HostTensor>,
  { reference, inputs }: Drawn,
  name: string,
  dtype: DType,
  tolerance: number,
): void {
  reference(inputs).forEach((expected, k) => {
    const actual = results[`${name} result ${k}`] as HostTensor;
    expect(actual.dtype, `dtype of sample ${name}, result ${k}`).toBe(expected.dtype ?? dtype);
    expect(actual, `sample ${name}, result ${k}`).toBeAllclose(
      expected,
      isFloat(actual.dtype) ? scaled(expected, tolerance) : { rtol: 0, atol: 0 },
    );
  });
}

const scaled = ({ data }: NdArray, tolerance: number): Tolerance => ({
  rtol: tolerance,
  atol: tolerance * data.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 1),
});

/** Compares gradients of a random linear function of the results. Checks the results, too: other outputs, other kernels. */
async function checkGradients(
  engine: Engine,
  samples: readonly Drawn[],
  dtype: DType,
  g: Draw,
  tolerance: { readonly gradient: number; readonly result: number },
): Promise<void> {
  const batch: Batch = { outputs: {}, feeds: {} };
  const weights = samples.map((sample, i) => {
    const { inputs, results } = applied(batch, sample, `${i}`);
    const sums: Tensor[] = [];
    const drawnWeights = results.map((result) => {
      if (!isFloat(result.dtype)) return undefined;
      const weight = toHost(g(values, result.shape), result.dtype);
      sums.push(sum(mul(result, constant(weight))));
      return numbers(weight);
    });
    const loss = sums.reduce((a, b) => add(a, b));
    gradients(
      loss,
      sample.wrt.map((j) => inputs[j] as Tensor),
    ).forEach((gradient, n) => {
      batch.outputs[`${i} gradient ${sample.wrt[n]}`] = gradient;
    });
    return drawnWeights;
  });
  const results = await evaluate(engine, batch.outputs, batch.feeds);
  samples.forEach((sample, i) => {
    expectResults(results, sample, `${i}`, dtype, tolerance.result);
    const loss = lossOf(sample, weights[i] as (Float64Array | undefined)[]);
    for (const j of sample.wrt) {
      const [x, gradient] = [sample.inputs[j] as NdArray, results[`${i} gradient ${j}`] as HostTensor];
      const what = `sample ${i}, gradient of input ${j}`;
      expect({ dtype: gradient.dtype, shape: gradient.shape }, what).toEqual({ dtype, shape: x.shape });
      expectSlopes(what, numbers(gradient), x, (moved) => loss(sample.inputs.with(j, moved)), tolerance.gradient);
    }
  });
}

type Loss = (inputs: readonly NdArray[]) => number;

const lossOf =
  ({ derivativeOf }: Drawn, weights: readonly (Float64Array | undefined)[]): Loss =>
  (inputs) => {
    let loss = 0;
    derivativeOf(inputs).forEach(({ data }, k) => {
      weights[k]?.forEach((weight, i) => {
        loss += weight * (data[i] as number);
      });
    });
    return loss;
  };

/** Entries of each input whose derivative is compared one by one; those of larger inputs only along a random direction. */
const ENTRIES = 6;

/** Compares a gradient with the slopes of a function at `x`. */
function expectSlopes(what: string, gradient: Float64Array, x: NdArray, f: (x: NdArray) => number, tolerance: number): void {
  const along = (direction: readonly number[]): number => {
    const moved = (t: number): Float64Array => x.data.map((value, i) => value + t * (direction[i] as number));
    return derivative((t) => f({ ...x, data: moved(t) }));
  };
  const random = randomStream(gradient.length, 'weights').uniform;
  const size = gradient.length;
  const entries = size <= ENTRIES ? [...gradient.keys()] : Array.from({ length: ENTRIES }, () => Math.floor(random() * size));
  const slopes = entries.map((entry) => along(Array.from({ length: size }, (_, i) => Number(i === entry))));
  const expected = ndarray([slopes.length], slopes);
  expect(
    entries.map((entry) => gradient[entry] as number),
    `${what}, entries ${entries.join(', ')}`,
  ).toBeAllclose(expected, scaled(expected, tolerance));
  if (size <= ENTRIES) return;
  const direction = Array.from({ length: size }, () => (random() < 0.5 ? -1 : 1));
  const total = direction.reduce((sum, step, i) => sum + step * (gradient[i] as number), 0);
  const absolute = gradient.reduce((sum, value) => sum + Math.abs(value), 1);
  expect([total], `${what}, along a direction`).toBeAllclose([along(direction)], { rtol: 0, atol: tolerance * absolute });
}

/** f′(0) by the five-point formula, whose error is h⁴/30 times the fifth derivative. */
function derivative(f: (t: number) => number): number {
  const h = 2e-4;
  const slope = (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h);
  if (!Number.isFinite(slope)) throw new Error(`the reference has no derivative here: the quotient is ${slope}`);
  return slope;
}
