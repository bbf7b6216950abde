/**
 * One run of `large.ts`, in a process of its own; prints a line of JSON.
 * Usage: `large-worker.ts CONFIG BITS BLOCK_SIZE ACTIVATIONS`
 */
import { modelSize } from '../src/model/configs.ts';
import { layoutOfLengths, modelInfo } from '../src/model/info.ts';
import { predict, predictionPrograms } from '../src/model/predict.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../src/robot/canonical.ts';
import { compile, type ValueSource } from '../src/tensor/compile.ts';
import { type HostTensor, hostTensor, numbers } from '../src/tensor/host.ts';
import { nodeEngine } from '../src/tensor/ort.node.ts';
import { parameters } from '../src/tensor/parameters.ts';
import { normals, randomStream } from '../src/tensor/random.ts';
import { sizeOf } from '../src/tensor/shape.ts';
import type { LargeRun } from './large.ts';
import { resident } from './peak.ts';

const [name, bits, blockSize, activations] = process.argv.slice(2) as [string, string, string, 'f32' | 'int8'];
const THREADS = 2;

const config = modelSize(name);
const layout = layoutOfLengths(config, false);
const scope = parameters({ seed: 0 });
const programs = predictionPrograms(scope, 1, layout, config);

const noise = normals(randomStream(0, 'noise'), 2 ** 20);
const random = randomStream(0, 'codes');
const codes = Uint8Array.from({ length: 2 ** 22 }, () => random.next() & 255);

/**
 * `length` elements of `pattern` over and over, from a place in it that the name decides: the engine keeps weights of the same
 * content once only.
 */
function tiled<T extends Uint8Array | Float32Array>(name: string, pattern: T, length: number): T {
  const start = randomStream(0, name).integer(pattern.length);
  const result = new (pattern.constructor as new (length: number) => T)(length);
  for (let at = -start; at < length; at += pattern.length) {
    result.set(pattern.subarray(Math.max(0, -at), Math.min(pattern.length, length - at)), Math.max(0, at));
  }
  return result;
}

/** Random weights at the cost of copying: codes as they are, and scales that keep activations at the size of 1. */
const values: ValueSource = ({ name, dtype, shape }): HostTensor | undefined => {
  const length = sizeOf(shape);
  if (name.endsWith('.codes')) return hostTensor('u8', shape, tiled(name, codes, length));
  if (name.endsWith('.scales')) {
    const deviation = 2 ** Number(bits) / Math.sqrt(12);
    const scale = 1 / (deviation * Math.sqrt((shape[1] as number) * Number(blockSize)));
    return hostTensor(
      'f32',
      shape,
      tiled(name, noise, length).map((x) => scale * (1 + 0.1 * x)),
    );
  }
  return shape.length === 2 && dtype === 'f32' ? hostTensor('f32', shape, tiled(name, noise, length)) : undefined;
};

async function timed<T>(f: () => Promise<T>): Promise<[seconds: number, T]> {
  const start = performance.now();
  const result = await f();
  return [(performance.now() - start) / 1000, result];
}

/** A quantised weight is `<name>.codes` and `<name>.scales`. */
const quantize = { bits: Number(bits) as 4 | 8, blockSize: Number(blockSize), activations };
const [load, executable] = await timed(() =>
  compile(nodeEngine({ threads: THREADS }), programs, { frozen: true, quantize, initial: values }),
);
const { views, length } = layout;
const side = config.imageSize;
const chunk = [1, config.chunk, ARMS.length, ACTION_DIMS];
const normal = (what: string, shape: readonly number[]): HostTensor =>
  hostTensor('f32', shape, normals(randomStream(0, what), sizeOf(shape)));
const ones = (shape: readonly number[]): HostTensor => hostTensor('bool', shape, new Uint8Array(sizeOf(shape)).fill(1));
const pixels = randomStream(0, 'pixels');
const state = [1, ARMS.length, STATE_DIMS];
const feeds = {
  observation: {
    images: hostTensor(
      'u8',
      [1, views.length, side, side, 3],
      Uint8Array.from({ length: views.length * side * side * 3 }, () => pixels.next() & 255),
    ),
    viewMask: ones([1, views.length]),
    ids: hostTensor(
      'i64',
      [1, length],
      Array.from({ length }, (_, i) => i),
    ),
    visible: ones([1, length]),
    positions: hostTensor(
      'i64',
      [1, 3, length],
      Array.from({ length: 3 * length }, (_, i) => i % length),
    ),
    state: normal('state', state),
    stateMask: ones(state),
    embodiment: hostTensor('i64', [1], [0]),
  },
  actionMask: ones(chunk),
  noise: normal('noise', chunk),
};
/** Seconds of every call, in order */
const calls: { readonly program: string; readonly seconds: number }[] = [];
const watched: typeof executable = {
  ...executable,
  run: async (program, given) => {
    const [seconds, outputs] = await timed(() => executable.run(program, given));
    calls.push({ program, seconds });
    return outputs;
  },
};
const [seconds, { actions }] = await timed(() => predict(watched, feeds, config));
if (!numbers(actions).every(Number.isFinite)) throw new Error('the actions are not finite');

const info = modelInfo(config);
const total = (program: string): number => calls.filter((call) => call.program === program).reduce((sum, call) => sum + call.seconds, 0);
const result: LargeRun = {
  parameters: info.parameters,
  load,
  seconds,
  calls: info.chunk.map(({ call, times, flops, weights }) => ({
    call,
    seconds: total(call),
    flops: times * flops,
    // Codes, and a scale of four bytes for every block
    bytes: times * weights * (Number(bits) / 8 + 4 / Number(blockSize)),
  })),
  peakBytes: resident('VmHWM'),
  ownBytes: resident('RssAnon'),
  mappedBytes: resident('RssFile'),
};
console.log(JSON.stringify(result));
await executable.dispose();
