/** Putting things on a table so that they do not overlap. */
import { IDENTITY_ROTATION, matrixFromAxisAngle } from '../../robot/rotation.ts';
import { composePoses, type Pose } from '../../robot/se3.ts';
import { add3, scale3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import { partOf } from '../goals.ts';
import type { MovingPart, ObjectModel } from '../objects/model.ts';
import type { Thing } from '../scene.ts';

/** A rectangle on the table, world frame, metres. */
export interface Region {
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** Where one arm can work: all of it from every robot with one arm. */
export const WORK_AREA: Region = { x: [-0.15, 0.15], y: [-0.25, 0.25] };

/** Something to be put somewhere. */
export interface Placement {
  readonly id: string;
  readonly model: ObjectModel;
  /** Where its foot's middle may be, perhaps depending on what was put before it; the work area by default */
  readonly region?: Region | ((before: readonly Thing[]) => Region);
  /** Turn about z, radians: any by default */
  readonly yaw?: readonly [number, number];
  readonly joints?: Thing['joints'];
  /** Metres around it that are free, where that is more than between all others */
  readonly gap?: number;
}

/** Draws of all placements together before giving up, and of one of them */
const ATTEMPTS = { all: 200, one: 40 };

/**
 * Things at random places and turns, no two nearer than `gap` (metres, between their outlines: rectangles around what they are, turned
 * with them), or than a placement's own gap. Things are put in order, all of them again unless `accept` agrees. Throws when there is no
 * room.
 */
export function arrange(
  random: RandomStream,
  placements: readonly Placement[],
  gap = 0.03,
  accept: (things: readonly Thing[]) => boolean = () => true,
): Thing[] {
  for (let attempt = 0; attempt < ATTEMPTS.all; attempt++) {
    const things: Thing[] = [];
    const fits = placements.every((placement) => {
      for (let one = 0; one < ATTEMPTS.one; one++) {
        const thing = drawn(random, placement, things);
        const apart = (other: number): number => Math.max(gap, placement.gap ?? 0, placements[other]?.gap ?? 0);
        if (things.some((other, i) => overlap(thing, other, apart(i)))) continue;
        things.push(thing);
        return true;
      }
      return false;
    });
    if (fits && accept(things)) return things;
  }
  throw new Error(`there is no room for ${placements.map(({ id }) => id).join(', ')} with ${gap} m between them`);
}

/** One thing where its placement allows. Objects start a hair above the table, and settle. */
function drawn(random: RandomStream, placement: Placement, before: readonly Thing[]): Thing {
  const { id, model, yaw = [-Math.PI, Math.PI], joints } = placement;
  const region = typeof placement.region === 'function' ? placement.region(before) : (placement.region ?? WORK_AREA);
  const between = ([low, high]: readonly [number, number]): number => low + (high - low) * random.uniform();
  const [x, y, turn] = [between(region.x), between(region.y), between(yaw)];
  const pose = { position: [x, y, model.fixed ? 0 : 0.001] as const, rotation: matrixFromAxisAngle([0, 0, turn]) };
  return { id, model, pose, ...(joints && { joints }) };
}

/** From where the middle of something may be in a hollow to its wall, metres */
const WALL = 0.02;

/** Where a moving part is in its model with its joint at a value (that nearest to 0 by default). */
function partPose({ pose, joint: { type, axis, range } }: MovingPart, value = Math.min(Math.max(0, range[0]), range[1])): Pose {
  const moved = scale3(axis, value);
  return composePoses(
    pose,
    type === 'slide' ? { position: moved, rotation: IDENTITY_ROTATION } : { position: [0, 0, 0], rotation: matrixFromAxisAngle(moved) },
  );
}

/** Corners of a thing's outline, wider by `margin`. */
function outline({ model: { bounds }, pose }: Thing, margin: number): [number, number][] {
  const [low, high] = bounds;
  const [c, s] = [pose.rotation[0], pose.rotation[3]];
  const corners = [
    [low[0] - margin, low[1] - margin],
    [high[0] + margin, low[1] - margin],
    [high[0] + margin, high[1] + margin],
    [low[0] - margin, high[1] + margin],
  ] as [number, number][];
  return corners.map(([x, y]) => [pose.position[0] + c * x - s * y, pose.position[1] + s * x + c * y]);
}

/** Whether two outlines come nearer than `gap`: rectangles are apart when a line along one of their sides separates them. */
export function overlap(a: Thing, b: Thing, gap: number): boolean {
  const [p, q] = [outline(a, gap / 2), outline(b, gap / 2)];
  for (const { rotation } of [a.pose, b.pose]) {
    const [c, s] = [rotation[0], rotation[3]];
    for (const [dx, dy] of [
      [c, s],
      [-s, c],
    ] as const) {
      const along = (corners: [number, number][]): number[] => corners.map(([x, y]) => x * dx + y * dy);
      const [first, second] = [along(p), along(q)];
      if (Math.max(...first) <= Math.min(...second) || Math.max(...second) <= Math.min(...first)) return false;
    }
  }
  return true;
}

/** Where on another thing something stands. */
export interface UponOptions {
  /** Of a moving part, where it is in the beginning */
  readonly part?: string;
  /** Which of its places; the first by default */
  readonly place?: number;
  /** How far from the place's middle at most, as a share of its extent; 0.2 by default */
  readonly spread?: number;
}

/** A thing at random near the middle of a place of another one, turned anyhow. Throws when there is no such place. */
export function upon(
  random: RandomStream,
  { id, model }: Pick<Thing, 'id' | 'model'>,
  base: Thing,
  { part, place: index = 0, spread = 0.2 }: UponOptions = {},
): Thing {
  const moving = part === undefined ? undefined : partOf(base.model, part);
  const place = (moving ?? base.model).places?.[index];
  if (!place) throw new Error(`${base.id}${part === undefined ? '' : `'s ${part}`} has no place ${index} to put something`);
  const offset = (axis: 0 | 1): number => (2 * random.uniform() - 1) * spread * place.extent[axis];
  const [low, high] = model.bounds;
  const isWider = [0, 1].some((axis) => ((high[axis] as number) - (low[axis] as number)) / 2 > (place.extent[axis] as number) + WALL);
  const local: Pose = {
    // What does not go in stands on the rim.
    position: add3(place.position, [offset(0), offset(1), (isWider ? place.depth : 0) + 0.002]),
    rotation: matrixFromAxisAngle([0, 0, (2 * random.uniform() - 1) * Math.PI]),
  };
  return {
    id,
    model,
    pose: composePoses(moving ? composePoses(base.pose, partPose(moving, base.joints?.[moving.name])) : base.pose, local),
  };
}

/** A place at a distance and in a direction (radians, 0 along x) from another. */
export const polar = (x: number, y: number, distance: number, angle: number): readonly [number, number] => [
  x + distance * cos(angle),
  y + distance * sin(angle),
];
