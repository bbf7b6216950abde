/** Opens whatever a user points at: finds the format, and the binding that says what its numbers mean. */
import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { checkEmbodiment, loadEmbodiment } from '../robot/embodiment.ts';
import { SHIPPED_EMBODIMENTS, type ShippedEmbodiment } from '../robot/embodiments/shipped.ts';
import { isEmbodimentPath, readEmbodimentFiles } from '../robot/embodiments.node.ts';
import { type Binding, parseBinding } from './binding.ts';
import { shippedBinding } from './bindings.ts';
import { HDF5_FILE, VIDEO_FILE } from './formats.ts';
import { isLeRobot } from './lerobot/source.ts';
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
    if (HDF5_FILE.test(root)) return libero();
    throw new Error(`${root} is a file, but no *.hdf5; other datasets are folders`);
  }
  if (existsSync(path.join(root, 'meta', 'info.json'))) return (await import('./lerobot/open.ts')).openLeRobot(root);
  const files = await readdir(root, { recursive: true });
  if (files.some((file) => HDF5_FILE.test(file))) return libero();
  if (files.some((file) => VIDEO_FILE.test(file))) return (await import('./video/folder.ts')).openVideoFolder(root);
  throw new Error(`${root} is no dataset: it has neither meta/info.json (LeRobot), nor *.hdf5 (LIBERO), nor videos`);
}

/** Which robot's numbers a dataset holds. */
export interface BindOptions {
  /** A file with a binding; the one in the dataset or the shipped one for its robot unless given */
  readonly binding?: string;
}

/** A binding, and the robot that it names. */
export interface FoundBinding {
  readonly binding: Binding;
  readonly robot: ShippedEmbodiment;
}

/**
 * The binding of a dataset: the given file's, the one stored in the dataset's info.json, the one shipped for its robot, or undefined. A
 * robot of your own is found from the folder of the file, and is stored whole in a dataset: what somebody else's dataset says never
 * opens another file. Throws when a binding or its robot cannot be read.
 */
export async function findBinding(source: EpisodeSource, { binding: file }: BindOptions = {}): Promise<FoundBinding | undefined> {
  if (file !== undefined) {
    const binding = parseBinding(await readJson(file), file);
    const { embodiment } = binding;
    return {
      binding,
      robot: await readEmbodimentFiles(isEmbodimentPath(embodiment) ? path.resolve(path.dirname(file), embodiment) : embodiment),
    };
  }
  const where = `${source.name}: gear of info.json`;
  const { binding: stored, embodiment: own } = storedIn(source);
  if (stored === undefined) {
    const shipped = shippedBinding(source);
    return shipped && { binding: shipped, robot: await readEmbodimentFiles(shipped.embodiment) };
  }
  const binding = parseBinding(stored, where);
  if (own !== undefined) return { binding, robot: parseRobot(own, where) };
  if (isEmbodimentPath(binding.embodiment))
    throw new Error(`${where} names the robot ${binding.embodiment}, but does not have it; give a binding`);
  return { binding, robot: await readEmbodimentFiles(binding.embodiment) };
}

/** Binds a dataset to the robot that its binding names; undefined when there is no binding. Errors are those of the steps. */
export async function bindDataset(source: EpisodeSource, options: BindOptions = {}): Promise<BoundSource | undefined> {
  const found = await findBinding(source, options);
  return found && bindSource(source, found.binding, await loadEmbodiment(found.robot.file, found.robot.model));
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`cannot read the binding ${file}: ${error.message}`, { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the binding ${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** What is stored of a binding in a dataset: a robot that does not come with the package is stored whole. */
export function toStore({ binding, robot }: FoundBinding): Readonly<Record<string, unknown>> {
  const { name } = robot.file;
  return { binding: { ...binding, embodiment: name }, ...(SHIPPED_EMBODIMENTS.get(name) !== robot && { embodiment: robot }) };
}

/** What `toStore` has made. */
const storedIn = (source: EpisodeSource): { readonly binding?: unknown; readonly embodiment?: unknown } =>
  isLeRobot(source) ? ((source.lerobot.info.raw.gear ?? {}) as { binding?: unknown; embodiment?: unknown }) : {};

function parseRobot(stored: unknown, where: string): ShippedEmbodiment {
  const { file, model } = (stored ?? {}) as { file?: unknown; model?: unknown };
  if (typeof model !== 'string')
    throw new Error(`${where}: embodiment should have a file and a model (MJCF or URDF), as "gear data convert" writes it`);
  try {
    return { file: checkEmbodiment(file), model };
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}
