/** What the benchmark of the latent action tokenizer watches: simulated demonstrations, each in several rooms, and recordings of a robot. */
import { bindDataset, openDataset } from '../src/data/dataset.ts';
import { rateOf } from '../src/data/episodes.ts';
import { LATENT_TIMES } from '../src/data/samples.ts';
import { ARMS, CONTROL_RATE } from '../src/robot/canonical.ts';
import type { Pose } from '../src/robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../src/robot/vectors.ts';
import { letterbox } from '../src/robot/views.ts';
import { demonstrate } from '../src/sim/demonstration.ts';
import { beginEpisode } from '../src/sim/episode.ts';
import { createPicture } from '../src/sim/render/picture.ts';
import { simRobot } from '../src/sim/robots.ts';
import { HELD_OUT_ROOMS, TRAINING_ROOMS } from '../src/sim/rooms.ts';
import type { Room } from '../src/sim/scene.ts';
import { tasksOf } from '../src/sim/tasks/tasks.ts';
import { createViews } from '../src/sim/views.ts';
import { type HostTensor, hostTensor } from '../src/tensor/host.ts';
import { randomStream } from '../src/tensor/random.ts';

/** Frames per second that are kept, of which windows take every other one */
const RATE = 10;
/** Frames of a stretch of a recording */
const STRETCH = 16;
const OFFSETS = LATENT_TIMES.map((time) => Math.round(time * RATE));

/** An episode as a head camera sees it, at RATE. */
export interface Clip {
  readonly name: string;
  /** Windows that begin within so many frames are taken for alike: all of a short demonstration, stretches of a long recording */
  readonly stretch: number;
  /** The same states in each appearance: u8[frames, S, S, 3] */
  readonly shows: readonly Uint8Array[];
  /** Of the arm that moves most: where its tool is at each frame, metres, robot base frame */
  readonly tools: readonly Vec3[];
}

/** Five frames of a clip. */
export interface Window {
  readonly clip: Clip;
  /** The first of them */
  readonly start: number;
  /** Which appearance */
  readonly show: number;
}

/** All windows of a clip in one appearance, `stride` frames apart. */
export function windowsOf(clip: Clip, show = 0, stride = 1): Window[] {
  const starts = Math.max(0, clip.tools.length - (OFFSETS.at(-1) as number));
  return Array.from({ length: Math.ceil(starts / stride) }, (_, i) => ({ clip, start: i * stride, show }));
}

/** What windows are alike. */
export const groupOf = ({ clip: { name, stretch }, start }: Window): string => `${name}/${Math.floor(start / stretch)}`;

/** Whether all of its frames are in the stretch in which it begins: then windows of different groups have no frame in common. */
export const isWithinGroup = ({ clip: { stretch }, start }: Window): boolean => (start % stretch) + (OFFSETS.at(-1) as number) < stretch;

/** u8[B, 5, S, S, 3] */
export function framesOf(windows: readonly Window[], size: number): HostTensor {
  const bytes = 3 * size * size;
  const data = new Uint8Array(windows.length * OFFSETS.length * bytes);
  for (const [i, { clip, start, show }] of windows.entries()) {
    for (const [j, offset] of OFFSETS.entries()) {
      const from = (start + offset) * bytes;
      data.set((clip.shows[show] as Uint8Array).subarray(from, from + bytes), (i * OFFSETS.length + j) * bytes);
    }
  }
  return hostTensor('u8', [windows.length, OFFSETS.length, size, size, 3], data);
}

/** How the tool moves in each transition of a window, metres. */
export const movesOf = ({ clip: { tools }, start }: Window): Vec3[] =>
  OFFSETS.slice(1).map((offset, j) => subtract3(tools[start + offset] as Vec3, tools[start + (OFFSETS[j] as number)] as Vec3));

/**
 * Demonstrations of the spatial suite by a panda, from a seed on, each in three rooms: its own, another one to train in, and a third to train
 * in or one that training never sees.
 */
export async function simulatedClips(count: number, size: number, firstSeed: number, third: 'training' | 'unseen'): Promise<Clip[]> {
  const robot = await simRobot('panda');
  const tasks = tasksOf('spatial');
  const clips: Clip[] = [];
  for (let i = 0; i < count; i++) {
    const seed = firstSeed + Math.floor(i / tasks.length);
    const episode = await beginEpisode(tasks[i % tasks.length] as (typeof tasks)[number], seed, robot);
    const { world } = episode;
    const random = randomStream(seed, `other rooms ${episode.task.name}`);
    const others = TRAINING_ROOMS.filter(({ name }) => name !== world.scene.room.name);
    const [second, another] = random.permutation(others.length).map((i) => others[i]) as [Room, Room];
    const unseen = HELD_OUT_ROOMS[random.integer(HELD_OUT_ROOMS.length)] as Room;
    const appearances = [world.scene.room, second, third === 'training' ? another : unseen];
    const views = appearances.map((room) => createViews({ ...world, scene: { ...world.scene, room } }));
    const picture = createPicture(size, size);
    const shows: Uint8Array[][] = appearances.map(() => []);
    const tools: Vec3[] = [];
    let step = 0;
    for (const { state } of demonstrate(episode)) {
      if (step++ % (CONTROL_RATE / RATE) > 0) continue;
      for (const [room, view] of views.entries()) {
        view.update();
        view.take('head', picture);
        shows[room]?.push(picture.rgb.slice());
      }
      const [arm] = ARMS.flatMap((name) => state[name] ?? []);
      tools.push((arm as { pose: Pose }).pose.position);
    }
    world.close();
    clips.push({ name: `${episode.task.name} ${seed}`, stretch: tools.length, shows: shows.map(joined), tools });
    process.stderr.write(`\r\u001b[K${clips.length}/${count} demonstrations`);
  }
  process.stderr.write('\r\u001b[K');
  return clips;
}

/** The episodes of a dataset, by its first camera. */
export async function recordedClips(root: string, size: number): Promise<Clip[]> {
  const source = await openDataset(root);
  const bound = await bindDataset(source);
  if (!bound) throw new Error(`${root}: no binding is known for this dataset`);
  const clips: Clip[] = [];
  for (const [episode, { length }] of source.episodes.entries()) {
    const fps = rateOf(source, episode);
    const camera = await source.openCamera(episode, source.cameras[0] as string);
    const tracks = bound.tracks(await source.readRows(episode), `${root}, episode ${episode}`);
    const frames: Uint8Array[] = [];
    const rows: number[] = [];
    for (let time = 0; time * fps < length - 0.5; time += 1 / RATE) {
      frames.push(letterbox(await camera.at(time), size).data);
      rows.push(Math.round(time * fps));
    }
    camera.close();
    const paths = tracks.map(({ poses }) => rows.map((row) => (poses[row] as Pose).position));
    const [longest] = paths.toSorted((a, b) => lengthOf(b) - lengthOf(a));
    clips.push({ name: `recording ${episode}`, stretch: STRETCH, shows: [joined(frames)], tools: longest as Vec3[] });
  }
  await source.close();
  return clips;
}

const lengthOf = (path: readonly Vec3[]): number =>
  path.slice(1).reduce((sum, point, i) => sum + length3(subtract3(point, path[i] as Vec3)), 0);

function joined(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = frames[0]?.length ?? 0;
  const all = new Uint8Array(bytes * frames.length);
  for (const [i, frame] of frames.entries()) all.set(frame, i * bytes);
  return all;
}
