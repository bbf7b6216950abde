/** The engine for Node: `onnxruntime-node` on the CPU, or on a provider for GPUs. */
import os from 'node:os';
import ort from 'onnxruntime-node';
import type { Engine } from './engine.ts';
import { bytesOfAll } from './host.ts';
import { keepInMemory, type Ort, ortEngine } from './ort.ts';
import { keepInFile } from './weights-file.node.ts';

/** Where and how wide to compute. */
export interface NodeEngineOptions {
  /** `cpu` by default. `cuda` needs files that `gear doctor` says how to fetch. */
  readonly provider?: 'cpu' | 'webgpu' | 'cuda';
  /** Threads that one call may use; all cores by default. */
  readonly threads?: number;
  /**
   * Take numbers too small for full precision (below 1.2e-38 in f32) as 0: processors are slow on them, and the softmax of hidden scores
   * makes many (a training step of nano: 5 % less time). It holds from the first compilation on, for the arithmetic of the whole
   * process, JavaScript's included, and only if no engine without it has compiled before. false by default.
   */
  readonly flushDenormals?: boolean;
  /** Frozen weights of more bytes than this are handed to the engine in a temporary file, which it maps; 512 MiB by default. */
  readonly maxWeightsInMemory?: number;
}

/** An engine on this machine. Throws at the first compilation when the provider is not there. */
export function nodeEngine({
  provider = 'cpu',
  threads = os.availableParallelism(),
  maxWeightsInMemory = 2 ** 29,
  flushDenormals = false,
}: NodeEngineOptions = {}): Engine {
  return ortEngine(ort as unknown as Ort, {
    name: `onnxruntime-node (${provider})`,
    details: { version: ort.env.versions.node ?? 'unknown', provider, threads },
    target: { contrib: true, f16: provider === 'webgpu', webgpu: provider === 'webgpu' },
    sessionOptions: {
      executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // The pattern planner doubles peak memory for training graphs and gains no time (measured: docs/performance.md).
      enableMemPattern: false,
      logSeverityLevel: 4,
      ...(flushDenormals && { extra: { session: { set_denormal_as_zero: '1' } } }),
    },
    keep: (weights) => (bytesOfAll(weights) > maxWeightsInMemory ? keepInFile(weights) : keepInMemory(weights)),
  });
}

/** Providers that the installed `onnxruntime-node` was built with. */
export const nodeProviders = (): readonly string[] => ort.listSupportedBackends().map(({ name }) => name);
