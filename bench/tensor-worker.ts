/**
 * One measurement of the `tensor` benchmarks, in a process of its own; prints a line of JSON.
 * Usage: `tensor-worker.ts MODE [--layers N] [--repeats N] [--trace PREFIX]`
 */
import { parseArgs } from 'node:util';
import { transformer } from '../examples/transformer.ts';
import { crossEntropy } from '../src/nn/loss.ts';
import { compile, type Feeds } from '../src/tensor/compile.ts';
import { flopsOf } from '../src/tensor/flops.ts';
import { checkpoint } from '../src/tensor/gradients.ts';
import type { Program } from '../src/tensor/graph.ts';
import { hostTensor } from '../src/tensor/host.ts';
import { matmul } from '../src/tensor/ops/matmul.ts';
import { adamw } from '../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../src/tensor/ort.node.ts';
import { parameters } from '../src/tensor/parameters.ts';
import { normals, randomStream } from '../src/tensor/random.ts';
import { input, type Tensor } from '../src/tensor/tensor.ts';
import { peakBytes } from './peak.ts';
import { median } from './report.ts';
import type { Measured } from './worker.ts';

const THREADS = 2;
const [BATCH, TIME, WIDTH, HEADS, VOCABULARY] = [16, 230, 256, 4, 256];

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { layers: { type: 'string', default: '6' }, repeats: { type: 'string', default: '10' }, trace: { type: 'string' } },
});
const [mode] = positionals;
const [LAYERS, REPEATS] = [Number(options.layers), Number(options.repeats)];
const WARM_UP = 3;

async function medianTime(step: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < WARM_UP; i++) await step();
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = performance.now();
    await step();
    times.push((performance.now() - start) / 1000);
  }
  return median(times);
}

async function timeProgram(program: Program, feeds: Feeds, frozen = false): Promise<{ seconds: number; flops: number }> {
  const profile = options.trace ? { profile: options.trace } : {};
  const executable = await compile(nodeEngine({ threads: THREADS }), { program }, { frozen, ...profile });
  const seconds = await medianTime(() => executable.run('program', feeds));
  await executable.dispose();
  return { seconds, flops: flopsOf(program) };
}

const matrix = (name: string) => hostTensor('f32', [1024, 1024], normals(randomStream(0, name), 1024 * 1024));

/** The product is a variable's new value: it goes to memory allocated beforehand, as results of training do. */
function timeMatmul(): Promise<{ seconds: number; flops: number }> {
  const product = parameters({ seed: 0 }).buffer('product', [1024, 1024]);
  const updates = new Map([[product, matmul(input('a', 'f32', [1024, 1024]), input('b', 'f32', [1024, 1024]))]]);
  return timeProgram({ outputs: {}, updates }, { a: matrix('a'), b: matrix('b') });
}

async function timeJaxJs(): Promise<{ seconds: number; flops: number }> {
  const { init, defaultDevice, numpy } = await import('@jax-js/jax');
  await init('wasm');
  defaultDevice('wasm');
  const [a, b] = ['a', 'b'].map((name) => numpy.array(matrix(name).data as Float32Array).reshape([1024, 1024]));
  const step = async (): Promise<void> => {
    const product = numpy.matmul((a as NonNullable<typeof a>).ref, (b as NonNullable<typeof b>).ref);
    await product.blockUntilReady();
    product.dispose();
  };
  return { seconds: await medianTime(step), flops: 2 * 1024 ** 3 };
}

const tokensOf = (batch: number): Feeds => {
  const random = randomStream(0, 'tokens');
  return {
    tokens: hostTensor(
      'i64',
      [batch, TIME],
      BigInt64Array.from({ length: batch * TIME }, () => BigInt(random.integer(VOCABULARY))),
    ),
  };
};

function trainingProgram(wrap?: (block: () => Tensor) => Tensor): Program {
  const scope = parameters({ seed: 0 });
  const tokens = input('tokens', 'i64', [BATCH, TIME]);
  const config = {
    vocabulary: VOCABULARY,
    width: WIDTH,
    heads: HEADS,
    layers: LAYERS,
    positions: 'learned',
    ...(wrap && { wrap }),
  } as const;
  const loss = crossEntropy(transformer(scope, tokens, config), tokens);
  return trainingPrograms({ loss, parameters: scope, groups: [{ match: '*', optimizer: adamw({ learningRate: 1e-4 }) }], clipNorm: 1 })
    .step;
}

function inferenceProgram(): Program {
  const tokens = input('tokens', 'i64', [1, TIME]);
  const config = { vocabulary: VOCABULARY, width: WIDTH, heads: HEADS, layers: LAYERS, positions: 'learned' } as const;
  return { outputs: { logits: transformer(parameters({ seed: 0 }), tokens, config) } };
}

async function timeCompilation(): Promise<{ seconds: number; flops: number }> {
  const start = performance.now();
  const executable = await compile(nodeEngine({ threads: THREADS }), { program: trainingProgram() });
  const seconds = (performance.now() - start) / 1000;
  await executable.dispose();
  return { seconds, flops: 0 };
}

function measure(): Promise<{ seconds: number; flops: number }> {
  switch (mode) {
    case 'matmul':
      return timeMatmul();
    case 'matmul-jax-js':
      return timeJaxJs();
    case 'train':
      return timeProgram(trainingProgram(), tokensOf(BATCH));
    case 'train-checkpoint':
      return timeProgram(trainingProgram(checkpoint), tokensOf(BATCH));
    case 'infer':
      return timeProgram(inferenceProgram(), tokensOf(1), true);
    case 'compile':
      return timeCompilation();
    default:
      throw new Error(`unknown mode "${mode}"`);
  }
}

const measured = await measure();
console.log(JSON.stringify({ ...measured, calls: WARM_UP + REPEATS, peakBytes: peakBytes() } satisfies Measured));
