/** Opens LeRobot datasets of versions 2.1 and 3.0, where they lie and as they are. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { readInfo } from './info.ts';
import { type LeRobotSource, lerobotSource } from './source.ts';
import { readV21 } from './v21.ts';
import { readV30 } from './v30.ts';

export type { LeRobotExtra, LeRobotSource } from './source.ts';

/**
 * Opens the dataset in a folder; its metadata are read, its data when they are asked for. Throws when there is no dataset, when it is
 * of another version, and when its metadata are damaged. An episode that is missing or broken is an error where it is read.
 */
export async function openLeRobot(dir: string): Promise<LeRobotSource> {
  const root = path.resolve(dir);
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) throw new Error(`${root} is no folder with a dataset`);
  const info = await readInfo(root);
  const layout = info.version === '2.1' ? await readV21(root, info) : await readV30(root, info);
  return lerobotSource(path.basename(root), root, info, layout);
}
