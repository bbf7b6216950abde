/** Lifting what takes two hands. */
import { ARMS, type Arm } from '../../robot/canonical.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { add3, length3, subtract3 } from '../../robot/vectors.ts';
import { holders } from '../goals.ts';
import { CAREFUL } from '../motion.ts';
import type { World } from '../world.ts';
import { type ChosenGrasp, chooseGrasps, passesThrough } from './grasp.ts';
import { goHome, moveTo, wait } from './move.ts';
import { letGo, pick } from './pick.ts';
import { type Hands, inTurn, type Skill, together } from './skill.ts';

/** Between the two tools, metres */
const APART = 0.1;
/** Arms give a little under a load: so much higher are they told to go, metres */
const ABOVE = 0.025;
/** Above the table when it is let go, metres */
const DROP = 0.002;
/** Control steps after which what was moved is still */
const STILL_STEPS = 8;

/** Whether both hands are at a thing: fingers of both touch it. More lasting than both grips. */
export const isCarried = (world: World, thing: string): boolean => {
  const contacts = world.contacts().filter(({ bodies }) => bodies.includes(thing));
  return ARMS.every((arm) => contacts.some(({ bodies }) => bodies.some((body) => world.fingersOf(arm).includes(body))));
};

/** Both arms take the thing, each on its side, and lift it in step until its foot is so high, metres. Then they hold it. */
export function* liftTogether(hands: Hands, thing: string, height: number): Skill {
  const { world } = hands;
  if (!isCarried(world, thing)) {
    const ways = waysOf(hands, thing, height + ABOVE);
    if (!ways) return 'failed';
    const taken = yield* together(...ARMS.map((arm) => pick(hands, arm, thing, { way: ways[arm], lift: 0 })));
    if (taken === 'failed' || !isCarried(world, thing)) {
      yield* together(...ARMS.map((arm) => letGo(hands, arm)));
      yield* together(...ARMS.map((arm) => goHome(hands, arm)));
      return 'failed';
    }
  }
  return yield* shift(hands, thing, height + ABOVE - world.poseOf(thing).position[2]);
}

/** Both arms lower the thing that they hold to the table, and let it go. */
export function* lowerTogether(hands: Hands, thing: string): Skill {
  yield* shift(hands, thing, DROP - hands.world.poseOf(thing).position[2]);
  return yield* together(...ARMS.map((arm) => letGo(hands, arm)));
}

/** Both arms move in step, straight up by so many metres; then they keep still until the thing does. */
function* shift(hands: Hands, thing: string, by: number): Skill {
  const { world } = hands;
  const held = (): boolean => holders(world, thing).length === 2;
  const raise = (arm: Arm): Skill => {
    const { position, rotation } = hands.tool(arm);
    const up: Pose = { position: add3(position, [0, 0, by]), rotation };
    return inTurn(
      () => moveTo(hands, arm, () => up, { gripper: 0, pace: CAREFUL, while: held }),
      () => wait(hands, arm, 0, STILL_STEPS),
    );
  };
  return yield* together(...ARMS.map(raise));
}

/** A way for each arm, so that the left one holds the left side; if there is one, so that both can go up by so many metres. */
function waysOf({ world }: Hands, thing: string, by: number): Readonly<Record<Arm, ChosenGrasp>> | undefined {
  const frame = world.poseOf(thing);
  const place = ({ inThing }: ChosenGrasp): Pose => composePoses(frame, inThing);
  const rises = (arm: Arm, way: ChosenGrasp): boolean => {
    const { position, rotation } = place(way);
    return passesThrough(world, arm, [place(way), { position: add3(position, [0, 0, by]), rotation }]);
  };
  const [lefts, rights] = ARMS.map((arm) =>
    chooseGrasps(world, arm, thing).map((way) => ({ ...way, cost: way.cost + (rises(arm, way) ? 0 : LOW) })),
  ) as [ChosenGrasp[], ChosenGrasp[]];
  return lefts
    .flatMap((left) => rights.map((right) => ({ left, right })))
    .filter(({ left, right }) => {
      const across = subtract3(place(left).position, place(right).position);
      return length3(across) >= APART && across[1] > 0.5 * length3(across);
    })
    .toSorted((a, b) => a.left.cost + a.right.cost - b.left.cost - b.right.cost)[0];
}

/** What it costs when an arm cannot go up with what it holds */
const LOW = 10;
