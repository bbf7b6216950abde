/** Things that are not quite where they were, and things that were not there: none in the way of what is to be done. */
import { matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import { IDENTITY_POSE } from '../../robot/se3.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import { objectModel, UNSEEN_OBJECTS } from '../objects/catalogue.ts';
import type { ObjectModel } from '../objects/model.ts';
import type { Thing } from '../scene.ts';
import { arrange, overlap, type Region, WORK_AREA } from '../tasks/layout.ts';
import { shareOf } from './strength.ts';

/** How far things are moved (metres) and turned (radians) at most */
const MOST = { move: 0.05, turn: 0.6 } as const;
/** Draws of one thing's new place, and of one more object */
const ATTEMPTS = 40;
/** Metres between things that were moved */
const GAP = 0.012;
/** Metres by which things are apart along an axis for that to mean something */
const ORDERED = 0.02;

/** Where objects are added, and how large they are at most: width, depth, height in metres */
const ADDED: Region = { x: [-0.12, 0.28], y: [-0.38, 0.38] };
const LARGEST: Vec3 = [0.1, 0.1, 0.12];
/** Metres around what is added in which nothing else is, in front of what has drawers or doors, beside where something is pushed */
const ROOM = { around: 0.05, front: 0.3, way: 0.08 } as const;

/**
 * Moves and turns what stands freely on the table, and adds as many objects of the catalogue's unseen ones as the strength says, where
 * there is room for them. What is left of what, in front of it and nearest to it stays so, since instructions may say it.
 */
export function perturbLayout(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const before = plan.scene.things;
  const ways = waysOf(plan);
  const moved = before.reduce((things, _, i) => withMoved(things, i, { before, ways, strength, random }), before);
  const things = [...moved, ...added(plan, [...moved.map(withRoom), ...ways], strength, random)];
  return { ...plan, setup: { ...plan.setup, things }, scene: { ...plan.scene, things } };
}

/** Things with one of them elsewhere, if it may be moved and there is a place for it. */
function withMoved(
  things: readonly Thing[],
  index: number,
  { before, ways, strength, random }: { before: readonly Thing[]; ways: readonly Thing[]; strength: number; random: RandomStream },
): readonly Thing[] {
  const thing = things[index] as Thing;
  const others = things.filter((other) => other !== thing);
  if (!standsFreely(thing, others)) return things;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Less and less, where there is no room.
    const next = moved(thing, strength * (1 - attempt / ATTEMPTS), random);
    const isFree =
      others.every((other) => !overlap(next, other, GAP)) && ways.every((way) => overlap(thing, way, 0) || !overlap(next, way, 0));
    const after = things.with(index, next);
    if (isFree && staysInReach(thing, next) && sameOrder(before, after, index) && sameNeighbours(before, after)) return after;
  }
  return things;
}

function moved(thing: Thing, strength: number, random: RandomStream): Thing {
  const [angle, distance] = [2 * Math.PI * random.uniform(), MOST.move * shareOf(strength, random)];
  const turn = MOST.turn * (2 * random.uniform() - 1) * shareOf(strength, random);
  const [x, y, z] = thing.pose.position;
  const position: Vec3 = [x + distance * cos(angle), y + distance * sin(angle), z];
  return { ...thing, pose: { position, rotation: multiplyRotations(matrixFromAxisAngle([0, 0, turn]), thing.pose.rotation) } };
}

/** Whether it stands on the table, can be moved, and is alone where it is: neither on nor under, in nor around anything. */
function standsFreely(thing: Thing, others: readonly Thing[]): boolean {
  const { model, pose } = thing;
  return !model.fixed && Math.abs(pose.position[2]) < 0.01 && pose.rotation[8] > 0.99 && others.every((other) => !overlap(thing, other, 0));
}

/** Arms reach what they reached: the work area is not left. */
function staysInReach(before: Thing, after: Thing): boolean {
  return (['x', 'y'] as const).every((axis, i) => {
    const [low, high] = WORK_AREA[axis];
    const [was, is] = [before.pose.position[i] as number, after.pose.position[i] as number];
    return is >= Math.min(low, was) && is <= Math.max(high, was);
  });
}

/** Whether one thing is still left of, right of, in front of or behind all others as it was. */
function sameOrder(before: readonly Thing[], after: readonly Thing[], index: number): boolean {
  return before.every((_, other) =>
    [0, 1].every((axis) => {
      const between = (things: readonly Thing[]): number =>
        (things[index]?.pose.position[axis] as number) - (things[other]?.pose.position[axis] as number);
      return Math.abs(between(before)) < ORDERED || between(before) * between(after) > 0;
    }),
  );
}

/** Whether what is nearest to each thing still is. */
function sameNeighbours(before: readonly Thing[], after: readonly Thing[]): boolean {
  const nearest = (things: readonly Thing[], index: number): number => {
    const away = things.map((thing, i) => (i === index ? Number.POSITIVE_INFINITY : distance(thing, things[index] as Thing)));
    return away.indexOf(Math.min(...away));
  };
  return before.every((_, i) => nearest(before, i) === nearest(after, i));
}

function distance(a: Thing, b: Thing): number {
  const [x, y] = [a.pose.position[0] - b.pose.position[0], a.pose.position[1] - b.pose.position[1]];
  return Math.sqrt(x * x + y * y);
}

/** More objects: small ones, not of a kind that is there, away from everything. */
function added({ scene }: EpisodePlan, there: readonly Thing[], count: number, random: RandomStream): Thing[] {
  const found: Thing[] = [];
  for (let attempt = 0; attempt < ATTEMPTS && found.length < count; attempt++) {
    const name = UNSEEN_OBJECTS[random.integer(UNSEEN_OBJECTS.length)] as string;
    const model = objectModel(name);
    const known = [...scene.things, ...found].some(({ model: { noun } }) => noun === model.noun);
    if (known || !isSmall(model)) continue;
    const thing = placeFor(name, model, [...there, ...found], random);
    if (thing) found.push(thing);
  }
  return found;
}

const isSmall = ({ bounds: [low, high] }: ObjectModel): boolean =>
  LARGEST.every((most, axis) => (high[axis] as number) - (low[axis] as number) <= most);

/** The object somewhere, if there is a place. */
function placeFor(id: string, model: ObjectModel, others: readonly Thing[], random: RandomStream): Thing | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [thing] = arrange(random, [{ id, model, region: ADDED }]) as [Thing];
    if (others.every((other) => !overlap(thing, other, ROOM.around))) return thing;
  }
  return undefined;
}

/** A thing that is as large as what must be left free for it: where arms work that open it. Fronts are towards −x. */
function withRoom(thing: Thing): Thing {
  const [low, high] = thing.model.bounds;
  return thing.model.parts ? boxed(thing, [low[0] - ROOM.front, low[1], low[2]], high) : thing;
}

const boxed = (thing: Thing, low: Vec3, high: Vec3): Thing => ({ ...thing, model: { ...thing.model, bounds: [low, high] } });

/** Where things are to be put or pushed along the table: around them and what they are to be beside. */
function waysOf({ setup: { goals, things } }: EpisodePlan): Thing[] {
  return goals.flatMap((goal) => {
    if (goal.kind !== 'beside') return [];
    const ends = things.filter(({ id }) => id === goal.object || id === goal.target);
    const thing = ends[0] as Thing;
    const reach = (axis: 0 | 1): number[] => ends.map(({ pose }) => pose.position[axis]);
    const aside = ROOM.way + goal.within / 2;
    const low: Vec3 = [Math.min(...reach(0)) - aside, Math.min(...reach(1)) - aside, 0];
    const high: Vec3 = [Math.max(...reach(0)) + aside, Math.max(...reach(1)) + aside, 0];
    return [boxed({ ...thing, pose: IDENTITY_POSE }, low, high)];
  });
}
