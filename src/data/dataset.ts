/** Opens whatever a user points at: finds the format, and the binding that says what its numbers mean. */
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { readEmbodiment } from '../robot/embodiments.node.ts';
import { type Binding, parseBinding } from './binding.ts';
import { shippedBinding } from './bindings.ts';
import type { LeRobotSource } from './lerobot/source.ts';
import type { EpisodeSource } from './source.ts';
import { type BoundSource, bindSource } from './tracks.ts';

/**
 * Opens a folder or a file: LeRobot (v2.1, v3.0), LIBERO's HDF5, or a folder of videos. Throws when it is none of them, with what
 * was looked for.
 */
export async function openDataset(root: string): Promise<EpisodeSource> {
  if (!existsSync(root)) throw new Error(`there is no dataset at ${root}: no such file or folder`);
  // Loaded when needed: each brings a decoder of its own.
  const libero = async (): Promise<EpisodeSource> => (await import('./libero.ts')).openLibero(root);
  if (statSync(root).isFile()) {
    if (HDF5.test(root)) return libero();
    throw new Error(`${root} is a file, but no *.hdf5; other datasets are folders`);
  }
  if (existsSync(path.join(root, 'meta', 'info.json'))) return (await import('./lerobot/open.ts')).openLeRobot(root);
  const files = await readdir(root, { recursive: true });
  if (files.some((file) => HDF5.test(file))) return libero();
  if (files.some((file) => VIDEO.test(file))) return (await import('./video/folder.ts')).openVideoFolder(root);
  throw new Error(`${root} is no dataset: it has neither meta/info.json (LeRobot), nor *.hdf5 (LIBERO), nor videos`);
}

const HDF5 = /\.(hdf5|h5)$/i;
const VIDEO = /\.(mp4|m4v|mkv|webm|mov|avi)$/i;

/** Which robot's numbers a dataset holds. */
export interface BindOptions {
  /** A file with a binding; the one in the dataset or the shipped one for its robot unless given */
  readonly binding?: string;
}

/**
 * The binding of a dataset: the given file's, the one stored in the dataset's info.json under `gear.binding`, the one shipped for
 * its robot, or undefined.
 */
export async function findBinding(source: EpisodeSource, { binding: file }: BindOptions = {}): Promise<Binding | undefined> {
  if (file !== undefined) {
    const text = await readFile(file, 'utf8').catch((error: Error) => {
      throw new Error(`cannot read the binding ${file}: ${error.message}`, { cause: error });
    });
    try {
      return parseBinding(JSON.parse(text), file);
    } catch (error) {
      throw error instanceof SyntaxError ? new Error(`the binding ${file} is not JSON: ${error.message}`, { cause: error }) : error;
    }
  }
  const stored = 'lerobot' in source ? storedIn(source as LeRobotSource) : undefined;
  if (stored !== undefined) return parseBinding(stored, `${source.name}: gear.binding of info.json`);
  return shippedBinding(source);
}

/** Binds a dataset to the robot that its binding names; undefined when there is no binding. Errors are those of the steps. */
export async function bindDataset(source: EpisodeSource, options: BindOptions = {}): Promise<BoundSource | undefined> {
  const binding = await findBinding(source, options);
  if (!binding) return undefined;
  return bindSource(source, binding, await readEmbodiment(binding.embodiment));
}

const storedIn = ({ lerobot }: LeRobotSource): unknown => (lerobot.info.raw.gear as { binding?: unknown } | undefined)?.binding;
