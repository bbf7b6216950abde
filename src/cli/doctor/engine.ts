/** The engine on trial: is it there, does it compute correctly, how fast is it? */
import type { Engine } from '../../tensor/engine.ts';
import { measureMatmul, trialMatmul } from './trial.ts';

/** What the engine can be asked to run on. */
export type Provider = 'cpu' | 'webgpu' | 'cuda';

/** The engine's state: it works, with its measurements, or what is wrong. */
export type EngineReport =
  | {
      readonly works: true;
      readonly name: string;
      readonly version: string;
      readonly threads: number;
      /** What this build of the engine can run on, where its libraries are installed. */
      readonly providers: readonly string[];
      /** Largest difference between the engine's product of two small matrices and one computed in JavaScript. */
      readonly largestError: number;
      /** Of a product of two f32[1024, 1024] matrices, in 10⁹ floating-point operations a second. */
      readonly matmulGflops: number;
    }
  | { readonly works: false; readonly provider: Provider; readonly problem: string };

/** Loads the engine and tries it. Never throws: what goes wrong is in the report. */
export async function examineEngine(provider: Provider): Promise<EngineReport> {
  try {
    const { nodeEngine, nodeProviders } = await import('../../tensor/ort.node.ts');
    const { cudaLibrary } = await import('./optional.ts');
    const available = (name: string): boolean => !['cuda', 'tensorrt'].includes(name) || cudaLibrary() !== undefined;
    return await tryEngine(nodeEngine({ provider }), nodeProviders().filter(available));
  } catch (error) {
    return { works: false, provider, problem: problemOf(error) };
  }
}

/** Tries an engine. Throws when it fails or computes nonsense. */
export async function tryEngine(engine: Engine, providers: readonly string[]): Promise<EngineReport> {
  const largestError = await trialMatmul(engine);
  const matmulGflops = await measureMatmul(engine);
  const { version, threads } = engine.details;
  return { works: true, name: engine.name, version: String(version), threads: Number(threads), providers, largestError, matmulGflops };
}

/** An error's message without what helps nobody here: Node's list of modules, ONNX Runtime's lines of its own source. */
function problemOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').replace(/^\S*onnxruntime_src\S* .* was false\. /, '');
}
