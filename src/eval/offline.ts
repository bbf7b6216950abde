/**
 * Open loop, on recorded data: a policy is shown moments of episodes, and its chunks are compared with what was done then. Beside it are two
 * baselines that see nothing: to stay where one is, and to go on as before.
 */
import { ACTION_DIMS, ARMS, POSE_DIMS, STATE_DIMS } from '../robot/canonical.ts';
import { rotationAngle } from '../robot/rotation.ts';
import { expTwist, IDENTITY_POSE, logPose, type Pose, readPose, relativePose, writePose } from '../robot/se3.ts';
import { length3, scale3, subtract3 } from '../robot/vectors.ts';

/** What is compared with the recording: the policy, staying where one is, and repeating the last velocity. */
export const METHODS = ['policy', 'still', 'velocity'] as const;
/** One of the three. */
export type Method = (typeof METHODS)[number];

/** What a chunk can be wrong about: metres, radians (of the rotation between the two), gripper (0 closed … 1 open). */
export const ERROR_KINDS = ['translation', 'rotation', 'gripper'] as const;
/** One of the three. */
export type ErrorKind = (typeof ERROR_KINDS)[number];

/** How far a chunk is off, f64[K, 2] each: by step, and arm in the order of ARMS; NaN for what was not recorded. */
export type ChunkErrors = Readonly<Record<ErrorKind, Float64Array>>;

/** A chunk as it was recorded; shapes and meanings are in `robot/canonical.ts`. */
export interface RecordedChunk {
  /** f32[K, 2, ACTION_DIMS] */
  readonly actions: Float32Array;
  /** bool[K, 2, ACTION_DIMS] */
  readonly actionMask: Uint8Array;
}

/** State of the arms, and which of it is there: f32 and bool[2, STATE_DIMS]. */
export interface ArmStates {
  readonly state: Float32Array;
  readonly stateMask: Uint8Array;
}

/**
 * How far predicted actions f32[K, 2, ACTION_DIMS] are from those recorded, both relative to the same poses. Throws, with step and arm, for
 * predictions that are no pose or not finite where something was recorded.
 */
export function chunkErrors(predicted: Float32Array, { actions, actionMask }: RecordedChunk): ChunkErrors {
  if (predicted.length !== actions.length) throw new Error(`a chunk of ${predicted.length} numbers: ${actions.length} were recorded`);
  const places = actions.length / ACTION_DIMS;
  const [translation, rotation, gripper] = [0, 1, 2].map(() => new Float64Array(places).fill(Number.NaN)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let place = 0; place < places; place++) {
    const from = place * ACTION_DIMS;
    if (actionMask[from] !== 1) continue;
    const [is, was] = [poseOf(predicted, place), readPose(actions, from)];
    translation[place] = length3(subtract3(is.position, was.position));
    rotation[place] = rotationAngle(is.rotation, was.rotation);
    gripper[place] = Math.abs((predicted[from + POSE_DIMS] as number) - (actions[from + POSE_DIMS] as number));
  }
  return { translation, rotation, gripper };
}

/** How much more wrong one chunk is than another about the same moment: below 0 where `a` is nearer. */
export const errorsBeyond = (a: ChunkErrors, b: ChunkErrors): ChunkErrors => {
  const minus = (kind: ErrorKind): Float64Array => a[kind].map((value, i) => value - (b[kind][i] as number));
  return { translation: minus('translation'), rotation: minus('rotation'), gripper: minus('gripper') };
};

/** Staying where one is, as a chunk f32[K, 2, ACTION_DIMS]: grippers stay as they are measured. */
export const stillChunk = (now: ArmStates, steps: number): Float32Array => chunkOf(now, steps, () => () => IDENTITY_POSE);

/**
 * Going on as before, as a chunk f32[K, 2, ACTION_DIMS]: the twist that led from the measured poses one step `before` to those of now, in
 * the tool's frame, is kept up. Grippers stay as they are measured.
 */
export const velocityChunk = (before: ArmStates, now: ArmStates, steps: number): Float32Array =>
  chunkOf(now, steps, (slot) => {
    const [last, current] = [before, now].map(({ state }) => readPose(state, slot * STATE_DIMS)) as [Pose, Pose];
    const { linear, angular } = logPose(relativePose(last, current));
    return (step) => expTwist({ linear: scale3(linear, step), angular: scale3(angular, step) });
  });

/** A chunk with the pose that `motion` says for each arm and step from 1 on. Arms that there are not have zeros. */
function chunkOf({ state, stateMask }: ArmStates, steps: number, motion: (slot: number) => (step: number) => Pose): Float32Array {
  const actions = new Float32Array(steps * ARMS.length * ACTION_DIMS);
  for (const slot of ARMS.keys()) {
    if (stateMask[slot * STATE_DIMS] !== 1) continue;
    const poseAt = motion(slot);
    for (let step = 1; step <= steps; step++) {
      const at = ((step - 1) * ARMS.length + slot) * ACTION_DIMS;
      writePose(poseAt(step), actions, at);
      actions[at + POSE_DIMS] = state[slot * STATE_DIMS + POSE_DIMS] as number;
    }
  }
  return actions;
}

function poseOf(actions: Float32Array, place: number): Pose {
  const from = place * ACTION_DIMS;
  const where = `action ${Math.floor(place / ARMS.length)} of the ${ARMS[place % ARMS.length]} arm`;
  if (!Number.isFinite(actions[from + POSE_DIMS])) throw new Error(`${where} has ${actions[from + POSE_DIMS]} for the gripper`);
  try {
    return readPose(actions, from);
  } catch (error) {
    throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
  }
}
