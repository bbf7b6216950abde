/** Passing something from one hand to the other, in the air. */
import type { Arm } from '../../robot/canonical.ts';
import { type Mat3, matrixFromAxisAngle, multiplyRotations, rotateVector, rotationAngle } from '../../robot/rotation.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import { holders, thingOf } from '../goals.ts';
import { toWorld, type World } from '../world.ts';
import { APPROACH, chooseGrasps, openingFor, reaches, toolIn, variantsOf } from './grasp.ts';
import { moveTo, retreated, travelTo, wait } from './move.ts';
import { APPROACHING, CLOSING_STEPS, letGo, pick } from './pick.ts';
import { putDown } from './place.ts';
import { type Hands, inTurn, type Skill, together } from './skill.ts';

/** Between the two tools, metres: hands do not touch */
const APART = 0.09;
/** Where the middle between the two tools may be, world frame, best first */
const MEETING_PLACES: readonly Vec3[] = [0.16, 0.2, 0.13].flatMap((z) => [0, -0.05, 0.05].map((x): Vec3 => [x, 0, z]));

/** How a thing is handed over. World frame. */
interface Exchange {
  /** Where the giver holds it up */
  readonly given: Pose;
  /** Where the receiver's tool takes it */
  readonly taken: Pose;
  /** The same in the frame of the thing */
  readonly takenIn: Pose;
  /** How far the receiver's gripper opens for it */
  readonly opening: number;
}

/**
 * The giver takes the thing, unless it holds it, and holds it up between the arms, with an end free; the receiver takes it there; the
 * giver lets go. Whatever holds nothing at the end backs off. Fails when there is no such way, or the thing is lost.
 */
export function* handOver(hands: Hands, giver: Arm, receiver: Arm, thing: string): Skill {
  const { world } = hands;
  const holds = (arm: Arm): boolean => holders(world, thing).includes(arm);
  if (!holds(giver)) {
    const way = chooseGrasps(world, giver, thing).find(({ inThing }) => exchangeOf(world, giver, receiver, thing, inThing));
    if (!way) return 'failed';
    if ((yield* pick(hands, giver, thing, { way })) === 'failed') return yield* backOff(hands, giver);
  }
  const held = toolIn(world, toWorld(world.robot, (world.state()[giver] as { pose: Pose }).pose), thing);
  const exchange = exchangeOf(world, giver, receiver, thing, held);
  if (!exchange) {
    yield* putDown(hands, giver, thing);
    return 'failed';
  }
  const { given, taken, takenIn, opening } = exchange;
  const carry = { gripper: 0, while: () => holds(giver) };
  const met = yield* together(
    inTurn(
      () => travelTo(hands, giver, () => given, { ...carry, carried: thing, below: 0.05 }),
      () => moveTo(hands, giver, () => given, carry),
    ),
    travelTo(hands, receiver, () => retreated(taken, APPROACH), { gripper: opening, carried: thing }),
  );
  if (met === 'failed') return yield* backOff(hands, holds(giver) ? receiver : giver);
  const at = (): Pose => composePoses(world.poseOf(thing), takenIn);
  const there = yield* moveTo(hands, receiver, at, { gripper: opening, pace: APPROACHING, while: () => holds(giver) });
  if (there === 'done') yield* wait(hands, receiver, 0, CLOSING_STEPS);
  if (!holds(receiver)) return yield* backOff(hands, receiver);
  yield* letGo(hands, giver, 0.1);
  return holds(receiver) ? 'done' : yield* backOff(hands, receiver);
}

function* backOff(hands: Hands, arm: Arm): Skill {
  yield* letGo(hands, arm);
  return 'failed';
}

/** How to pass a thing on that the giver holds so (its tool in the frame of the thing). undefined when there is no way. */
function exchangeOf(world: World, giver: Arm, receiver: Arm, thing: string, held: Pose): Exchange | undefined {
  const { rotation } = world.poseOf(thing);
  const turnOf = (arm: Arm, pose: Pose): number => rotationAngle(toWorld(world.robot, world.homeTool(arm)).rotation, pose.rotation);
  const candidates: (Exchange & { readonly cost: number })[] = [];
  for (const grasp of thingOf(world, thing).model.grasps) {
    for (const takenIn of variantsOf(grasp)) {
      const way = subtract3(takenIn.position, held.position);
      if (length3(way) < APART) continue;
      const turned = facing(rotation, way, receiver);
      const middle = rotateVector(turned, scale3(add3(takenIn.position, held.position), 0.5));
      for (const [rank, place] of MEETING_PLACES.entries()) {
        const pose: Pose = { position: subtract3(place, middle), rotation: turned };
        const [given, taken] = [composePoses(pose, held), composePoses(pose, takenIn)];
        const cost = turnOf(giver, given) + turnOf(receiver, taken) + 0.1 * rank - 10 * length3(way);
        if (taken.rotation[8] < 0.3) candidates.push({ given, taken, takenIn, opening: openingFor(grasp), cost });
      }
    }
  }
  return candidates
    .toSorted((a, b) => a.cost - b.cost)
    .find(({ given, taken }) => reaches(world, giver, given) && reaches(world, receiver, taken));
}

/** A thing's rotation, turned about the vertical so that a direction in its frame points to the side of an arm. */
function facing(rotation: Mat3, direction: Vec3, side: Arm): Mat3 {
  const [x, y] = rotateVector(rotation, direction);
  const angle = (side === 'left' ? Math.PI / 2 : -Math.PI / 2) - atan2(y, x);
  return multiplyRotations(matrixFromAxisAngle([0, 0, angle]), rotation);
}
