/**
 * Posed views as a dataset: a few moments of each of many scenes, tasks and robots in turn, the same however many threads made them. First the
 * moments of each scene are made, in a folder of their own (`unfinished.ts`); then they are put together.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { momentOf, type PosedViews, readPosedViews, writePosedViews } from '../../data/posed-views.ts';
import { robotsFor } from '../../eval/trial.ts';
import { VIEWS, type View } from '../../robot/canonical.ts';
import { simRobot } from '../../sim/robots.ts';
import type { Task } from '../../sim/tasks/task.ts';
import { taskNamed } from '../../sim/tasks/tasks.ts';
import { viewsOf } from '../../sim/views.ts';
import { workOff } from '../../tensor/crew.node.ts';
import { packageInfo } from '../package.ts';
import { workOn } from './unfinished.ts';

/** What posed views are of. Everything here changes what they are. */
export interface DepthSettings {
  /** Names */
  readonly tasks: readonly string[];
  readonly robots: readonly string[];
  /** Pixels of a side */
  readonly size: number;
  /** Of the first scene; the next has the next */
  readonly seed: number;
}

/** How many, and how they are made. */
export interface DepthOptions {
  readonly moments: number;
  /** Threads */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with what was there at the beginning, what is done, and what there is to do */
  readonly onProgress?: (stage: 'scenes' | 'dataset', before: number, done: number, total: number) => void;
}

/** A scene to be looked at. */
export interface DepthJob {
  readonly scene: number;
  readonly task: string;
  readonly robot: string;
  readonly seed: number;
}

/** What a thread is started with. */
export interface DepthWorkerData {
  readonly folder: string;
  readonly size: number;
  /** Those that any of the robots has, in the order of VIEWS */
  readonly views: readonly View[];
}

/** Moments of a scene, and control steps between them */
export const [MOMENTS, EVERY] = [4, 20];

/** The folder of a scene in that of them all. */
export const sceneFolder = (folder: string, scene: number): string => path.join(folder, `${scene}`);

/**
 * Makes a dataset. Throws when the target is there already, when an unfinished one was begun with other settings, when no task fits a robot, and
 * when the disk is full; what was made until then is kept, and the same call goes on with it.
 */
export async function depthDataset(target: string, settings: DepthSettings, options: DepthOptions): Promise<{ readonly resumed: number }> {
  const { tasks, robots, size, seed } = settings;
  const { moments: wanted, workers, signal, onProgress } = options;
  const fitting = robots.map((robot) => tasks.filter((task) => robotsFor(taskNamed(task) as Task, [robot]).length > 0));
  const idle = robots.find((_, i) => fitting[i]?.length === 0);
  if (idle !== undefined) throw new Error(`none of the tasks ${tasks.join(', ')} is for ${idle}`);
  const seen = (await Promise.all(robots.map((name) => simRobot(name)))).flatMap((robot) => viewsOf(robot).map(({ view }) => view));
  const views = VIEWS.filter((view) => seen.includes(view));
  const work = { target, settings: { version: packageInfo().version, ...settings }, wanted: `${wanted} moments` };
  return workOn(work, async (folder, isDone) => {
    const scenes = Math.ceil(wanted / MOMENTS);
    const jobs = Array.from({ length: scenes }, (_, scene): DepthJob => {
      const own = fitting[scene % robots.length] as string[];
      const task = own[Math.floor(scene / robots.length) % own.length] as string;
      return { scene, task, robot: robots[scene % robots.length] as string, seed: seed + scene };
    });
    const todo = jobs.filter(({ scene }) => !existsSync(sceneFolder(folder, scene)));
    const resumed = scenes - todo.length;
    let done = resumed;
    onProgress?.('scenes', resumed, done, scenes);
    await workOff<DepthJob, void>(
      {
        source: new URL('./depth-worker.ts', import.meta.url),
        data: { folder, size, views } satisfies DepthWorkerData,
        ...(workers !== undefined && { workers }),
        ...(signal && { signal }),
      },
      () => todo.shift(),
      () => {
        isDone(++done * MOMENTS);
        onProgress?.('scenes', resumed, done, scenes);
      },
    );
    const moments: PosedViews[] = [];
    for (const { scene } of jobs) {
      const one = await readPosedViews(sceneFolder(folder, scene));
      for (let i = 0; i < (one.images.shape[0] as number); i++) moments.push(momentOf(one, i));
    }
    await writePosedViews(target, views, moments.slice(0, wanted));
    return { resumed: resumed * MOMENTS };
  });
}
