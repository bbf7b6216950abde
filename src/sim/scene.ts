/** A scene: all that is decided before a world is made of it. Plain data. */
import type { PerArm } from '../robot/actions.ts';
import type { View } from '../robot/canonical.ts';
import { unknownName } from '../robot/names.ts';
import type { Pose } from '../robot/se3.ts';
import type { Material } from './material.ts';
import type { ObjectModel } from './objects/model.ts';
import type { Light } from './render/types.ts';

/** A thing that stands in a scene. */
export interface Thing {
  /** Unique in its scene: `bowl`, `bowl 2`. Letters, digits, spaces and dashes */
  readonly id: string;
  readonly model: ObjectModel;
  /** Its frame in the world */
  readonly pose: Pose;
  /** Where its moving parts are, by their names; 0 unless given (or the end of their range nearest to it) */
  readonly joints?: Readonly<Record<string, number>>;
}

/** What a room looks like. */
export interface Room {
  readonly name: string;
  readonly table: Material;
  readonly floor: Material;
  readonly wall: Material;
  readonly light: Light;
}

/** How a camera differs from the robot's model. */
export interface CameraChange {
  /** Metres, added to the position, in the camera's own frame */
  readonly move?: readonly [number, number, number];
  /** Radians, a rotation vector in the camera's own frame */
  readonly turn?: readonly [number, number, number];
  /** Factor of the vertical field of view */
  readonly zoom?: number;
}

/** What a sensor adds to pictures. */
export interface SensorNoise {
  /** Standard deviation of the noise of each pixel, of 255 */
  readonly grain: number;
  /** Standard deviation of the blur, pixels */
  readonly blur: number;
  /** Factor of the exposure */
  readonly exposure: number;
  /** Of the draws; those of a picture are told apart by view and control step */
  readonly seed: number;
}

/** A scene. */
export interface Scene {
  readonly things: readonly Thing[];
  readonly room: Room;
  /** Joints that the robot starts from; its home unless given */
  readonly start?: PerArm<readonly number[]>;
  readonly cameras?: { readonly [view in View]?: CameraChange };
  readonly noise?: SensorNoise;
}

/** A thing of a scene by its id. Throws, with those that are most like it, when there is none. */
export function thingNamed({ things }: Scene, id: string): Thing {
  const thing = things.find((other) => other.id === id);
  const ids = things.map((other) => other.id);
  if (!thing) throw unknownName('thing in this scene', id, ids);
  return thing;
}
