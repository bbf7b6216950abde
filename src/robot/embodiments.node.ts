/** Embodiments from files. */
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { checkEmbodiment, type Embodiment, loadEmbodiment } from './embodiment.ts';
import { SHIPPED_EMBODIMENTS, type ShippedEmbodiment, shippedEmbodiment } from './embodiments/shipped.ts';
import { unknownName } from './names.ts';

/**
 * A robot: a shipped one by its name, or one of yours by the path of its JSON file, whose model lies beside it. Throws when there is
 * neither, and as `loadEmbodiment` does.
 */
export async function readEmbodiment(nameOrPath: string): Promise<Embodiment> {
  if (SHIPPED_EMBODIMENTS.has(nameOrPath)) return shippedEmbodiment(nameOrPath);
  const { file, model } = await readEmbodimentFiles(nameOrPath);
  return loadEmbodiment(file, model).catch((error: Error) => {
    throw new Error(`${nameOrPath}: ${error.message}`, { cause: error });
  });
}

/** The file of a robot and the text of its model: of a shipped one by its name, or of yours by the path. Throws when there is neither. */
export async function readEmbodimentFiles(nameOrPath: string): Promise<ShippedEmbodiment> {
  const shipped = SHIPPED_EMBODIMENTS.get(nameOrPath);
  if (shipped) return shipped;
  if (!isEmbodimentPath(nameOrPath)) {
    const { message } = unknownName('embodiment', nameOrPath, [...SHIPPED_EMBODIMENTS.keys()]);
    throw new Error(`${message}; one of yours is given by the path of its .json file`);
  }
  const text = await readText(nameOrPath, 'embodiment');
  try {
    const file = checkEmbodiment(parseJson(text));
    return { file, model: await readText(await fileBeside(nameOrPath, file.kinematics), 'model') };
  } catch (error) {
    throw new Error(`${nameOrPath}: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether a robot is given by the path of its file, and not by its name. */
export const isEmbodimentPath = (nameOrPath: string): boolean => /[\\/]|\.json$/i.test(nameOrPath);

async function readText(file: string, what: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`cannot read the ${what} ${file}: ${error.message}`, { cause: error });
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`this is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** The path of a file that lies beside another. `checkEmbodiment` allows no folders in its name; links must not lead away, either. */
async function fileBeside(neighbour: string, name: string): Promise<string> {
  const folder = await realpath(path.dirname(neighbour));
  const file = path.join(folder, name);
  const real = await realpath(file).catch(() => file);
  if (path.dirname(real) !== folder) throw new Error(`${name} must lie beside the embodiment's file, but it is a link to ${real}`);
  return file;
}
