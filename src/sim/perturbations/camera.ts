/** Cameras that are not where they were: moved around the table, farther away or nearer, tilted, with another lens. */
import { VIEWS } from '../../robot/canonical.ts';
import { axisAngleFromMatrix, matrixFromAxisAngle, multiplyRotations } from '../../robot/rotation.ts';
import { cross3, dot3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { atan2 } from '../../tensor/portable-math.ts';
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import type { SimRobot } from '../robots.ts';
import type { CameraChange } from '../scene.ts';
import { viewsOf } from '../views.ts';
import { direction, factor, shareOf, sign } from './strength.ts';

/** How far cameras go at most: metres that they move, radians that they then turn, factor of the field of view. */
interface Range {
  readonly move: number;
  readonly turn: number;
  readonly zoom: number;
  /** What stays where it was in the picture before the turn, in the camera's frame, metres */
  readonly aim: Vec3;
}

/** The middle of the work area is there as seen by the head cameras of all robots, within some 10 cm. */
const HEAD: Range = { move: 0.25, turn: 0.08, zoom: 1.12, aim: [0, 0, -0.9] };
/** A wrist's looks at what is between the fingers. */
const WRIST: Range = { move: 0.02, turn: 0.06, zoom: 1.1, aim: [0, 0, -0.12] };

/** Moves, turns and zooms all cameras of the robot, and changes nothing else. */
export function perturbCamera(plan: EpisodePlan, strength: number, random: RandomStream, robot: SimRobot): EpisodePlan {
  const there = viewsOf(robot).map(({ view }) => view);
  const changes = VIEWS.filter((view) => there.includes(view)).map((view) => {
    return [view, changed(view === 'head' ? HEAD : WRIST, strength, random)] as const;
  });
  return { ...plan, scene: { ...plan.scene, cameras: { ...plan.scene.cameras, ...Object.fromEntries(changes) } } };
}

function changed({ move, turn, zoom, aim }: Range, strength: number, random: RandomStream): CameraChange {
  const moved = scale3(direction(random), move * shareOf(strength, random));
  const tilt = scale3(direction(random), turn * shareOf(strength, random));
  const turned = multiplyRotations(matrixFromAxisAngle(turnTo(aim, subtract3(aim, moved))), matrixFromAxisAngle(tilt));
  return { move: moved, turn: axisAngleFromMatrix(turned), zoom: factor(zoom, shareOf(strength, random), sign(random)) };
}

/** The shortest turn that takes one direction to another, as a rotation vector. */
function turnTo(from: Vec3, to: Vec3): Vec3 {
  const axis = cross3(from, to);
  const sine = length3(axis);
  return sine < 1e-12 ? [0, 0, 0] : scale3(axis, atan2(sine, dot3(from, to)) / sine);
}
