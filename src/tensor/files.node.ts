/** Files that are written whole or not at all. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Tells temporary files of one process apart. */
let written = 0;

/**
 * Writes to a temporary file beside `path`, flushes it to the disk and renames it into place: at any moment `path` is the old
 * file or the new one. On failure, a full disk for example, the temporary file is removed and an Error says what happened.
 */
export async function writeFileAtomically(path: string, parts: Iterable<Uint8Array | string>): Promise<void> {
  const temporary = `${path}.${process.pid}.${++written}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new Error(`could not write ${path}: ${(error as Error).message}. What was there before is untouched`, { cause: error });
  }
  await syncFolder(dirname(path));
}

/** Makes the rename itself survive a power cut. Not every platform can open folders. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}
