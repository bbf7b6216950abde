/** The engine for browsers: `onnxruntime-web`, on WebAssembly or WebGPU. */
import * as ort from 'onnxruntime-web/webgpu';
import type { Engine } from './engine.ts';
import { type Ort, ortEngine } from './ort.ts';

/** Where and how wide to compute. */
export interface WebEngineOptions {
  /** `wasm` by default. */
  readonly provider?: 'wasm' | 'webgpu';
  /** Threads of the WebAssembly provider; more than one needs a cross-origin isolated page. */
  readonly threads?: number;
}

/** An engine in this page or worker. Throws at the first compilation when the provider is not there. */
export function webEngine({ provider = 'wasm', threads = 1 }: WebEngineOptions = {}): Engine {
  ort.env.wasm.numThreads = threads;
  return ortEngine(ort as unknown as Ort, {
    name: `onnxruntime-web (${provider})`,
    details: { version: ort.env.versions.web ?? 'unknown', provider, threads },
    target: { contrib: true, f16: provider === 'webgpu', webgpu: provider === 'webgpu' },
    sessionOptions: { executionProviders: [provider], logSeverityLevel: 4 },
  });
}
