/**
 * The scripted expert: knows the whole state of the world, and does what a list of goals needs. It works on the first goal that does not
 * hold, until it holds, again if need be; whatever happens meanwhile, it goes on from there.
 */
import type { PerArm } from '../robot/actions.ts';
import type { Arm } from '../robot/canonical.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';
import type { ArmCommand } from './controller.ts';
import { type Goal, holds } from './goals.ts';
import { CAREFUL, follow, type Motion } from './motion.ts';
import { armsOf } from './robots.ts';
import { attempt, rest } from './skills/attempt.ts';
import { goHome } from './skills/move.ts';
import { letGo } from './skills/pick.ts';
import type { Hands, Skill, Waypoint } from './skills/skill.ts';
import { cooperate } from './skills/teamwork.ts';
import { toBase, toWorld, type World } from './world.ts';

/** A policy that sees all. */
export interface Expert {
  /** What to command next. The way goes on from where the robot was told to be last, whoever told it. */
  act(): PerArm<ArmCommand>;
}

/** What may be different about an expert. */
export interface ExpertOptions {
  /** Where its choices come from; always the same by default */
  readonly random?: RandomStream;
  /** What it does instead of working through the goals; begun again when it ends */
  readonly plan?: (hands: Hands) => Skill;
}

/** An expert for a world. Goals are in the order in which they are to be reached. */
export function createExpert(world: World, goals: readonly Goal[], options: ExpertOptions = {}): Expert {
  const { random = randomStream(0, 'expert'), plan = (hands: Hands) => achieve(hands, goals) } = options;
  const motions: { [arm in Arm]?: Motion } = {};
  const hands: Hands = {
    world,
    random,
    tool: (arm) => {
      const told = world.told()[arm];
      if (!told) throw new Error(`${world.robot.embodiment.name} has no ${arm} arm`);
      return toWorld(world.robot, told.pose);
    },
  };
  let skill = plan(hands);
  const next = (): PerArm<Waypoint> => {
    // A plan that ends at once is begun again once only: there is nothing to do.
    for (let attempt = 0; attempt < 2; attempt++) {
      const { value, done } = skill.next();
      if (!done) return value;
      skill = plan(hands);
    }
    return {};
  };
  return {
    act() {
      const waypoints = next();
      const told = world.told();
      const commands: { [arm in Arm]?: ArmCommand } = {};
      for (const arm of armsOf(world.robot)) {
        const from = told[arm] as ArmCommand;
        const pose = toWorld(world.robot, from.pose);
        const { linear, angular } = motions[arm] ?? { linear: [0, 0, 0], angular: [0, 0, 0] };
        const waypoint = waypoints[arm] ?? { pose, gripper: from.gripper, pace: CAREFUL };
        const motion = follow({ pose, linear, angular }, waypoint.pose, waypoint.pace);
        motions[arm] = motion;
        commands[arm] = { pose: toBase(world.robot, motion.pose), gripper: waypoint.gripper };
      }
      return commands;
    },
  };
}

/** Works on the first goal that does not hold; home when all do. */
function* achieve(hands: Hands, goals: readonly Goal[]): Skill {
  const { world } = hands;
  const [arm, ...others] = armsOf(world.robot) as [Arm, ...Arm[]];
  if (others.length > 0) return yield* cooperate(hands, goals);
  for (let failures = 0; ; ) {
    const open = goals.find((goal) => !holds(goal, world));
    if (!open) return yield* rest(hands);
    const begun = world.steps;
    const result = yield* attempt(hands, arm, open, failures);
    failures = result === 'failed' ? failures + 1 : 0;
    // What went wrong is begun again; what could not even be begun may be possible later.
    if (result === 'failed' && isTouching(world, arm)) yield* letGo(hands, arm, 0.1);
    if (world.steps === begun) return yield* goHome(hands, arm);
  }
}

/** Whether fingers touch anything. */
const isTouching = (world: World, arm: Arm): boolean =>
  world.contacts().some(({ bodies }) => bodies.some((body) => world.fingersOf(arm).includes(body)));
