/**
 * WebGPU on Chromium's software adapter, which takes its time to compile shaders: hence few samples. Only f32, because i64 runs
 * on WebAssembly anyway, and that adapter has no f16.
 */
import { test } from 'vitest';
import { webEngine } from '../../../src/tensor/ort.web.ts';
import { testOps } from './suite.ts';

if (await navigator.gpu?.requestAdapter()) {
  testOps(await webEngine({ provider: 'webgpu' }), {
    forward: ['f32'],
    backward: ['f32'],
    without: ['f64', 'f16', 'bf16'],
    samples: 1,
    runs: 1,
    gradientsPerOp: 1,
    // Shaders may be less exact than IEEE arithmetic, and have no infinities: log(0) is about −88 here.
    looseness: 5,
    infinities: false,
  });
} else {
  test.skip('this browser has no adapter for WebGPU', () => undefined);
}
