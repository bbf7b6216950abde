/** A policy as an actor: what the robot sees and measures goes in, and the first steps of the chunk that comes out are carried out. */
import type { PolicyChunk, PolicyObservation } from '../policy/policy.ts';
import { type ArmTargets, absoluteTargets, type PerArm } from '../robot/actions.ts';
import { ACTION_DIMS, ARMS, type Arm, POSE_DIMS, STATE_DIMS, VIEWS } from '../robot/canonical.ts';
import { type Pose, writePose } from '../robot/se3.ts';
import type { ArmCommand } from '../sim/controller.ts';
import type { Episode } from '../sim/episode.ts';
import { createPicture } from '../sim/render/picture.ts';
import { createViews } from '../sim/views.ts';
import type { ArmState } from '../sim/world.ts';
import type { Actor } from './actor.ts';

/** A policy gave something that cannot be carried out. */
export class ChunkError extends Error {}

/** How a policy acts. */
export interface PolicyActorOptions {
  /** Pixels of a side of the views: the model's `imageSize` */
  readonly imageSize: number;
  /** Steps of a chunk that are carried out before the next one is predicted */
  readonly replan: number;
}

/**
 * Acts as a policy says, receding-horizon. `act` throws a ChunkError when the policy gives numbers that are not finite, a rotation that is
 * none, or fewer steps than are to be carried out: a robot that waits then would only hide it.
 */
export function policyActor(
  episode: Episode,
  predict: (observation: PolicyObservation) => Promise<PolicyChunk>,
  { imageSize, replan }: PolicyActorOptions,
): Actor {
  const observe = createObserver(episode, imageSize);
  let targets: PerArm<ArmTargets> = {};
  let at = replan;
  return {
    async act() {
      if (at >= replan) {
        const state = episode.world.state();
        const { actions } = await predict(observe());
        targets = targetsOf(actions, state, replan, episode.world.steps);
        at = 0;
      }
      const commands: { [arm in Arm]?: ArmCommand } = {};
      for (const arm of ARMS) {
        const own = targets[arm];
        if (own) commands[arm] = { pose: own.poses[at] as Pose, gripper: own.gripper[at] as number };
      }
      at++;
      return commands;
    },
  };
}

/** A function that gives what the robot of an episode sees and measures now. Noise of a chunk is told apart by seed and control step. */
function createObserver({ world, instruction, seed }: Episode, size: number): () => PolicyObservation {
  const views = createViews(world);
  const picture = createPicture(size, size);
  return () => {
    const images = new Uint8Array(VIEWS.length * picture.rgb.length);
    const viewMask = new Uint8Array(VIEWS.length);
    views.update();
    for (const [slot, view] of VIEWS.entries()) {
      if (!views.names.includes(view)) continue;
      views.take(view, picture);
      images.set(picture.rgb, slot * picture.rgb.length);
      viewMask[slot] = 1;
    }
    const state = new Float32Array(ARMS.length * STATE_DIMS);
    const stateMask = new Uint8Array(state.length);
    const measured = world.state();
    for (const [slot, arm] of ARMS.entries()) {
      const own = measured[arm];
      if (!own) continue;
      const from = slot * STATE_DIMS;
      writePose(own.pose, state, from);
      state.set([own.gripper, ...own.joints], from + POSE_DIMS);
      stateMask.fill(1, from, from + POSE_DIMS + 1 + own.joints.length);
    }
    return { images, viewMask, state, stateMask, instruction, embodiment: world.robot.embodiment.name, seed: seed * 1e4 + world.steps };
  };
}

/** Where the arms are to be, step by step. Throws a ChunkError for what cannot be carried out. */
function targetsOf(actions: Float32Array, state: PerArm<ArmState>, replan: number, step: number): PerArm<ArmTargets> {
  const problem = (what: string): ChunkError => new ChunkError(`the chunk predicted at step ${step} ${what}`);
  const width = ARMS.length * ACTION_DIMS;
  const steps = actions.length / width;
  if (!(Number.isInteger(steps) && steps >= replan)) {
    throw problem(`has ${actions.length} numbers: expected ${width} for each of ${replan} steps or more`);
  }
  const poses: { [arm in Arm]?: Pose } = {};
  for (const [slot, arm] of ARMS.entries()) {
    const own = state[arm];
    if (!own) continue;
    poses[arm] = own.pose;
    for (let i = 0; i < steps; i++) {
      const from = (i * ARMS.length + slot) * ACTION_DIMS;
      const wrong = actions.subarray(from, from + ACTION_DIMS).findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) throw problem(`has ${actions[from + wrong]} as number ${wrong} of the ${arm} arm in action ${i}`);
    }
  }
  try {
    return absoluteTargets(actions.subarray(0, replan * width), poses);
  } catch (error) {
    throw problem(`cannot be carried out: ${(error as Error).message}`);
  }
}
