/** What is to be achieved: goals as data, and whether they hold in a world. */
import { unknownName } from '../robot/names.ts';
import { rotateVector } from '../robot/rotation.ts';
import { composePoses, invertPose, type Pose } from '../robot/se3.ts';
import { add3, length3, subtract3, type Vec3 } from '../robot/vectors.ts';
import { isPartOf } from './mjcf.ts';
import type { MovingPart, ObjectModel, Place } from './objects/model.ts';
import { type Thing, thingNamed } from './scene.ts';
import { toWorld, type World } from './world.ts';

/** Something that should be so. `object`, `target` and `part` are names of the scene. */
export type Goal =
  /** The object rests on or in a place of the target, let go. `place` tells which, where there are several. */
  | { readonly kind: 'placed'; readonly object: string; readonly target: string; readonly part?: string; readonly place?: number }
  /** A moving part is near the upper or the lower end of its range: a drawer is open or closed, a knob on or off. */
  | { readonly kind: 'joint'; readonly object: string; readonly part: string; readonly to: 'upper' | 'lower' }
  /** The object is held in the air by a gripper (by two of them: level), its foot at least so far above the table, metres. */
  | { readonly kind: 'lifted'; readonly object: string; readonly height: number; readonly arms?: 1 | 2 }
  /** The object stands on the table beside another, let go: in this direction as seen by the robot, middles at most so far apart, metres. */
  | {
      readonly kind: 'beside';
      readonly object: string;
      readonly target: string;
      readonly side: 'left' | 'right' | 'front' | 'behind';
      readonly within: number;
    };

/** m/s below which a thing is at rest */
const AT_REST = 0.05;
/** A gripper nearer than this to a thing's middle, and not open, may still hold it: metres beyond the thing's size */
const LET_GO = 0.04;
/** The height of the axis of what stands, of length 1, at least */
const STANDING = 0.9;
/** The height of the upward axis of what is level, of length 1: to within 15° */
const LEVEL = 0.966;
/** Of its range: how near to its end a moving part must be */
const NEAR_END = 0.15;

/** Whether a goal holds now. Throws for names that the scene does not have. */
export function holds(goal: Goal, world: World): boolean {
  switch (goal.kind) {
    case 'placed': {
      if (held(world, goal.object) || world.speedOf(goal.object).linear > AT_REST) return false;
      const place = placeOf(world, goal.target, goal.part, goal.place);
      return isIn(world, goal.object, place) && rests(world, goal.object, goal.target, goal.part);
    }
    case 'joint': {
      const { range } = partOf(thingOf(world, goal.object).model, goal.part).joint;
      const share = (world.jointOf(goal.object, goal.part) - range[0]) / (range[1] - range[0]);
      return goal.to === 'upper' ? share >= 1 - NEAR_END : share <= NEAR_END;
    }
    case 'lifted': {
      const { arms = 1 } = goal;
      const { position, rotation } = world.poseOf(goal.object);
      return position[2] >= goal.height && (arms === 1 || rotation[8] >= LEVEL) && holders(world, goal.object).length >= arms;
    }
    case 'beside': {
      if (held(world, goal.object) || world.speedOf(goal.object).linear > AT_REST) return false;
      const [x, y, z] = subtract3(middleOf(world, goal.object), middleOf(world, goal.target));
      const along = { left: y, right: -y, front: -x, behind: x }[goal.side];
      const across = Math.abs(goal.side === 'left' || goal.side === 'right' ? x : y);
      return along > 0 && across <= along && Math.sqrt(x * x + y * y) <= goal.within && Math.abs(z) < 0.15;
    }
  }
}

/** A thing by its id. Throws when the scene has none of that id. */
export const thingOf = (world: World, id: string): Thing => thingNamed(world.scene, id);

/** A moving part of a model by its name. */
export function partOf(model: ObjectModel, name: string): MovingPart {
  const part = model.parts?.find((other) => other.name === name);
  if (!part)
    throw unknownName(
      `part of the ${model.name}`,
      name,
      (model.parts ?? []).map((other) => other.name),
    );
  return part;
}

/** A place with the frame that it is in, world frame. */
export interface WorldPlace extends Place {
  readonly frame: Pose;
}

/** A place of a thing or of one of its parts. Throws when it has none. */
export function placeOf(world: World, target: string, part?: string, index = 0): WorldPlace {
  const { model } = thingOf(world, target);
  const place = (part === undefined ? model.places : partOf(model, part).places)?.[index];
  if (!place) throw new Error(`${target}${part === undefined ? '' : `'s ${part}`} has no place ${index} to put something`);
  return { ...place, frame: world.poseOf(target, part) };
}

/** The middle of a thing's bounds, world frame, metres. */
export function middleOf(world: World, id: string): Vec3 {
  const [low, high] = thingOf(world, id).model.bounds;
  const { position, rotation } = world.poseOf(id);
  return add3(position, rotateVector(rotation, [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2]));
}

/** Half the diagonal of a thing's bounds, metres. */
export function radiusOf({ bounds: [low, high] }: ObjectModel): number {
  return length3(subtract3(high, low)) / 2;
}

/** Whether an object's middle is over a place, and its height that of something that lies there. */
function isIn(world: World, object: string, place: WorldPlace): boolean {
  const inPlace = (position: Vec3): Vec3 =>
    subtract3(composePoses(invertPose(place.frame), { position, rotation: place.frame.rotation }).position, place.position);
  const [, , z] = inPlace(middleOf(world, object));
  const { position: foot, rotation } = world.poseOf(object);
  // What stands is where its foot is: pans have handles.
  const [x, y] = inPlace(rotation[8] > STANDING ? foot : middleOf(world, object));
  if (Math.abs(x) > place.extent[0] || Math.abs(y) > place.extent[1]) return false;
  const [low, high] = thingOf(world, object).model.bounds;
  const least = Math.min(high[0] - low[0], high[1] - low[1], high[2] - low[2]) / 2;
  const most = Math.max(radiusOf(thingOf(world, object).model), place.kind === 'in' ? place.depth : 0);
  return z >= least - 0.012 && z <= most + 0.012;
}

/** Whether an object touches another thing (a certain part of it), or things that do, and so on: what lies in a basket on other things. */
function rests(world: World, object: string, target: string, part?: string): boolean {
  const wanted = part === undefined ? target : `${target}/${part}`;
  const things = new Set([wanted, ...world.scene.things.map(({ id }) => id)]);
  const pairs = world.contacts().map(({ bodies }) => bodies);
  const reached = new Set([object]);
  // What is added while a set is gone through comes later in it.
  for (const body of reached) {
    for (const [a, b] of pairs) {
      if (a === body && things.has(b)) reached.add(b);
      if (b === body && things.has(a)) reached.add(a);
    }
  }
  return reached.has(wanted);
}

/** The arms whose grippers are closed around a thing: near it, and not open. */
export function holders(world: World, id: string): ('left' | 'right')[] {
  const middle = middleOf(world, id);
  const reach = radiusOf(thingOf(world, id).model) + LET_GO;
  const state = world.state();
  const touched = new Set(world.contacts().flatMap(({ bodies: [a, b] }) => (isPartOf(a, id) ? [b] : isPartOf(b, id) ? [a] : [])));
  return (['left', 'right'] as const).filter((arm) => {
    const measured = state[arm];
    if (!measured) return false;
    const fingers = world.fingersOf(arm);
    return length3(subtract3(toWorld(world.robot, measured.pose).position, middle)) <= reach && fingers.every((body) => touched.has(body));
  });
}

/** Whether any gripper holds a thing. */
export const held = (world: World, id: string): boolean => holders(world, id).length > 0;
