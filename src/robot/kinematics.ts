/**
 * Where the tool is for given joints, how it moves with them, and back. A chain is plain data: it can be stored as JSON and posted to
 * a worker. It comes from a robot's model file (`mujoco.ts`), but nothing here needs a physics engine.
 *
 * Every joint has a frame with its origin on the joint's axis. From one frame to the next lead a fixed transform and then the
 * joint: T = F₁·J₁(q₁) · F₂·J₂(q₂) · … · tool.
 */
import { cos, sin } from '../tensor/portable-math.ts';
import type { Mat3 } from './rotation.ts';
import type { Pose } from './se3.ts';
import { cross3, subtract3, type Vec3 } from './vectors.ts';

/** A joint that one number moves. */
export interface ChainJoint {
  readonly name: string;
  /** A hinge turns about its axis by q radians, a slide moves along it by q metres. */
  readonly type: 'hinge' | 'slide';
  /** From the frame of the joint before, or the base, to this one's at q = 0 */
  readonly fixed: Pose;
  /** Unit vector in the joint's frame */
  readonly axis: Vec3;
  /** Least and greatest q; null where there is no limit */
  readonly limits: readonly [number, number] | null;
}

/** The joints from the base to the tool, in this order, and the tool. */
export interface KinematicChain {
  readonly joints: readonly ChainJoint[];
  /** The tool's frame in the frame of the last joint */
  readonly tool: Pose;
}

/** The frame of the tool in the base frame for `joints`, one number for each. Throws when there are more or fewer. */
export function forwardKinematics(chain: KinematicChain, joints: ArrayLike<number>): Pose {
  return walk(chain, joints);
}

/**
 * How the tool moves with the joints: f64[6, n], rows vx, vy, vz (metres of the tool's origin), wx, wy, wz (radians), per radian or
 * metre of each joint, all in the base frame (Siciliano et al. 2009, "Robotics", section 3.1). Throws when there are more or fewer
 * joints than numbers.
 */
export function jacobian(chain: KinematicChain, joints: ArrayLike<number>): Float64Array {
  const n = chain.joints.length;
  const axes = new Float64Array(n * 6);
  const { position: tool } = walk(chain, joints, axes);
  const columns = new Float64Array(6 * n);
  for (let i = 0; i < n; i++) {
    const number = (k: number): number => axes[6 * i + k] as number;
    const axis: Vec3 = [number(3), number(4), number(5)];
    const slides = chain.joints[i]?.type === 'slide';
    const linear = slides ? axis : cross3(axis, subtract3(tool, [number(0), number(1), number(2)]));
    for (let row = 0; row < 3; row++) {
      columns[row * n + i] = linear[row] as number;
      columns[(row + 3) * n + i] = slides ? 0 : (axis[row] as number);
    }
  }
  return columns;
}

/** A pose that is moved on in place: p at 0, R row by row at 3. */
type Frame = Float64Array;

/** By a fixed transform: f = f·T. */
function follow(f: Frame, { position, rotation }: Pose): void {
  shift(f, position[0], position[1], position[2]);
  for (let row = 3; row < 12; row += 3) {
    const [x, y, z] = [f[row] as number, f[row + 1] as number, f[row + 2] as number];
    f[row] = x * rotation[0] + y * rotation[3] + z * rotation[6];
    f[row + 1] = x * rotation[1] + y * rotation[4] + z * rotation[7];
    f[row + 2] = x * rotation[2] + y * rotation[5] + z * rotation[8];
  }
}

/** Along its own axes. */
function shift(f: Frame, x: number, y: number, z: number): void {
  for (let i = 0; i < 3; i++) {
    f[i] = (f[i] as number) + (f[3 + 3 * i] as number) * x + (f[4 + 3 * i] as number) * y + (f[5 + 3 * i] as number) * z;
  }
}

/** About an axis of its own (Rodrigues, for row vectors: r·R = r cos + (r × a) sin + (r · a)(1 − cos) a). */
function turn(f: Frame, [ax, ay, az]: Vec3, angle: number): void {
  const [c, s] = [cos(angle), sin(angle)];
  for (let row = 3; row < 12; row += 3) {
    const [x, y, z] = [f[row] as number, f[row + 1] as number, f[row + 2] as number];
    const along = (x * ax + y * ay + z * az) * (1 - c);
    f[row] = x * c + (y * az - z * ay) * s + along * ax;
    f[row + 1] = y * c + (z * ax - x * az) * s + along * ay;
    f[row + 2] = z * c + (x * ay - y * ax) * s + along * az;
  }
}

/** The tool's pose; and in `axes`, f64[n, 6], if it is there, a point on each joint's axis and its direction in the base frame. */
function walk({ joints: chain, tool }: KinematicChain, joints: ArrayLike<number>, axes?: Float64Array): Pose {
  if (joints.length !== chain.length) {
    const names = chain.map(({ name }) => name).join(', ');
    throw new Error(`the arm has ${chain.length} joints (${names}), but got ${joints.length} numbers`);
  }
  const f = Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
  for (let i = 0; i < chain.length; i++) {
    const { type, fixed, axis } = chain[i] as ChainJoint;
    const q = joints[i] as number;
    follow(f, fixed);
    if (axes) note(f, axis, axes, 6 * i);
    if (type === 'slide') shift(f, axis[0] * q, axis[1] * q, axis[2] * q);
    else turn(f, axis, q);
  }
  follow(f, tool);
  return { position: [f[0] as number, f[1] as number, f[2] as number], rotation: rotationOf(f) };
}

/** Writes the origin of a frame and the direction of an axis of its own. */
function note(f: Frame, [x, y, z]: Vec3, target: Float64Array, offset: number): void {
  for (let i = 0; i < 3; i++) {
    target[offset + i] = f[i] as number;
    target[offset + 3 + i] = (f[3 + 3 * i] as number) * x + (f[4 + 3 * i] as number) * y + (f[5 + 3 * i] as number) * z;
  }
}

const rotationOf = ([, , , a, b, c, d, e, f, g, h, i]: Frame): Mat3 => [a, b, c, d, e, f, g, h, i] as Mat3;
