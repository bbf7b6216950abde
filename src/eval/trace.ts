/** What a policy predicted in an episode, as a page shows it: paths of the tools in the head's picture, and latent action tokens. */
import type { Aim } from '../model/pointing.ts';
import { absoluteTargets, type PerArm } from '../robot/actions.ts';
import { ARMS, type Arm, type View } from '../robot/canonical.ts';
import { composePoses, type Pose } from '../robot/se3.ts';
import type { Episode } from '../sim/episode.ts';
import { project } from '../sim/render/camera.ts';
import type { Camera } from '../sim/render/types.ts';
import type { Views } from '../sim/views.ts';
import type { Predict } from './together.ts';

/** A point of a path: fractions of the picture from its left and its top edge, and the gripper there, 0 closed … 1 open. */
export type PathPoint = readonly [x: number, y: number, gripper: number];

/** A chunk that was predicted. */
export interface Prediction {
  /** Control steps before it */
  readonly step: number;
  /** Entries of its latent action tokens, by position */
  readonly latents: readonly number[];
  /** Of each arm in the head's picture: where its tool is, and then where it is to be, step by step. Empty for robots without a head view. */
  readonly paths: PerArm<readonly PathPoint[]>;
  /** Where it aims (`model/pointing.ts`), in the views of the video */
  readonly aims: readonly Aim[];
}

/** What was predicted in an episode; nothing by who is scripted. */
export interface Trace {
  /** The views that are side by side in its video */
  readonly views: readonly View[];
  readonly predictions: readonly Prediction[];
}

/**
 * `predict`, with what comes out written down. `views` must have been updated since the world last changed. Chunks that cannot be carried
 * out have no paths: who acts on them says so.
 */
export function traced({ world }: Episode, views: Views, predict: Predict): { readonly predict: Predict; readonly trace: Trace } {
  const predictions: Prediction[] = [];
  return {
    trace: { views: views.names, predictions },
    async predict(observation) {
      const step = world.steps;
      const state = world.state();
      const camera = views.names.includes('head') ? views.camera('head') : undefined;
      const chunk = await predict(observation);
      const paths = camera ? pathsIn(camera, world.robot.base, state, chunk.actions) : {};
      const aims = chunk.aims.map(({ x, y, seen, ...at }) => ({ ...at, x: round(x), y: round(y), seen: round(seen) }));
      predictions.push({ step, latents: chunk.latents, paths, aims });
      return chunk;
    },
  };
}

/**
 * Where the tools are to be, in a square picture of a camera. `state` has where they are, `base` is the robot's base in the world, actions
 * are f32[K, 2, ACTION_DIMS], relative to `state`. A path ends where it leaves what the camera can see in front of it.
 */
export function pathsIn(
  camera: Camera,
  base: Pose,
  state: PerArm<{ readonly pose: Pose; readonly gripper: number }>,
  actions: Float32Array,
): PerArm<readonly PathPoint[]> {
  const present = ARMS.filter((arm) => state[arm]);
  const now = Object.fromEntries(present.map((arm) => [arm, (state[arm] as { pose: Pose }).pose])) as PerArm<Pose>;
  const targets = targetsOf(actions, now);
  const paths: { [arm in Arm]?: PathPoint[] } = {};
  for (const arm of present) {
    const own = state[arm] as { pose: Pose; gripper: number };
    const poses = [own.pose, ...(targets[arm]?.poses ?? [])];
    const grippers = [own.gripper, ...Array.from(targets[arm]?.gripper ?? [])];
    const seen = poses.map((pose) => project(camera, 1, 1, composePoses(base, pose).position));
    const behind = seen.findIndex(({ depth }) => depth <= 0);
    paths[arm] = seen
      .slice(0, behind < 0 ? seen.length : behind)
      .map(({ x, y }, i) => [round(x), round(y), Math.min(Math.max(round(grippers[i] as number), 0), 1)]);
  }
  return paths;
}

function targetsOf(actions: Float32Array, now: PerArm<Pose>): ReturnType<typeof absoluteTargets> {
  try {
    return absoluteTargets(actions, now);
  } catch {
    return {};
  }
}

/** A thousandth is less than a pixel here. */
const round = (value: number): number => Math.round(value * 1000) / 1000;
