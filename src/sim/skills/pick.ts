/** Taking hold of things. */
import type { Arm } from '../../robot/canonical.ts';
import type { Pose } from '../../robot/se3.ts';
import { length3, subtract3 } from '../../robot/vectors.ts';
import { holders } from '../goals.ts';
import { CAREFUL, type Pace, TRAVEL } from '../motion.ts';
import { APPROACH, type ChosenGrasp, chooseGrasps, openingFor, passesThrough, toolFor } from './grasp.ts';
import { moveTo, retreated, travelTo, wait } from './move.ts';
import type { Hands, Skill } from './skill.ts';

/** What to take hold of, and how. */
export interface PickOptions {
  /** How high to lift, metres above where it was held; 0.1 by default, 0 to stay */
  readonly lift?: number;
  /** The way to take hold of it; the best one by default */
  readonly way?: ChosenGrasp;
  /** How often it was tried in vain: each time the next best way is taken */
  readonly tries?: number;
}

/** Control steps that a gripper is given to close */
export const CLOSING_STEPS = 9;

/** Takes hold of a thing and lifts it. Fails when it cannot be reached, or is not held at the end. */
export function* pick(hands: Hands, arm: Arm, thing: string, options: PickOptions = {}): Skill {
  const { lift = 0.1, tries = 0 } = options;
  const { world } = hands;
  const holding = (): boolean => holders(world, thing).includes(arm);
  let at: () => Pose;
  let open: number;
  let isThere: () => boolean;
  do {
    const ways = options.way ? [options.way] : chooseGrasps(world, arm, thing);
    const best = ways[tries % ways.length];
    if (!best) return 'failed';
    at = toolFor(world, thing, best);
    open = openingFor(best.grasp);
    const from = at().position;
    // When it is pushed or rolls away, another way may be better.
    isThere = () => length3(subtract3(at().position, from)) < MOVED;
    const arrived = yield* travelTo(hands, arm, () => retreated(at(), APPROACH), { gripper: open, while: isThere });
    if (arrived === 'failed' && isThere()) return 'failed';
  } while (!isThere());
  if ((yield* moveTo(hands, arm, at, { gripper: open, pace: APPROACHING })) === 'failed') return 'failed';
  yield* wait(hands, arm, 0, CLOSING_STEPS);
  if (!holding()) return 'failed';
  if (lift === 0) return 'done';
  const from = hands.tool(arm);
  const up: Pose = { position: [from.position[0], from.position[1], from.position[2] + lift], rotation: from.rotation };
  const lifted = yield* moveTo(hands, arm, () => up, { gripper: 0, pace: LIFTING, within: [0.02, 0.1], while: holding });
  return lifted === 'done' && holding() ? 'done' : 'failed';
}

/** So far, a thing has moved: metres */
const MOVED = 0.05;

/** Towards what is to be held. */
export const APPROACHING: Pace = { ...CAREFUL, speed: 0.28 };
/** With something in the gripper, or away from it. */
const LIFTING: Pace = { ...TRAVEL, speed: 0.4 };

/** Opens a gripper, no farther than it takes to let go, and backs off: the way that it came, or up where the arm does not reach that. */
export function* letGo(hands: Hands, arm: Arm, back = 0.08): Skill {
  const gripper = Math.min(1, (hands.world.state()[arm]?.gripper ?? 1) + RELEASE);
  yield* wait(hands, arm, gripper, 6);
  const tool = hands.tool(arm);
  const [x, y, z] = tool.position;
  const ways: Pose[] = [retreated(tool, back), { ...tool, position: [x, y, z + back] }, { ...tool, position: [x - back, y, z + back / 2] }];
  const away = ways.find((way) => passesThrough(hands.world, arm, [tool, way])) ?? (ways[0] as Pose);
  return yield* moveTo(hands, arm, () => away, { gripper, pace: LIFTING, within: [0.02, 0.1] });
}

/** How much farther than around something a gripper is opened to let it go: others may be next to it. */
const RELEASE = 0.22;
