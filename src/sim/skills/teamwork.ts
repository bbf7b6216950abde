/**
 * Two arms and one list of goals. Each arm works on what it can do alone, at the same time as the other; where one waits for the other,
 * it does so with its object in hand. What one arm takes and only the other can put down is handed over, and what takes two hands is
 * lifted by both.
 */
import { ARMS, type Arm } from '../../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import { length3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { type Goal, holders, holds, middleOf } from '../goals.ts';
import { CAREFUL } from '../motion.ts';
import { toWorld, type World } from '../world.ts';
import { attempt, heldBy, rest } from './attempt.ts';
import { chooseGrasps, reaches } from './grasp.ts';
import { handOver } from './handover.ts';
import { isCarried, liftTogether, lowerTogether } from './lift-together.ts';
import { goHome } from './move.ts';
import { letGo, pick } from './pick.ts';
import { type PlacingGoal, place, putDown, spotOf } from './place.ts';
import { type Hands, type Skill, together } from './skill.ts';

/** How far an arm reaches over to the other's side, metres */
const ACROSS = 0.1;
/** Nearer than this to where an arm wants to put something, the other one's tool is in its way; farther away than that it waits: metres */
const IN_THE_WAY = 0.14;
const ASIDE = 0.18;
/** Slower than this, a thing is where it will be, m/s */
const AT_REST = 0.02;

const otherThan = (arm: Arm): Arm => (arm === 'left' ? 'right' : 'left');
const isPlacing = (goal: Goal): goal is PlacingGoal => goal.kind === 'placed' || goal.kind === 'beside';
const isForTwo = (goal: Goal): goal is Extract<Goal, { kind: 'lifted' }> => goal.kind === 'lifted' && goal.arms === 2;

/** Works on the goals with both arms until all hold, or nothing more can be done at once. */
export function* cooperate(hands: Hands, goals: readonly Goal[]): Skill {
  const { world } = hands;
  const open = goals.filter((goal) => !holds(goal, world));
  const [first] = open;
  if (!first) return yield* rest(hands);
  const [wide] = goals.filter(isForTwo);
  const carried = wide && isCarried(world, wide.object);
  // What was to be on it may have fallen off.
  if (carried && open.some((goal) => goal !== wide && world.speedOf(goal.object).linear < AT_REST)) {
    return yield* lowerTogether(hands, wide.object);
  }
  if (wide && (carried || first === wide)) {
    const begun = world.steps;
    const result = yield* liftTogether(hands, wide.object, wide.height);
    return world.steps === begun ? yield* rest(hands) : result;
  }
  if (open.some((goal) => armFor(hands, goals, goal))) {
    const busy = new Map<Arm, Goal>();
    return yield* together(...ARMS.map((arm) => work(hands, arm, goals, busy)));
  }
  for (const goal of open) {
    const receiver = isPlacing(goal) && ARMS.find((arm) => reachesSpot(world, arm, destinationOf(world, goals, goal)));
    if (receiver && (yield* handOver(hands, otherThan(receiver), receiver, goal.object)) === 'done') return 'done';
  }
  return yield* rest(hands);
}

/** What one arm does while the other does the same. `busy` says who is at which goal. */
function* work(hands: Hands, arm: Arm, goals: readonly Goal[], busy: Map<Arm, Goal>): Skill {
  const { world } = hands;
  const next = (goal: Goal): boolean =>
    !isForTwo(goal) && busy.get(otherThan(arm)) !== goal && !holds(goal, world) && armFor(hands, goals, goal) === arm;
  for (let goal = goals.find(next); goal; goal = goals.find(next)) {
    busy.set(arm, goal);
    const begun = world.steps;
    const result = yield* isPlacing(goal) ? bring(hands, arm, goals, goal, busy) : attempt(hands, arm, goal);
    if (result === 'failed' && world.steps > begun) {
      yield* letGo(hands, arm, 0.1);
      yield* goHome(hands, arm);
    }
    busy.delete(arm);
    // It cannot be done now: look again at what there is to do for both.
    if (world.steps === begun || (result === 'done' && !holds(goal, world))) break;
  }
  return heldBy(world, arm) === undefined ? yield* goHome(hands, arm) : 'done';
}

/** Takes the object, waits until it is its turn, puts it down. 'done' as well when there is nobody to wait for. */
function* bring(hands: Hands, arm: Arm, goals: readonly Goal[], goal: PlacingGoal, busy: ReadonlyMap<Arm, Goal>): Skill {
  const { world } = hands;
  const held = heldBy(world, arm);
  if (held !== undefined && held !== goal.object) yield* putDown(hands, arm, held);
  if (held !== goal.object && (yield* pick(hands, arm, goal.object)) === 'failed') return 'failed';
  const { position, rotation } = hands.tool(arm);
  const middle = destinationOf(world, goals, goal)[1];
  const across = arm === 'left' ? Math.max(position[1], middle + ASIDE) : Math.min(position[1], middle - ASIDE);
  const aside: Vec3 = [position[0], across, position[2]];
  while (isInTheWay(hands, goals, goal, arm)) {
    if (!holders(world, goal.object).includes(arm)) return 'failed';
    if (!busy.has(otherThan(arm))) return 'done';
    yield { [arm]: { pose: { position: aside, rotation }, gripper: 0, pace: CAREFUL } };
  }
  return yield* place(hands, arm, goal);
}

/** Whether a goal has to wait: for an earlier one that is about the same things or place, or for the other arm to leave. */
function isInTheWay(hands: Hands, goals: readonly Goal[], goal: PlacingGoal, arm: Arm): boolean {
  const { world } = hands;
  const spot = destinationOf(world, goals, goal);
  const near = (other: Vec3): boolean => length3(subtract3([other[0], other[1], 0], [spot[0], spot[1], 0])) < IN_THE_WAY;
  const isRelated = (other: Goal): boolean => {
    const things = 'target' in other ? [other.object, other.target] : [other.object];
    return things.includes(goal.object) || things.includes(goal.target) || (isPlacing(other) && near(destinationOf(world, goals, other)));
  };
  const earlier = goals.slice(0, goals.indexOf(goal)).filter(isRelated);
  return earlier.some((other) => !holds(other, world)) || near(hands.tool(otherThan(arm)).position);
}

/** The arm that can reach a goal alone: the one that holds the object, or can take it; the nearer one first. */
function armFor({ world }: Hands, goals: readonly Goal[], goal: Goal): Arm | undefined {
  const middle = middleOf(world, goal.object);
  const distance = (arm: Arm): number => length3(subtract3(toWorld(world.robot, world.homeTool(arm)).position, middle));
  const holding = holders(world, goal.object);
  const part = goal.kind === 'joint' ? goal.part : undefined;
  return ARMS.toSorted((a, b) => distance(a) - distance(b))
    .filter((arm) =>
      holding.length > 0 ? holding.includes(arm) : !isAcross(arm, middle) && chooseGrasps(world, arm, goal.object, part).length > 0,
    )
    .find((arm) => !isPlacing(goal) || reachesSpot(world, arm, destinationOf(world, goals, goal)));
}

/** Where the object of a goal is to be in the end: on what is itself still to be brought somewhere, say. World frame. */
function destinationOf(world: World, goals: readonly Goal[], goal: PlacingGoal): Vec3 {
  const under = goals.find((other) => isPlacing(other) && other.object === goal.target && !holds(other, world));
  return under && isPlacing(under) && under !== goal ? destinationOf(world, goals, under) : spotOf(world, goal);
}

/** Whether a place is so far on the other arm's side that it is left to that one. */
const isAcross = (arm: Arm, [, y]: Vec3): boolean => (arm === 'left' ? y : -y) < -ACROSS;

/** Whether an arm reaches a place from above. */
function reachesSpot(world: World, arm: Arm, [x, y, z]: Vec3): boolean {
  if (isAcross(arm, [x, y, z])) return false;
  const { rotation } = toWorld(world.robot, world.homeTool(arm));
  return [0, Math.PI / 4, -Math.PI / 4].some((turn) =>
    reaches(world, arm, { position: [x, y, Math.max(z, 0.04)], rotation: multiplyRotations(matrixFromAxisAngle([0, 0, turn]), rotation) }),
  );
}
