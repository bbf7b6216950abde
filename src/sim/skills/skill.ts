/**
 * Skills: what a scripted expert can do. A skill is a generator: at every control step it looks at the world, yields where each tool
 * should go, and is resumed when the world has moved on. It ends with whether it came to something. Skills look at physics, not at the
 * clock, so that what slips, is pushed or falls is noticed, and tried again.
 */
import type { PerArm } from '../../robot/actions.ts';
import type { Arm } from '../../robot/canonical.ts';
import type { Pose } from '../../robot/se3.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { Pace } from '../motion.ts';
import type { World } from '../world.ts';

/** Where a tool should go next. */
export interface Waypoint {
  /** World frame */
  readonly pose: Pose;
  /** 0 closed … 1 open */
  readonly gripper: number;
  readonly pace: Pace;
}

/** Arms that are not mentioned stay where they are. */
export type Skill = Generator<PerArm<Waypoint>, 'done' | 'failed', void>;

/** What skills work with. */
export interface Hands {
  readonly world: World;
  /** Decides between ways that are as good */
  readonly random: RandomStream;
  /** Where the tool of an arm was told to be last, world frame */
  tool(arm: Arm): Pose;
}

/** Several skills at the same time, each of its own arm. Done when all are; failed as soon as one is. */
export function* together(...skills: readonly Skill[]): Skill {
  let running = skills;
  while (running.length > 0) {
    let waypoints: PerArm<Waypoint> = {};
    const going: Skill[] = [];
    for (const skill of running) {
      const { value, done } = skill.next();
      if (!done) {
        waypoints = { ...waypoints, ...value };
        going.push(skill);
      } else if (value === 'failed') return 'failed';
    }
    running = going;
    if (going.length > 0) yield waypoints;
  }
  return 'done';
}

/** One after the other, until one fails. */
export function* inTurn(...skills: readonly (() => Skill)[]): Skill {
  for (const skill of skills) if ((yield* skill()) === 'failed') return 'failed';
  return 'done';
}
