/** Two small programs for an engine: one to see whether it is right, one to see whether it is fast. */
import { compile } from '../../tensor/compile.ts';
import type { Engine } from '../../tensor/engine.ts';
import { hostTensor } from '../../tensor/host.ts';
import { matmul } from '../../tensor/ops/matmul.ts';
import { normalInit, parameters } from '../../tensor/parameters.ts';
import { normals, randomStream } from '../../tensor/random.ts';
import { input } from '../../tensor/tensor.ts';

/** Rows, inner dimension and columns: no two alike, none a multiple of a vector's length. */
const [M, K, N] = [13, 37, 7];

/** Sums of 37 products of standard normal numbers: f32 rounds them by less than 1e-5, TF32 and bf16 by much more. */
const TOLERANCE = 1e-4;

/** Multiplies two small matrices. Returns the largest difference from JavaScript's result; throws when it is not small. */
export async function trialMatmul(engine: Engine): Promise<number> {
  const random = randomStream(0, 'doctor');
  const a = normals(random, M * K);
  const b = normals(random, K * N);
  const product = matmul(input('a', 'f32', [M, K]), input('b', 'f32', [K, N]));
  const executable = await compile(engine, { multiply: { outputs: { product } } });
  try {
    const outputs = await executable.run('multiply', { a: hostTensor('f32', [M, K], a), b: hostTensor('f32', [K, N], b) });
    return largestDifference(outputs.product?.data as Float32Array, a, b);
  } finally {
    await executable.dispose();
  }
}

/** Compares a product with a·b computed here. Throws when an element is off by more than the tolerance, or NaN. */
function largestDifference(product: Float32Array, a: Float32Array, b: Float32Array): number {
  let largest = 0;
  for (let row = 0; row < M; row++) {
    for (let column = 0; column < N; column++) {
      let expected = 0;
      for (let k = 0; k < K; k++) expected += (a[row * K + k] as number) * (b[k * N + column] as number);
      const found = product[row * N + column] as number;
      const error = Math.abs(found - expected);
      if (!(error <= TOLERANCE)) {
        throw new Error(`matmul computes nonsense: row ${row}, column ${column} should be ${expected}, but is ${found}`);
      }
      largest = Math.max(largest, error);
    }
  }
  return largest;
}

const SIZE = 1024;

/** Speed of a product of two f32[1024, 1024] matrices in GFLOP/s. */
export async function measureMatmul(engine: Engine): Promise<number> {
  const scope = parameters({ seed: 0 });
  const normal = { init: normalInit(1) };
  const [a, b, c] = [scope.buffer('a', [SIZE, SIZE], normal), scope.buffer('b', [SIZE, SIZE], normal), scope.buffer('c', [SIZE, SIZE])];
  // The product goes to memory that the engine already has: nothing but the multiplication is measured.
  const updates = new Map([[c, matmul(a.tensor, b.tensor)]]);
  const executable = await compile(engine, { multiply: { outputs: {}, updates } });
  try {
    const milliseconds = await medianTime(() => executable.run('multiply'));
    return (2 * SIZE ** 3) / (milliseconds * 1e6);
  } finally {
    await executable.dispose();
  }
}

/** Median time of a call in milliseconds, after one call to warm up: of 15 calls, or of those that fit in a second, at least 3. */
async function medianTime(call: () => Promise<unknown>): Promise<number> {
  await call();
  const times: number[] = [];
  const start = performance.now();
  while (times.length < 3 || (times.length < 15 && performance.now() - start < 1000)) {
    const before = performance.now();
    await call();
    times.push(performance.now() - before);
  }
  return times.sort((x, y) => x - y)[Math.floor(times.length / 2)] as number;
}
