/** A policy on disk: one safetensors file of weights, with the model's configuration and its processor in the metadata. */
import { openModel } from '../model/checkpoint.node.ts';
import { type Processor, parseProcessor, processor } from '../model/processor.ts';
import type { ValueSource } from '../tensor/compile.ts';

export { savePolicy } from '../model/checkpoint.node.ts';

/** A policy that is open. */
export interface PolicyCheckpoint {
  readonly processor: Processor;
  /** Values of variables, for `createPolicy` */
  readonly values: ValueSource;
  /** What else is known of it, such as where it comes from: JSON texts by name */
  readonly metadata: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Opens a file or folder. Throws when it is no checkpoint, or one of a model without a processor, as `gear import` makes them. */
export async function openPolicy(where: string): Promise<PolicyCheckpoint> {
  const { config, values, metadata, close } = await openModel(where);
  try {
    if (metadata.processor === undefined) {
      throw new Error('it is a model without a processor (`processor` in its metadata), so no policy: train it with `gear train`');
    }
    return { processor: processor(parseProcessor(metadata.processor), config), values, metadata, close };
  } catch (error) {
    await close();
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}
