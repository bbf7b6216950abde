/** The things of a scene at one moment, and where they are. */

import { rotateVector } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { add3, type Vec3 } from '../../robot/vectors.ts';
import { middleOf } from '../goals.ts';
import type { Link, MovingPart, ObjectModel } from '../objects/model.ts';
import type { World } from '../world.ts';

/** A moving part now. */
export interface PartNow {
  readonly part: MovingPart;
  /** World frame */
  readonly pose: Pose;
  /** Of its joint's range: 0 at the lower end … 1 at the upper one */
  readonly share: number;
}

/** A thing now. */
export interface ThingNow {
  readonly id: string;
  readonly model: ObjectModel;
  /** World frame */
  readonly pose: Pose;
  /** Of its bounds, world frame, metres */
  readonly middle: Vec3;
  readonly parts: readonly PartNow[];
}

/** Where all things of a world are. */
export function thingsNow(world: World): ThingNow[] {
  return world.scene.things.map(({ id, model }) => ({
    id,
    model,
    pose: world.poseOf(id),
    middle: middleOf(world, id),
    parts: (model.parts ?? []).map((part) => {
      const [low, high] = part.joint.range;
      return { part, pose: world.poseOf(id, part.name), share: (world.jointOf(id, part.name) - low) / (high - low) };
    }),
  }));
}

/** The eight corners of bounds that are somewhere in the world. */
export const cornersAt = (bounds: ObjectModel['bounds'], { position, rotation }: Pose): Vec3[] =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const local = [0, 1, 2].map((axis) => (bounds[(corner >> axis) & 1] as Vec3)[axis]) as unknown as Vec3;
    return add3(rotateVector(rotation, local), position);
  });

const bounds = new WeakMap<Link, ObjectModel['bounds']>();

/** Lowest and highest corner of what is seen of a link, in its frame, metres. */
export function linkBounds(link: Link): ObjectModel['bounds'] {
  let found = bounds.get(link);
  if (!found) {
    const low = [0, 0, 0].fill(Number.POSITIVE_INFINITY);
    const high = [0, 0, 0].fill(Number.NEGATIVE_INFINITY);
    for (const { mesh } of link.visuals) {
      for (const [i, value] of mesh.positions.entries()) {
        const axis = i % 3;
        if (value < (low[axis] as number)) low[axis] = value;
        if (value > (high[axis] as number)) high[axis] = value;
      }
    }
    found = [low as unknown as Vec3, high as unknown as Vec3];
    bounds.set(link, found);
  }
  return found;
}
