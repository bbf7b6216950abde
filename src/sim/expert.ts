/**
 * The scripted expert: knows the whole state of the world, and does what a list of goals needs. It works on the first goal that does not
 * hold, until it holds, again if need be; whatever happens meanwhile, it goes on from there.
 */
import type { PerArm } from '../robot/actions.ts';
import { ARMS, type Arm } from '../robot/canonical.ts';
import { length3, subtract3 } from '../robot/vectors.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';
import type { ArmCommand } from './controller.ts';
import { type Goal, holders, holds, middleOf } from './goals.ts';
import { CAREFUL, follow, type Motion, TRAVEL } from './motion.ts';
import { armsOf } from './robots.ts';
import { chooseGrasps } from './skills/grasp.ts';
import { travelTo } from './skills/move.ts';
import { operate } from './skills/operate.ts';
import { letGo, pick } from './skills/pick.ts';
import { place } from './skills/place.ts';
import type { Hands, Skill, Waypoint } from './skills/skill.ts';
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
  const open = goals.find((goal) => !holds(goal, hands.world));
  if (!open) return yield* rest(hands);
  const arm = armFor(hands.world, open);
  if (arm === undefined) return yield* rest(hands);
  const result = yield* attempt(hands, arm, open);
  if (result === 'failed') yield* letGo(hands, arm, 0.1);
  return result;
}

/** One attempt at a goal. */
function* attempt(hands: Hands, arm: Arm, goal: Goal): Skill {
  switch (goal.kind) {
    case 'joint':
      return yield* operate(hands, arm, goal);
    case 'lifted': {
      const missing = goal.height - hands.world.poseOf(goal.object).position[2];
      return yield* pick(hands, arm, goal.object, { lift: missing + 0.05 });
    }
    case 'placed':
    case 'beside':
      if (!holders(hands.world, goal.object).includes(arm)) {
        if ((yield* pick(hands, arm, goal.object)) === 'failed') return 'failed';
      }
      return yield* place(hands, arm, goal);
  }
}

/** The arm that holds the object, or the one that can take it, the nearer one first. */
function armFor(world: World, goal: Goal): Arm | undefined {
  const [holder] = holders(world, goal.object);
  if (holder) return holder;
  const arms = armsOf(world.robot);
  if (arms.length === 1) return arms[0];
  const middle = middleOf(world, goal.object);
  const distance = (arm: Arm): number => length3(subtract3(toWorld(world.robot, world.homeTool(arm)).position, middle));
  const part = goal.kind === 'joint' ? { part: goal.part } : {};
  return ARMS.filter((arm) => arms.includes(arm))
    .toSorted((a, b) => distance(a) - distance(b))
    .find((arm) => chooseGrasps(world, arm, goal.object, part).length > 0);
}

/** Goes home, and stays there. */
function* rest(hands: Hands): Skill {
  for (const arm of armsOf(hands.world.robot)) {
    const home = toWorld(hands.world.robot, hands.world.homeTool(arm));
    yield* travelTo(hands, arm, () => home, { gripper: 1, pace: TRAVEL });
  }
  const waypoints = Object.fromEntries(
    armsOf(hands.world.robot).map((arm) => [arm, { pose: hands.tool(arm), gripper: 1, pace: CAREFUL }]),
  ) as PerArm<Waypoint>;
  yield waypoints;
  return 'done';
}
