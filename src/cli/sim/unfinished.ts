/**
 * Long work that can be interrupted: what is done so far is in a folder `<target>.partial` beside the target, together with the settings
 * that it was begun with (`settings.json`). The same command goes on from there.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mustBeFree } from '../../data/lerobot/write.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';

/** What can be stored of settings: JSON. */
export type Settings = Readonly<Record<string, unknown>>;

/** What work is, and what there is to do. */
export interface Work {
  /** Where the result goes */
  readonly target: string;
  readonly settings: Settings;
  /** What there will be: `100 samples` */
  readonly wanted: string;
}

/**
 * Begins work, or goes on with it: calls `finish` with the folder of what is done so far, and removes that folder afterwards. `finish` says
 * through `isDone` how many things are done. Throws when the target is there already, when the work was begun with other settings, and when
 * another process is at it; an error of `finish` then says how to go on.
 */
export async function workOn<T>(
  { target, settings, wanted }: Work,
  finish: (folder: string, isDone: (count: number) => void) => Promise<T>,
): Promise<T> {
  const root = path.resolve(target);
  await mustBeFree(root);
  const folder = `${root}.partial`;
  await mkdir(folder, { recursive: true });
  const release = await lock(folder);
  try {
    await checkSettings(folder, settings);
    let done = 0;
    const result = await finish(folder, (count) => {
      done = count;
    }).catch((cause: Error) => {
      throw new Error(`${cause.message}; ${done} of ${wanted} are in ${folder}, and the same command goes on with them`, { cause });
    });
    await rm(folder, { recursive: true });
    return result;
  } finally {
    await release();
  }
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

/** Locks that this process has. */
const locks = new Set<string>();

/**
 * Makes the folder this process's own: with a file whose name says so, and which is there before others' are looked for, so that of two
 * processes at least one sees the other. A lock of a process that is gone does not count.
 */
async function lock(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, `lock.${process.pid}`);
  const refused = (owner: number) => new Error(`process ${owner} is writing to ${folder}: wait for it, or choose another --out`);
  if (locks.has(file)) throw refused(process.pid);
  locks.add(file);
  const release = async (): Promise<void> => {
    await rm(file, { force: true });
    locks.delete(file);
  };
  try {
    await writeFile(file, '');
    for (const name of await readdir(folder)) {
      const owner = Number(/^lock\.(\d+)$/.exec(name)?.[1] ?? process.pid);
      if (owner === process.pid) continue;
      if (isRunning(owner)) throw refused(owner);
      await rm(path.join(folder, name), { force: true });
    }
    return release;
  } catch (error) {
    await release();
    throw error;
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
