/**
 * Joints for a pose of the tool, by damped least squares (Nakamura and Hanafusa 1986; Wampler 1986) with the damping of Levenberg and
 * Marquardt: less after a step that helped, more after one that did not. Limits hold at every step: a joint that is pushed against
 * one is held, and the step is computed again from the others.
 */
import { type RandomStream, randomStream } from '../tensor/random.ts';
import { type ChainJoint, forwardKinematics, jacobian, type KinematicChain } from './kinematics.ts';
import { axisAngleFromMatrix, invertRotation, multiplyRotations } from './rotation.ts';
import type { Pose } from './se3.ts';
import { subtract3 } from './vectors.ts';

/** Where to begin and when to stop. */
export interface InverseKinematicsOptions {
  /** Joints to begin from; usually where the arm is. The middle of the limits by default. Clamped to the limits. */
  readonly start?: ArrayLike<number>;
  /** Joints to stay near to as far as the pose leaves a choice, as with 7 joints. By default nothing but `start` decides. */
  readonly posture?: ArrayLike<number>;
  /** Metres that the position may be off; 1e-8 by default */
  readonly positionTolerance?: number;
  /** Radians that the rotation may be off; 1e-8 by default */
  readonly rotationTolerance?: number;
  /** Steps from each beginning; 50 by default */
  readonly iterations?: number;
  /** Other beginnings, random within the limits, to try when the first leads nowhere; 20 by default */
  readonly restarts?: number;
  /** Where those come from; the same ones in every call by default */
  readonly random?: RandomStream;
}

/** What was found: the joints that came nearest, whether that is near enough or not. */
export interface InverseKinematicsResult {
  /** Radians or metres, within the limits */
  readonly joints: readonly number[];
  /** Both errors are within their tolerances. */
  readonly converged: boolean;
  /** Metres */
  readonly positionError: number;
  /** Radians */
  readonly rotationError: number;
  /** Steps in all */
  readonly iterations: number;
  /** Beginnings but the first that were tried: more than 0 means that the joints may be far from `start`. */
  readonly restarts: number;
}

/**
 * Joints for which the tool is at `target` (base frame). A pose out of reach is no error: the result then has `converged: false`
 * and the best that was found. Throws only when `start` or `posture` have not one finite number per joint, and for a target that is
 * not finite.
 */
export function inverseKinematics(chain: KinematicChain, target: Pose, options: InverseKinematicsOptions = {}): InverseKinematicsResult {
  const { positionTolerance = 1e-8, rotationTolerance = 1e-8, iterations = 50, restarts = 20 } = options;
  if (![...target.position, ...target.rotation].every(Number.isFinite)) throw new Error('inverseKinematics: the target is not finite');
  const posture = options.posture && checked(chain, options.posture, 'posture');
  const start = options.start ? checked(chain, options.start, 'start') : chain.joints.map(middle);
  const near = (missing: Missing): boolean => distance(missing) <= positionTolerance && angle(missing) <= rotationTolerance;
  const attempt = (from: readonly number[]): Attempt => descend(chain, target, from, { posture, iterations, near });

  let best = attempt(start);
  let steps = best.steps;
  let restarted = 0;
  let { random } = options;
  for (; !near(best.missing) && restarted < restarts; restarted++) {
    random ??= randomStream(0, 'inverse kinematics');
    const draw = random.uniform;
    const other = attempt(chain.joints.map((joint) => anywhere(joint, draw())));
    steps += other.steps;
    if (norm(other.missing) < norm(best.missing)) best = other;
  }
  return {
    joints: best.joints,
    converged: near(best.missing),
    positionError: distance(best.missing),
    rotationError: angle(best.missing),
    iterations: steps,
    restarts: restarted,
  };
}

/**
 * From the tool to its target in the base frame: 3 metres and a rotation vector, 3 radians. Metres and radians count alike, since
 * arms are about as long as the way that their end goes in a radian.
 */
type Missing = readonly number[];

function sumOfSquares(numbers: readonly number[], from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (numbers[i] as number) * (numbers[i] as number);
  return sum;
}

const distance = (missing: Missing): number => Math.sqrt(sumOfSquares(missing, 0, 3));
const angle = (missing: Missing): number => Math.sqrt(sumOfSquares(missing, 3, 6));
const norm = (missing: Missing): number => Math.sqrt(sumOfSquares(missing, 0, 6));

function missingAt(chain: KinematicChain, joints: readonly number[], target: Pose): Missing {
  const tool = forwardKinematics(chain, joints);
  const turn = multiplyRotations(target.rotation, invertRotation(tool.rotation));
  return [...subtract3(target.position, tool.position), ...axisAngleFromMatrix(turn)];
}

/** Where the way from one beginning ended. */
interface Attempt {
  readonly joints: readonly number[];
  readonly missing: Missing;
  readonly steps: number;
}

interface DescentOptions {
  readonly posture: readonly number[] | undefined;
  readonly iterations: number;
  readonly near: (missing: Missing) => boolean;
}

/** How much of the way to the posture a step goes. */
const POSTURE_GAIN = 0.2;
/** In the beginning; where it no longer matters; and where steps have become so short that none will help. */
const DAMPING = { first: 1e-3, least: 1e-10, most: 1e6 };

/** Steps that bring the tool nearer, until it is near, or no step does, or there were too many. */
function descend(chain: KinematicChain, target: Pose, from: readonly number[], { posture, iterations, near }: DescentOptions): Attempt {
  let joints: readonly number[] = chain.joints.map((joint, i) => clamp(joint, from[i] as number));
  let missing = missingAt(chain, joints, target);
  let damping = DAMPING.first;
  let steps = 0;
  while (steps < iterations && damping < DAMPING.most && !near(missing)) {
    steps++;
    const matrix = jacobian(chain, joints);
    const wish = joints.map((q, i) => (posture ? POSTURE_GAIN * ((posture[i] as number) - q) : 0));
    const next = limitedStep(chain, joints, matrix, missing, damping, wish);
    const after = missingAt(chain, next, target);
    if (norm(after) < norm(missing)) {
      [joints, missing] = [next, after];
      damping = Math.max(damping / 10, DAMPING.least);
    } else {
      // The wish, too, moves the tool, in second order. If that is what did not help: from here on without it.
      posture = undefined;
      damping *= 8;
    }
  }
  return { joints, missing, steps };
}

/** The joints after a step, within their limits. */
function limitedStep(
  { joints: chain }: KinematicChain,
  joints: readonly number[],
  matrix: Float64Array,
  missing: Missing,
  damping: number,
  wish: readonly number[],
): readonly number[] {
  const free = chain.map(() => true);
  for (;;) {
    const step = dampedStep(matrix, missing, damping, wish, free);
    const pushed = chain.findIndex((joint, i) => {
      const [q, by] = [joints[i] as number, step[i] as number];
      return free[i] && by !== 0 && clamp(joint, q + by) === q;
    });
    if (pushed < 0) return chain.map((joint, i) => clamp(joint, (joints[i] as number) + (step[i] as number)));
    free[pushed] = false;
  }
}

/**
 * Of the joints that are free: w + Jᵀ(JJᵀ + λ)⁻¹(e − Jw). This brings the tool towards e, and the joints as far along the wish w as the
 * tool does not notice. 0 for the others.
 */
function dampedStep(
  matrix: Float64Array,
  missing: Missing,
  damping: number,
  wish: readonly number[],
  free: readonly boolean[],
): readonly number[] {
  const n = free.length;
  const gram = new Float64Array(36);
  const rest = new Float64Array(6);
  for (let row = 0; row < 6; row++) {
    let wished = 0;
    for (let i = 0; i < n; i++) if (free[i]) wished += (matrix[row * n + i] as number) * (wish[i] as number);
    rest[row] = (missing[row] as number) - wished;
    for (let other = 0; other <= row; other++) {
      let sum = row === other ? damping : 0;
      for (let i = 0; i < n; i++) if (free[i]) sum += (matrix[row * n + i] as number) * (matrix[other * n + i] as number);
      gram[row * 6 + other] = sum;
      gram[other * 6 + row] = sum;
    }
  }
  const y = solve(gram, rest);
  return free.map((isFree, i) => {
    if (!isFree) return 0;
    let sum = wish[i] as number;
    for (let row = 0; row < 6; row++) sum += (matrix[row * n + i] as number) * (y[row] as number);
    return sum;
  });
}

/** x of A·x = b for a symmetric positive definite A, f64[n, n]: Gauss without pivots, which such matrices do not need. Overwrites both. */
function solve(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = (a[i * n + k] as number) / (a[k * n + k] as number);
      for (let j = k; j < n; j++) a[i * n + j] = (a[i * n + j] as number) - factor * (a[k * n + j] as number);
      b[i] = (b[i] as number) - factor * (b[k] as number);
    }
  }
  for (let k = n - 1; k >= 0; k--) {
    let sum = b[k] as number;
    for (let j = k + 1; j < n; j++) sum -= (a[k * n + j] as number) * (b[j] as number);
    b[k] = sum / (a[k * n + k] as number);
  }
  return b;
}

const clamp = ({ limits }: ChainJoint, q: number): number => (limits ? Math.min(Math.max(q, limits[0]), limits[1]) : q);
const middle = ({ limits }: ChainJoint): number => (limits ? (limits[0] + limits[1]) / 2 : 0);

/** Within the limits; a hinge without limits anywhere on its turn, a slide without limits within a metre of 0. */
function anywhere({ limits, type }: ChainJoint, uniform: number): number {
  const reach = type === 'hinge' ? Math.PI : 1;
  const [low, high] = limits ?? [-reach, reach];
  return low + uniform * (high - low);
}

/** As an array. Throws unless there is one finite number per joint. */
function checked(chain: KinematicChain, joints: ArrayLike<number>, what: string): number[] {
  const numbers = Array.from(joints);
  if (numbers.length !== chain.joints.length || !numbers.every(Number.isFinite)) {
    throw new Error(`inverseKinematics: ${what} must be ${chain.joints.length} finite numbers, got [${numbers.join(', ')}]`);
  }
  return numbers;
}
