/**
 * Aims: for each moment of an episode, where in each picture the place is at which the tool next closes or opens. What is meant by the
 * words, and what by then is next to be done with it, is a place in the picture (as in RoboPoint, Yuan et al. 2024).
 */
import type { PerArm } from '../robot/actions.ts';
import { ARMS, type Arm } from '../robot/canonical.ts';
import type { Vec3 } from '../robot/vectors.ts';
import { project } from './render/camera.ts';
import type { Camera } from './render/types.ts';

/** What aims are made of, of one moment. */
export interface AimedMoment {
  /** In the world, metres; and what the gripper is told, 0 closed … 1 open */
  readonly tools: PerArm<{ readonly place: Vec3; readonly gripper: number }>;
  readonly cameras: readonly Camera[];
}

/** A place in a picture as parts of its width and height from the left and the top; outside of 0 … 1 it is not to be seen. */
export type Aim = readonly [x: number, y: number];

/** Where an aim is that is beside the camera or behind it, and the farthest that one is outside. */
const [BEHIND, FARTHEST] = [[-1, -1] as const, 2];

/**
 * The aims of all moments of an episode by arm and camera. The aim is where the tool is when its gripper is next told to close or to open,
 * and at the end of the episode where that does not happen any more.
 */
export function aimsOf(moments: readonly AimedMoment[]): PerArm<readonly Aim[]>[] {
  const next: { [arm in Arm]?: Vec3 } = {};
  const aims: PerArm<readonly Aim[]>[] = [];
  for (let i = moments.length - 1; i >= 0; i--) {
    const { tools, cameras } = moments[i] as AimedMoment;
    const own: { [arm in Arm]?: Aim[] } = {};
    for (const arm of ARMS) {
      const tool = tools[arm];
      if (!tool) continue;
      const later = moments[i + 1]?.tools[arm];
      if (!later) next[arm] = tool.place;
      else if (isClosed(later) !== isClosed(tool)) next[arm] = later.place;
      own[arm] = cameras.map((camera) => aimIn(camera, next[arm] as Vec3));
    }
    aims.unshift(own);
  }
  return aims;
}

/** What is told to close is told to do so all the way; what is opened only as far as a thing asks for, a quarter say. */
const isClosed = ({ gripper }: { readonly gripper: number }): boolean => gripper < 0.15;

function aimIn(camera: Camera, place: Vec3): Aim {
  const { x, y, depth } = project(camera, 1, 1, place);
  if (!(depth > 0.01)) return BEHIND;
  const within = (value: number): number => Math.min(Math.max(value, -1), FARTHEST);
  return [within(x), within(y)];
}
