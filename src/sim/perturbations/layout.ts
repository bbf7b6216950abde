/** Things that are not quite where they were, and things that were not there: none in the way of what is to be done. */
import { matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import { objectModel, UNSEEN_OBJECTS } from '../objects/catalogue.ts';
import type { ObjectModel } from '../objects/model.ts';
import { answersTo } from '../objects/names.ts';
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
const ADDED: Region = { x: [-0.12, 0.26], y: [-0.36, 0.36] };
const LARGEST: Vec3 = [0.1, 0.1, 0.12];
/** Metres around what is added in which nothing else is; in front of what has drawers or doors, where arms work */
const ROOM = { around: 0.05, front: 0.3 } as const;

/**
 * Moves and turns what stands freely on the table, and adds as many objects of the catalogue's unseen ones as the strength says, where
 * there is room for them. What is left of what, in front of it and nearest to it stays so, since instructions may say it.
 */
export function perturbLayout(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const moved = plan.scene.things.reduce((things, _, i) => withMoved(things, i, strength, random), plan.scene.things);
  const things = [...moved, ...added(plan, moved, strength, random)];
  return { ...plan, setup: { ...plan.setup, things }, scene: { ...plan.scene, things } };
}

/** Things with one of them elsewhere, if it may be moved and there is a place for it. */
function withMoved(things: readonly Thing[], index: number, strength: number, random: RandomStream): readonly Thing[] {
  const thing = things[index] as Thing;
  const others = things.filter((other) => other !== thing);
  if (!standsFreely(thing, others)) return things;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [angle, by, turn] = [
      2 * Math.PI * random.uniform(),
      shareOf(strength, random),
      (2 * random.uniform() - 1) * shareOf(strength, random),
    ];
    const {
      position: [x, y, z],
      rotation,
    } = thing.pose;
    const position: Vec3 = [x + MOST.move * by * cos(angle), y + MOST.move * by * sin(angle), z];
    const pose = { position, rotation: multiplyRotations(matrixFromAxisAngle([0, 0, MOST.turn * turn]), rotation) };
    const next = { ...thing, pose };
    const free = others.every((other) => !overlap(next, other, GAP));
    if (free && staysInReach(thing, next) && others.every((other) => sameOrder(thing, next, other)) && sameNearest(thing, next, others)) {
      return things.map((other) => (other === thing ? next : other));
    }
  }
  return things;
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

/** Whether one thing is still left, right, in front of or behind another as it was. */
function sameOrder(before: Thing, after: Thing, other: Thing): boolean {
  return [0, 1].every((axis) => {
    const [was, is] = [before, after].map(({ pose }) => (pose.position[axis] as number) - (other.pose.position[axis] as number)) as [
      number,
      number,
    ];
    return Math.abs(was) < ORDERED || was * is > 0;
  });
}

/** Whether what was nearest to it still is, and it to others. */
function sameNearest(before: Thing, after: Thing, others: readonly Thing[]): boolean {
  const nearest = (thing: Thing, among: readonly Thing[]): string | undefined =>
    among.toSorted((a, b) => distance(a, thing) - distance(b, thing))[0]?.id;
  return (
    nearest(before, others) === nearest(after, others) &&
    others.every((other) => {
      const rest = others.filter((one) => one !== other);
      return nearest(other, [...rest, before]) === nearest(other, [...rest, after]);
    })
  );
}

function distance(a: Thing, b: Thing): number {
  const [x, y] = [a.pose.position[0] - b.pose.position[0], a.pose.position[1] - b.pose.position[1]];
  return Math.sqrt(x * x + y * y);
}

/** More objects: small ones, not of a kind that is there or spoken of, away from everything. */
function added(plan: EpisodePlan, things: readonly Thing[], count: number, random: RandomStream): Thing[] {
  const found: Thing[] = [];
  const clear = things.map((thing) => withRoom(thing, plan));
  for (let attempt = 0; attempt < ATTEMPTS && found.length < count; attempt++) {
    const name = UNSEEN_OBJECTS[random.integer(UNSEEN_OBJECTS.length)] as string;
    const model = objectModel(name);
    const known = [...things, ...found].some(
      ({ model: other }) => other.noun === model.noun || answersTo(model, other) || answersTo(other, model),
    );
    if (!isSmall(model) || known || plan.instruction.includes(model.noun)) continue;
    const thing = placeFor(name, model, [...clear, ...found], random);
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

/** A thing that is as large as what must be left free for it: where arms work, and where something is to be put beside it. */
function withRoom(thing: Thing, { setup }: EpisodePlan): Thing {
  const [low, high] = thing.model.bounds;
  const beside = Math.max(0, ...setup.goals.map((goal) => (goal.kind === 'beside' && goal.target === thing.id ? goal.within : 0)));
  const front = thing.model.parts ? ROOM.front : 0;
  const bounds = [
    [low[0] - beside - front, low[1] - beside, low[2]],
    [high[0] + beside, high[1] + beside, high[2]],
  ] as const;
  return { ...thing, model: { ...thing.model, bounds } };
}
