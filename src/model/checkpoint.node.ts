/** A model on disk: safetensors with its configuration in the metadata (`config`, JSON), as training and `gear import` write them. */
import type { ValueSource } from '../tensor/compile.ts';
import { isFloat } from '../tensor/dtype.ts';
import { convert } from '../tensor/host.ts';
import { openSafetensors } from '../tensor/safetensors.node.ts';
import { type ModelConfig, modelConfig } from './config.ts';
import { isPublished } from './import.ts';

/** A checkpoint that is open. */
export interface ModelCheckpoint {
  readonly config: ModelConfig;
  /**
   * Values of variables, for `compile`: read one at a time, in the variable's dtype. Undefined for what an imported checkpoint lacks; throws
   * for what none should.
   */
  readonly values: ValueSource;
  close(): Promise<void>;
}

/** Opens a file or folder. Throws when it is no checkpoint, or one without a configuration that makes sense. */
export async function openModel(where: string): Promise<ModelCheckpoint> {
  const { metadata, tensors, read, close } = await openSafetensors(where);
  try {
    if (metadata.config === undefined) throw new Error('it has no configuration (`config` in its metadata)');
    const values: ValueSource = async ({ name, dtype }) => {
      if (!tensors.has(name) && isPublished(name)) throw new Error(`${where} has no "${name}"`);
      if (!tensors.has(name)) return undefined;
      const value = await read(name);
      return isFloat(value.dtype) ? convert(value, dtype) : value;
    };
    return { config: modelConfig(JSON.parse(metadata.config)), values, close };
  } catch (error) {
    await close();
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}
