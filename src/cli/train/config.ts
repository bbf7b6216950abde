/** Experiments in files. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Experiment, type ExperimentInput, experiment } from '../../train/experiment.ts';
import { withOverrides } from './overrides.ts';

/**
 * The experiment that a module exports by default, or that a JSON file has, with `changes` such as `stages.0.steps=600`. Throws when there is
 * none, or it is wrong.
 */
export async function readExperiment(file: string, changes: readonly string[] = []): Promise<Experiment> {
  try {
    const given = file.endsWith('.json') ? (JSON.parse(await readFile(file, 'utf8')) as ExperimentInput) : await exported(file);
    return experiment(withOverrides(given, changes));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ENOENT' || (code === 'ERR_MODULE_NOT_FOUND' && message.includes(path.resolve(file)));
    throw new Error(missing ? `there is no file ${file}` : `${file}: ${message}`, { cause: error });
  }
}

async function exported(file: string): Promise<ExperimentInput> {
  const module = (await import(pathToFileURL(path.resolve(file)).href)) as { readonly default?: ExperimentInput };
  if (!module.default) throw new Error('it exports no experiment by default');
  return module.default;
}
