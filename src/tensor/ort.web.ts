/** The engine for browsers: `onnxruntime-web`, on WebAssembly or WebGPU. */
import type { Engine } from './engine.ts';
import { type Ort, ortEngine } from './ort.ts';

/** Where and how wide to compute. */
export interface WebEngineOptions {
  /** `wasm` by default. */
  readonly provider?: 'wasm' | 'webgpu';
  /** Threads of the WebAssembly provider; more than one needs a cross-origin isolated page. */
  readonly threads?: number;
}

/** An engine in this page or worker. Only the provider's own build of the runtime is loaded. Throws when it is not there. */
export async function webEngine({ provider = 'wasm', threads = 1 }: WebEngineOptions = {}): Promise<Engine> {
  const ort = await (provider === 'wasm' ? import('onnxruntime-web/wasm') : import('onnxruntime-web/webgpu'));
  ort.env.wasm.numThreads = threads;
  const webgpu = provider === 'webgpu';
  return ortEngine(ort as unknown as Ort, {
    name: `onnxruntime-web (${provider})`,
    details: { version: ort.env.versions.web ?? 'unknown', provider, threads },
    target: { contrib: true, f16: webgpu && (await hasShaderF16()), webgpu },
    sessionOptions: { executionProviders: [provider], logSeverityLevel: 4 },
  });
}

/** The part of the WebGPU interface that is asked here: TypeScript's own library does not have it yet. */
interface Gpu {
  requestAdapter(): Promise<{ readonly features: ReadonlySet<string> } | null>;
}

/** Throws when there is no WebGPU. */
async function hasShaderF16(): Promise<boolean> {
  const adapter = await (navigator as { readonly gpu?: Gpu }).gpu?.requestAdapter();
  if (!adapter) throw new Error('there is no WebGPU adapter here: use the wasm provider');
  return adapter.features.has('shader-f16');
}
