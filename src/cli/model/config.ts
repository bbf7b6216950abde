/** A configuration by what the command line calls it. */
import { readFile } from 'node:fs/promises';
import { type ModelConfig, modelConfig } from '../../model/config.ts';
import { MODEL_SIZES, modelSize } from '../../model/configs.ts';

/** A size by its name, or a configuration from a JSON file. Throws when there is neither, and when the configuration is wrong. */
export async function readConfig(config: string): Promise<ModelConfig> {
  if (!config.endsWith('.json')) return modelSize(config);
  const text = await readFile(config, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`there is no file ${config}; the sizes are ${MODEL_SIZES.join(', ')}`) : error;
  });
  try {
    return modelConfig(JSON.parse(text));
  } catch (error) {
    throw new Error(`${config}: ${(error as Error).message}`, { cause: error });
  }
}
