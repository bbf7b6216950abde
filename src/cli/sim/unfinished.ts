/**
 * Long work that can be interrupted: what is done so far is in a folder `<target>.partial` beside the target, together with the settings
 * that it was begun with (`settings.json`). The same command goes on from there.
 */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { mustBeFree } from '../../data/lerobot/write.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';

/** What can be stored of settings: JSON. */
export type Settings = Readonly<Record<string, unknown>>;

/** Work that is not finished. */
export interface Unfinished {
  /** The folder of what is done so far */
  readonly folder: string;
  /** Lets another process go on with it. Does nothing after `remove`. */
  release(): Promise<void>;
  /** Removes the folder: nothing in it is needed any more. */
  remove(): Promise<void>;
}

/**
 * Begins work, or goes on with it. Throws when the target is there already, when the work was begun with other settings, and when
 * another process is at it.
 */
export async function beginOrGoOn(target: string, settings: Settings): Promise<Unfinished> {
  const root = path.resolve(target);
  await mustBeFree(root);
  const folder = `${root}.partial`;
  await mkdir(folder, { recursive: true });
  const release = await lock(folder);
  try {
    await checkSettings(folder, settings);
  } catch (error) {
    await release();
    throw error;
  }
  return { folder, release, remove: () => rm(folder, { recursive: true }) };
}

/** Stores the settings, or throws when others are stored. */
async function checkSettings(folder: string, settings: Settings): Promise<void> {
  const file = path.join(folder, 'settings.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return writeFileAtomically(file, [`${JSON.stringify(settings, null, 2)}\n`]);
  const stored = JSON.parse(text) as Settings;
  for (const key of new Set([...Object.keys(settings), ...Object.keys(stored)])) {
    const [was, is] = [stored[key], settings[key]].map((value) => JSON.stringify(value) ?? 'nothing');
    if (was !== is) throw new Error(`${folder} was begun with ${key} ${was}, not ${is}: use the same options, or remove that folder`);
  }
}

/** Makes the folder this process's own. A lock of a process that is gone does not count. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, 'lock');
  for (;;) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(`${process.pid}`).finally(() => handle.close());
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && isRunning(owner)) throw new Error(`process ${owner} is writing to ${folder}: wait for it, or choose another --out`);
    await rm(file, { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
