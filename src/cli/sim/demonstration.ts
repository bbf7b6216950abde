/**
 * One demonstration on its way into a dataset: a folder with its rows (`rows.safetensors`: f32 `state`, `action` and `aim`, and what is
 * known of it as metadata) and a video per view. The folder is there whole or not at all.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createVideo, type VideoWriter } from '../../data/video/writer.ts';
import { type AimedMoment, aimsOf } from '../../sim/aims.ts';
import type { ArmCommand } from '../../sim/controller.ts';
import { type DemonstrationStep, demonstrate, NO_DISTURBANCES, USUAL_DISTURBANCES } from '../../sim/demonstration.ts';
import { beginEpisode, type Episode, type EpisodeOptions } from '../../sim/episode.ts';
import { createPicture } from '../../sim/render/picture.ts';
import { armsOf, type SimRobot } from '../../sim/robots.ts';
import type { Task } from '../../sim/tasks/task.ts';
import { createViews, type Views } from '../../sim/views.ts';
import { type ArmState, toWorld } from '../../sim/world.ts';
import { hostTensor } from '../../tensor/host.ts';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../tensor/safetensors.node.ts';
import { FPS, recordedViews, rowOf } from './columns.ts';

/** How frames are encoded: fast, and with a keyframe every other frame, since they are read in random order. */
export const VIDEO = { codec: 'h264', preset: 'veryfast', crf: 20, gop: 2 } as const;

/** How demonstrations are made. */
export interface DemonstrationSettings {
  /** Pixels of a side of the views */
  readonly size: number;
  /** Perturbations */
  readonly change?: EpisodeOptions['change'];
  /** Does nothing take the expert off its way? */
  readonly calm: boolean;
  /** Keep videos of those that failed as well? */
  readonly keepFailures: boolean;
  /** Moments that are kept from the first on; all unless given */
  readonly opening?: number;
}

/** A demonstration to be made. */
export interface DemonstrationJob {
  readonly task: string;
  readonly seed: number;
}

/** What is known of a demonstration. */
export interface DemonstrationFacts extends DemonstrationJob {
  readonly instruction: string;
  readonly success: boolean;
  /** Rows */
  readonly rows: number;
}

/** The folder of a demonstration in that of them all. */
export const folderOf = (folder: string, { task, seed }: DemonstrationJob): string => path.join(folder, ...task.split('/'), `${seed}`);

const ROWS = 'rows.safetensors';
/** The video of a view in the folder of a demonstration. */
export const videoFile = (folder: string, view: string): string => path.join(folder, `${view}.mp4`);

/** What is known of the demonstration in a folder; undefined where there is none. */
export async function readFacts(folder: string): Promise<DemonstrationFacts | undefined> {
  const file = path.join(folder, ROWS);
  if (!existsSync(file)) return undefined;
  const reader = await openSafetensors(file);
  await reader.close();
  return JSON.parse(reader.metadata.facts ?? '') as DemonstrationFacts;
}

/** The rows of the demonstration in a folder: f32[rows, columns]. */
export async function readRows(folder: string): Promise<Readonly<Record<'state' | 'action' | 'aim', Float32Array>>> {
  const { tensors } = await readSafetensors(path.join(folder, ROWS));
  const column = (name: string): Float32Array => tensors.get(name)?.data as Float32Array;
  return { state: column('state'), action: column('action'), aim: column('aim') };
}

/**
 * Has the expert act out one seed of a task, into a folder; what is there already is kept. Throws when the robot has another number of
 * arms than the task takes, and when the folder cannot be written; nothing is left of it then.
 */
export async function recordDemonstration(
  folder: string,
  task: Task,
  seed: number,
  robot: SimRobot,
  settings: DemonstrationSettings,
): Promise<DemonstrationFacts> {
  const { change, keepFailures } = settings;
  const there = await readFacts(folder);
  if (there) return there;
  const episode = await beginEpisode(task, seed, robot, change ? { change } : {});
  const unfinished = `${folder}.tmp`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true });
    const { state, action, aim, success, rows } = await actOut(episode, unfinished, settings);
    const facts: DemonstrationFacts = { task: task.name, seed, instruction: episode.instruction, success, rows };
    if (!success && !keepFailures) {
      for (const { view } of recordedViews(robot)) await rm(videoFile(unfinished, view));
    }
    const table = (values: number[]) => hostTensor('f32', [rows, values.length / rows], Float32Array.from(values));
    await writeSafetensors(path.join(unfinished, ROWS), {
      metadata: { facts: JSON.stringify(facts) },
      tensors: new Map([
        ['state', table(state)],
        ['action', table(action)],
        ['aim', table(aim)],
      ]),
    });
    await rename(unfinished, folder);
    return facts;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  } finally {
    episode.world.close();
  }
}

/** Numbers and frames of an episode; these go into videos. */
async function actOut(
  episode: Episode,
  folder: string,
  { size, calm, opening = Number.POSITIVE_INFINITY }: DemonstrationSettings,
): Promise<{ state: number[]; action: number[]; aim: number[]; success: boolean; rows: number }> {
  const { robot } = episode.world;
  const views = createViews(episode.world);
  const picture = createPicture(size, size);
  const videos: { readonly view: (typeof views.names)[number]; readonly video: VideoWriter }[] = [];
  const [state, action]: [number[], number[]] = [[], []];
  const moments: AimedMoment[] = [];
  try {
    for (const { view } of recordedViews(robot)) {
      videos.push({ view, video: await createVideo(videoFile(folder, view), { width: size, height: size, fps: FPS, ...VIDEO }) });
    }
    const steps = demonstrate(episode, { disturbances: calm ? NO_DISTURBANCES : USUAL_DISTURBANCES });
    let rows = 0;
    for (;;) {
      const { value, done } = steps.next();
      if (done) {
        for (const { video } of videos) await video.finish();
        const aim = aimsOf(moments)
          .slice(0, rows)
          .flatMap((aims) => armsOf(robot).flatMap((arm) => aims[arm]?.flat() ?? []));
        return { state, action, aim, success: value, rows };
      }
      moments.push(aimedMoment(robot, value, views));
      if (rows >= opening) continue;
      const numbers = rowOf(robot, value);
      state.push(...numbers.state);
      action.push(...numbers.action);
      rows++;
      views.update();
      for (const { view, video } of videos) {
        views.take(view, picture);
        video.write({ width: size, height: size, data: picture.rgb });
      }
    }
  } finally {
    // Does nothing to those that are finished.
    for (const { video } of videos) video.abandon();
  }
}

/** What aims are made of, of a step. */
function aimedMoment(robot: SimRobot, { state, command }: DemonstrationStep, views: Views): AimedMoment {
  const tools = armsOf(robot).map((arm) => [
    arm,
    { place: toWorld(robot, (state[arm] as ArmState).pose).position, gripper: (command[arm] as ArmCommand).gripper },
  ]);
  return { tools: Object.fromEntries(tools), cameras: recordedViews(robot).map(({ view }) => views.camera(view)) };
}
