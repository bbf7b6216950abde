/** One moment of a world: all that questions are asked about, and pictures of it. Plain data; the world may move on. */
import type { Arm, View } from '../../robot/canonical.ts';
import type { Pose } from '../../robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { type Goal, holders, holds, radiusOf } from '../goals.ts';
import type { Place } from '../objects/model.ts';
import type { Camera } from '../render/types.ts';
import { armsOf } from '../robots.ts';
import type { Views } from '../views.ts';
import { toWorld, type World } from '../world.ts';
import { type Sight, takeSight } from './sight.ts';
import { type ThingNow, thingsNow } from './things.ts';

/** A gripper now. */
export interface GripperNow {
  readonly arm: Arm;
  /** World frame */
  readonly tool: Pose;
  /** 0 closed … 1 open */
  readonly opening: number;
  /** The id of what it holds */
  readonly holds: string | undefined;
  /** Whether its fingers are closed around anything: what it holds, or the handle of what is fixed */
  readonly grips: boolean;
  /** Whether its fingers are to be seen */
  readonly seen: boolean;
}

/** What something stands or lies on, or in: a thing, one of its parts, or the table. */
export type Support =
  | { readonly on: 'table' }
  | { readonly on: 'thing'; readonly target: string; readonly part?: string; readonly place: Place };

/** What the robot is asked to do, and what of it has been done. */
export interface TaskNow {
  readonly instruction: string;
  readonly goals: readonly Goal[];
  /** Which of the goals hold */
  readonly done: readonly boolean[];
  /** Whether all that is to be moved is held, or at rest where something bears it: what is let go and falls, or rides in a drawer, is neither */
  readonly settled: boolean;
  /** Whether following the goals one by one is all there is to do */
  readonly plain: boolean;
}

/** See above. */
export interface Moment {
  /** Control steps since the beginning */
  readonly step: number;
  readonly things: readonly ThingNow[];
  readonly grippers: readonly GripperNow[];
  /** By ids; nothing for what is held, moves, or stands in its own right */
  readonly supports: ReadonlyMap<string, Support>;
  readonly task?: TaskNow;
  /** What is seen by the camera that text is about */
  readonly sight: Sight;
  /** What all cameras see of which pictures were taken, that one first */
  readonly sights: readonly Sight[];
}

/** What to take of a moment. */
export interface MomentOptions {
  /** Pixels along the sides of pictures */
  readonly size: number;
  /** The camera that text is about */
  readonly from: View | Camera;
  /** Other views */
  readonly also?: readonly View[];
  readonly task?: Omit<TaskNow, 'done' | 'settled'>;
}

/** All of a world as it is now. */
export function momentOf(world: World, views: Views, { size, from, also = [], task }: MomentOptions): Moment {
  const things = thingsNow(world);
  views.update();
  const sight = takeSight(views, from, things, size);
  const grippers = grippersNow(world, things, sight);
  const held = new Set(grippers.map(({ holds: id }) => id));
  const supports = supportsOf(world, things, held);
  const loose = new Set(things.filter(({ model }) => !model.fixed).map(({ id }) => id));
  const isSettled = ({ object }: Goal): boolean => !loose.has(object) || held.has(object) || supports.has(object);
  return {
    step: world.steps,
    things,
    grippers,
    supports,
    ...(task && {
      task: { ...task, done: task.goals.map((goal) => holds(goal, world)), settled: task.goals.every(isSettled) },
    }),
    sight,
    sights: [sight, ...also.map((view) => takeSight(views, view, things, size))],
  };
}

/** Pixels of fingers that are enough to see them */
const FINGERS_SEEN = 20;

function grippersNow(world: World, things: readonly ThingNow[], { robot }: Sight): GripperNow[] {
  const state = world.state();
  return armsOf(world.robot).map((arm) => {
    const { pose, gripper } = state[arm] as NonNullable<(typeof state)[Arm]>;
    const tool = toWorld(world.robot, pose);
    const near = things.filter((thing) => apart(thing.middle, tool.position) < radiusOf(thing.model) + 0.05);
    const gripped = near.filter(({ id }) => holders(world, id).includes(arm));
    const held = gripped.find(({ model }) => !model.fixed);
    const pixels = world.fingersOf(arm).reduce((sum, body) => sum + (robot.get(body) ?? 0), 0);
    return { arm, tool, opening: gripper, holds: held?.id, grips: gripped.length > 0, seen: pixels >= FINGERS_SEEN };
  });
}

const apart = (a: Vec3, b: Vec3): number => length3(subtract3(a, b));

/** Above the table, metres, below which the foot of something may be that stands on it */
const ON_TABLE = 0.008;
/** Metres per second below which something is at rest */
const AT_REST = 0.03;

function supportsOf(world: World, things: readonly ThingNow[], held: ReadonlySet<string | undefined>): Map<string, Support> {
  const supports = new Map<string, Support>();
  for (const thing of things) {
    const { id, model, pose } = thing;
    if (model.fixed || held.has(id) || world.speedOf(id).linear > AT_REST) continue;
    const found = things
      .flatMap((target) => (target.id === id ? [] : placesAround(thing, target)))
      .find(({ target, part, index }) =>
        holds({ kind: 'placed', object: id, target: target.id, place: index, ...(part !== undefined && { part }) }, world),
      );
    if (found) {
      const { target, part, place } = found;
      supports.set(id, { on: 'thing', target: target.id, place, ...(part !== undefined && { part }) });
    } else if (pose.position[2] < ON_TABLE && pose.rotation[8] > 0.95) supports.set(id, { on: 'table' });
  }
  return supports;
}

/** The places of a thing and of its parts which another one is near enough to be in. */
function placesAround(thing: ThingNow, target: ThingNow): { target: ThingNow; part?: string; place: Place; index: number }[] {
  const [x, y] = subtract3(thing.middle, target.middle);
  const reach = radiusOf(target.model) + 0.2 * target.parts.length;
  if (x * x + y * y > reach * reach) return [];
  return [
    ...(target.model.places ?? []).map((place, index) => ({ target, place, index })),
    ...target.parts.flatMap(({ part }) => (part.places ?? []).map((place, index) => ({ target, part: part.name, place, index }))),
  ];
}
