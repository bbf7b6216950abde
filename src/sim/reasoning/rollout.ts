/** What an expert does in an episode: moments of it with pictures, and the way that everything takes. */
import type { Arm, View } from '../../robot/canonical.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { Episode } from '../episode.ts';
import { middleOf } from '../goals.ts';
import type { Camera } from '../render/types.ts';
import { armsOf } from '../robots.ts';
import { type Views, viewsOf } from '../views.ts';
import { type ArmState, toWorld } from '../world.ts';
import { type Moment, momentOf } from './moment.ts';

/** Where everything was at each control step, world frame, metres. */
export interface Track {
  /** The last control step */
  readonly last: number;
  /** Whether the expert did what it was to do: otherwise its ways are nothing to learn from */
  readonly succeeded: boolean;
  tool(arm: Arm, step: number): Vec3;
  /** Of a thing that can move */
  middle(thing: string, step: number): Vec3;
}

/** A rollout. */
export interface Rollout {
  readonly moments: readonly Moment[];
  readonly track: Track;
}

/** How to watch. */
export interface RolloutOptions {
  /** Pixels along the sides of pictures */
  readonly size: number;
  readonly from: View | Camera;
  /** Control steps between moments, about */
  readonly every: number;
}

/** Control steps that are watched at most */
const LONGEST = 600;
/** Control steps after success, and share of moments with a picture of a wrist's camera as well */
const [AFTER, WRISTS] = [20, 0.4];

/** Lets the expert act until it is done, or the time is up. The episode's world stays open. */
export function rollOut(episode: Episode, views: Views, random: RandomStream, { size, from, every }: RolloutOptions): Rollout {
  const { world, limit, instruction, setup } = episode;
  const expert = episode.expert();
  const wrists = viewsOf(world.robot)
    .map(({ view }) => view)
    .filter((view) => view !== 'head');
  const loose = world.scene.things.filter(({ model }) => !model.fixed).map(({ id }) => id);
  const steps: { tools: Map<string, Vec3>; middles: Map<string, Vec3> }[] = [];
  const moments: Moment[] = [];
  const task = { instruction, goals: setup.goals, plain: setup.plan === undefined };
  let next = random.integer(every);
  let left = Number.POSITIVE_INFINITY;
  for (let step = 0; step < Math.min(limit, LONGEST) && left > 0; step++) {
    const state = world.state();
    steps.push({
      tools: new Map(armsOf(world.robot).map((arm) => [arm, toWorld(world.robot, (state[arm] as ArmState).pose).position])),
      middles: new Map(loose.map((id) => [id, middleOf(world, id)])),
    });
    if (step === next) {
      const also = random.uniform() < WRISTS ? wrists.slice(random.integer(wrists.length)).slice(0, 1) : [];
      moments.push(momentOf(world, views, { size, from, also, task }));
      next = step + Math.round(every * (0.7 + 0.6 * random.uniform()));
    }
    world.step(expert.act());
    if (left < Number.POSITIVE_INFINITY) left--;
    else if (step % 5 === 0 && episode.succeeded()) left = AFTER;
  }
  const at = (step: number): (typeof steps)[number] => steps[step] as (typeof steps)[number];
  return {
    moments,
    track: {
      last: steps.length - 1,
      succeeded: left < Number.POSITIVE_INFINITY,
      tool: (arm, step) => at(step).tools.get(arm) as Vec3,
      middle: (thing, step) => at(step).middles.get(thing) as Vec3,
    },
  };
}
