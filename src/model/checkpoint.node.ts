/** A model on disk: safetensors with its configuration in the metadata (`config`, JSON), as training and `gear import` write them. */
import type { ValueSource } from '../tensor/compile.ts';
import { type DType, isFloat } from '../tensor/dtype.ts';
import { convert, type HostTensor } from '../tensor/host.ts';
import { openSafetensors, writeSafetensors } from '../tensor/safetensors.node.ts';
import { type ModelConfig, modelConfig } from './config.ts';
import { modelParameters } from './import.ts';
import type { Processor } from './processor.ts';

/** A checkpoint that is open. */
export interface ModelCheckpoint {
  readonly config: ModelConfig;
  /**
   * Values of variables, for `compile`: read one at a time, in the variable's dtype. Undefined for what is no parameter of the model (caches,
   * LoRA, codes of quantised weights) and for parameters that begin at their initial values, as an imported checkpoint says of some
   * (`initial` in its metadata); throws for parameters that it lacks otherwise.
   */
  readonly values: ValueSource;
  /** All of its metadata, `config` included */
  readonly metadata: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Opens a file or folder. Throws when it is no checkpoint, or one without a configuration that makes sense. */
export async function openModel(where: string): Promise<ModelCheckpoint> {
  const { metadata, tensors, read, close } = await openSafetensors(where);
  try {
    if (metadata.config === undefined) throw new Error('it has no configuration (`config` in its metadata)');
    const config = modelConfig(JSON.parse(metadata.config));
    const initial = new Set(JSON.parse(metadata.initial ?? '[]') as string[]);
    const required = new Set(modelParameters(config).flatMap(({ name }) => (initial.has(name) ? [] : [name])));
    const values: ValueSource = async ({ name, dtype }) => {
      if (!tensors.has(name)) {
        if (required.has(name)) throw new Error(`${where} has no "${name}"`);
        return undefined;
      }
      const value = await read(name);
      return isFloat(value.dtype) ? convert(value, dtype) : value;
    };
    return { config, values, metadata, close };
  } catch (error) {
    await close();
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Writes a policy: its weights by name, floating-point ones as `dtype`. Parameters of the model that are not among them begin at their
 * initial values when it is opened, as those of the action expert after embodied pre-training. Atomic: a failure leaves the file that was
 * there before.
 */
export async function savePolicy(
  file: string,
  { config, files }: Pick<Processor, 'config' | 'files'>,
  weights: ReadonlyMap<string, HostTensor>,
  { dtype = 'f32', metadata = {} }: { readonly dtype?: DType; readonly metadata?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  const stored = new Map(Array.from(weights, ([name, value]) => [name, isFloat(value.dtype) ? convert(value, dtype) : value] as const));
  const initial = modelParameters(config).flatMap(({ name }) => (weights.has(name) ? [] : [name]));
  await writeSafetensors(file, {
    metadata: { ...metadata, config: JSON.stringify(config), processor: JSON.stringify(files), initial: JSON.stringify(initial) },
    tensors: stored,
  });
}
