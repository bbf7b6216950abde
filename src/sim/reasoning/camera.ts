/** Cameras that look at a table from anywhere: what reasons about pictures must not depend on one camera. */
import { cross3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import { createPicture } from '../render/picture.ts';
import type { Camera } from '../render/types.ts';
import type { Views } from '../views.ts';

const degrees = (angle: number): number => (angle * Math.PI) / 180;

/**
 * A camera that looks at the middle of the table. `around` is from all sides but the robot's own; `shoulder` is from behind the robot's
 * left or right shoulder, so that left and right are the same for both.
 */
export function drawCamera(random: RandomStream, from: 'around' | 'shoulder'): Camera {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const side = random.integer(2) === 0 ? 1 : -1;
  // Against the x axis, which points away from the robot
  const azimuth = degrees(side * (from === 'around' ? between(0, 140) : between(115, 145)));
  const elevation = degrees(between(32, 68));
  const distance = between(0.6, 0.85);
  const target: Vec3 = [between(-0.02, 0.08), between(-0.05, 0.05), 0];
  const away: Vec3 = [cos(azimuth) * cos(elevation), sin(azimuth) * cos(elevation), sin(elevation)];
  const position: Vec3 = [target[0] + distance * away[0], target[1] + distance * away[1], target[2] + distance * away[2]];
  return lookAt(position, target, degrees(42 + random.integer(17)));
}

/** Pixels along the sides of a picture that is taken on trial, cameras that are tried, and the share of it that the robot may fill */
const [TRIAL, TRIES, MOST_ROBOT] = [48, 5, 0.35];

/** A camera like `drawCamera`'s, which the robot does not stand before as it is now, if there is one. `views.update()` must have been called. */
export function drawFreeCamera(views: Views, random: RandomStream, from: 'around' | 'shoulder'): Camera {
  const picture = createPicture(TRIAL, TRIAL);
  let camera = drawCamera(random, from);
  for (let attempt = 1; attempt < TRIES; attempt++) {
    views.takeFrom(camera, picture);
    const robot = picture.segmentation.reduce((sum, id) => sum + (views.segments.get(id)?.kind === 'robot' ? 1 : 0), 0);
    if (robot <= MOST_ROBOT * TRIAL * TRIAL) break;
    camera = drawCamera(random, from);
  }
  return camera;
}

/** A camera at `from` that looks at `to`: upright in the picture is upwards in the world. Metres, radians. */
export function lookAt(from: Vec3, to: Vec3, fovy: number): Camera {
  const unit = (v: Vec3): Vec3 => scale3(v, 1 / length3(v));
  const z = unit(subtract3(from, to));
  const x = unit(cross3([0, 0, 1], z));
  const y = cross3(z, x);
  return { position: from, rotation: [x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]], fovy };
}
