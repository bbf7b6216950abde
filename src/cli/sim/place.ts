/** Files that commands are told to write. */
import { stat } from 'node:fs/promises';
import path from 'node:path';

/** Throws unless a file has one of the endings (`.html`) and its folder is there. `what` begins the message: `a page`. */
export async function checkPlace(file: string, what: string, endings: readonly string[]): Promise<void> {
  checkEnding(file, what, endings);
  const folder = path.dirname(path.resolve(file));
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory()) throw new Error(`there is no folder ${folder} for ${path.basename(file)}`);
}

/** Throws unless a file has one of the endings. */
export function checkEnding(file: string, what: string, endings: readonly string[]): void {
  const kinds = endings.map((ending) => `*${ending}`).join(' or ');
  if (!endings.some((ending) => file.endsWith(ending))) throw new Error(`${what} is a ${kinds} file, and not ${file}`);
}
