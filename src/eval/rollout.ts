/** Policies in simulated worlds: what the robot sees goes in, and what comes out is carried out, receding-horizon. */
import type { Policy, PolicyChunk, PolicyObservation } from '../policy/policy.ts';
import { absoluteTargets } from '../robot/actions.ts';
import { ARMS, type Arm, POSE_DIMS, STATE_DIMS, VIEWS } from '../robot/canonical.ts';
import { type Pose, writePose } from '../robot/se3.ts';
import type { ArmCommand } from '../sim/controller.ts';
import type { Episode } from '../sim/episode.ts';
import { createPicture } from '../sim/render/picture.ts';
import { createViews, type Views } from '../sim/views.ts';

/** An episode that a policy acts in. */
interface Actor {
  readonly episode: Episode;
  readonly views: Views;
}

const isOver = ({ episode }: Actor): boolean => episode.succeeded() || episode.world.steps >= episode.limit;

/** How a policy acts. */
export interface RolloutOptions {
  /** Steps of a chunk that are carried out before the next one is predicted; 10 by default */
  readonly replan?: number;
}

/** What became of an episode. */
export interface RolloutResult {
  readonly success: boolean;
  /** Control steps taken */
  readonly steps: number;
}

/**
 * Lets a policy act in all episodes at the same time, so that it predicts for all of them together: at most as many as its batch. An episode
 * ends when its goals hold, or its time is over. Worlds stay open. Throws, with task and seed, when a chunk cannot be carried out.
 */
export async function rollOut(
  policy: Policy,
  episodes: readonly Episode[],
  { replan = 10 }: RolloutOptions = {},
): Promise<RolloutResult[]> {
  const { imageSize, chunk } = policy.processor.config;
  if (!(Number.isInteger(replan) && replan >= 1 && replan <= chunk)) {
    throw new Error(`a chunk has ${chunk} steps: from 1 to ${chunk} can be carried out before the next one, not ${replan}`);
  }
  const actors = episodes.map((episode): Actor => ({ episode, views: createViews(episode.world) }));
  for (let going = actors; going.length > 0; going = going.filter((actor) => !isOver(actor))) {
    const chunks = await policy.predict(going.map((actor) => observe(actor, imageSize)));
    for (const [i, actor] of going.entries()) carryOut(actor, (chunks[i] as PolicyChunk).actions, replan);
  }
  return actors.map(({ episode }) => ({ success: episode.succeeded(), steps: episode.world.steps }));
}

/** What the robot of an episode sees and measures now. */
function observe({ episode, views }: Actor, size: number): PolicyObservation {
  const { world, instruction, seed } = episode;
  const pixels = 3 * size * size;
  const images = new Uint8Array(VIEWS.length * pixels);
  const viewMask = new Uint8Array(VIEWS.length);
  const picture = createPicture(size, size);
  views.update();
  for (const [slot, view] of VIEWS.entries()) {
    if (!views.names.includes(view)) continue;
    views.take(view, picture);
    images.set(picture.rgb, slot * pixels);
    viewMask[slot] = 1;
  }
  const state = new Float32Array(ARMS.length * STATE_DIMS);
  const stateMask = new Uint8Array(state.length);
  const measured = world.state();
  for (const [slot, arm] of ARMS.entries()) {
    const own = measured[arm];
    if (!own) continue;
    const at = slot * STATE_DIMS;
    writePose(own.pose, state, at);
    state.set([own.gripper, ...own.joints], at + POSE_DIMS);
    stateMask.fill(1, at, at + POSE_DIMS + 1 + own.joints.length);
  }
  return { images, viewMask, state, stateMask, instruction, embodiment: world.robot.embodiment.name, seed: seed * 1e4 + world.steps };
}

/** Carries out the first steps of a chunk. */
function carryOut(actor: Actor, actions: Float32Array, steps: number): void {
  const { world, task, seed } = actor.episode;
  const measured = world.state();
  const poses: { [arm in Arm]?: Pose } = {};
  for (const arm of ARMS) if (measured[arm]) poses[arm] = measured[arm].pose;
  try {
    const targets = absoluteTargets(actions, poses);
    for (let i = 0; i < steps && !isOver(actor); i++) {
      const commands: { [arm in Arm]?: ArmCommand } = {};
      for (const arm of ARMS) {
        const own = targets[arm];
        if (own) commands[arm] = { pose: own.poses[i] as Pose, gripper: own.gripper[i] as number };
      }
      world.step(commands);
    }
  } catch (error) {
    throw new Error(
      `${task.name}, seed ${seed}, step ${world.steps}: the policy's chunk cannot be carried out: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** Lets the scripted expert act: the same episodes, with nothing learned. */
export function expertRollOut(episode: Episode): RolloutResult {
  const expert = episode.expert();
  while (!episode.succeeded() && episode.world.steps < episode.limit) episode.world.step(expert.act());
  return { success: episode.succeeded(), steps: episode.world.steps };
}
