/** A recording as the motion of a robot: rows of a dataset, read through a binding, become poses of tools. */
import type { Arm, View } from '../robot/canonical.ts';
import { type Embodiment, gripperOpening } from '../robot/embodiment.ts';
import { forwardKinematics, type KinematicChain } from '../robot/kinematics.ts';
import { matrixFromQuaternion } from '../robot/rotation.ts';
import { decodeRotation } from '../robot/rotation-conventions.ts';
import { composePoses, invertPose, type Pose } from '../robot/se3.ts';
import type { Vec3 } from '../robot/vectors.ts';
import { armsOf, type Binding, type Columns, type GripperBinding, type Offset, type PlaceBinding, positionsOf } from './binding.ts';
import type { EpisodeSource, Feature, Rows } from './source.ts';

/** What an arm did, row by row. */
export interface ArmTrack {
  /** `either` for the arm of a robot that has one */
  readonly slot: Arm | 'either';
  /** Measured poses of the canonical tool frame in the robot's base frame */
  readonly poses: readonly Pose[];
  /** f64[rows]: measured gripper, 0 closed … 1 open */
  readonly gripper: Float64Array;
  /** f64[rows, joints], radians or metres; no values where the dataset has no joints */
  readonly joints: Float64Array;
  readonly jointCount: number;
  /** Where the tool and the gripper are, or are told to be: what chunks are made of */
  readonly targetPoses: readonly Pose[];
  readonly targetGripper: Float64Array;
  /** Seconds from a row's target to when it holds: 0 for what is measured; one row for commands, which are followed by the next state */
  readonly lead: { readonly poses: number; readonly gripper: number };
  /** By camera slot, f64[rows, 2]: where the gripper next closes or opens, in the square that the picture is in the middle of (`letterbox`) */
  readonly aims: Readonly<Partial<Record<View | 'wrist', Float64Array>>>;
  /** How grippers are resampled */
  readonly between: { readonly gripper: 'nearest' | 'linear'; readonly targetGripper: 'nearest' | 'linear' };
}

/** A dataset together with what its numbers mean. */
export interface BoundSource {
  readonly source: EpisodeSource;
  readonly binding: Binding;
  readonly embodiment: Embodiment;
  /** The arms' motion in some rows. Throws with episode, frame and arm where numbers are no pose. */
  tracks(rows: Rows, where: string): ArmTrack[];
}

/** Some episodes of a dataset, a training split say. A whole dataset is a part of itself. */
export interface DatasetPart extends BoundSource {
  /** Positions of the episodes; all unless given */
  readonly episodes?: readonly number[];
}

/** Positions of the episodes of a part. */
export const episodesOf = ({ source, episodes }: DatasetPart): readonly number[] => episodes ?? [...source.episodes.keys()];

/** Reads one thing of every row. */
type Reader<T> = (rows: Rows, row: number) => T;

/**
 * Binds a dataset to a robot. Throws when features, columns or cameras are missing, and when the robot has other arms or another number
 * of joints than the binding says.
 */
export function bindSource(source: EpisodeSource, binding: Binding, embodiment: Embodiment): BoundSource {
  const arms = armsOf(binding).map(([slot, { state, gripper, command, aims = {} }]) => {
    const arm = embodiment.arms.find((candidate) => candidate.slot === slot);
    if (!arm) {
      const has = embodiment.arms.map((candidate) => candidate.slot).join(', ');
      throw new Error(`the binding of ${source.name} has an arm "${slot}", but the embodiment "${embodiment.name}" has ${has}`);
    }
    const named = { chain: arm.chain, what: `${source.name}: the ${slot} arm of "${embodiment.name}"` };
    const poseOf = placeReader(state, source.features, named);
    const jointsOf = state.joints ? jointsReader(state.joints, source.features, named) : undefined;
    const gripperOf = gripperReader(gripper, source.features);
    const targetPoseOf = command?.place && placeReader(command.place, source.features, named);
    const targetGripperOf = command?.gripper && gripperReader(command.gripper, source.features);
    const aimsOf = Object.entries(aims).map(([camera, columns]) => {
      const picture = source.features[binding.cameras[camera as View | 'wrist'] as string];
      return [camera, aimReader(columns, picture, source.features)] as const;
    });
    return {
      slot,
      poseOf,
      jointsOf,
      gripperOf,
      targetPoseOf,
      targetGripperOf,
      aimsOf,
      jointCount: jointsOf ? arm.chain.joints.length : 0,
      gripper,
      command,
    };
  });
  const cameras = Object.values(binding.cameras).filter((camera) => !source.cameras.includes(camera as string));
  if (cameras.length > 0) {
    const has = source.cameras.join(', ') || 'none';
    throw new Error(`the binding of ${source.name} names the cameras ${cameras.join(', ')}, but the dataset has ${has}`);
  }

  const tracks = (rows: Rows, where: string): ArmTrack[] =>
    arms.map(({ slot, poseOf, jointsOf, gripperOf, targetPoseOf, targetGripperOf, aimsOf, jointCount, gripper, command }) => {
      const at = <T>(read: Reader<T>, row: number): T => {
        try {
          return read(rows, row);
        } catch (error) {
          throw new Error(`${where}, frame ${rows.from + row}, ${slot} arm: ${(error as Error).message}`, { cause: error });
        }
      };
      const each = <T>(read: Reader<T>): T[] => Array.from({ length: rows.length }, (_, row) => at(read, row));
      const joints = new Float64Array(rows.length * jointCount);
      if (jointsOf) for (let row = 0; row < rows.length; row++) joints.set(at(jointsOf, row), row * jointCount);
      const poses = each(poseOf);
      const measured = Float64Array.from(each(gripperOf));
      return {
        slot,
        poses,
        gripper: measured,
        joints,
        jointCount,
        targetPoses: targetPoseOf ? each(targetPoseOf) : poses,
        targetGripper: targetGripperOf ? Float64Array.from(each(targetGripperOf)) : measured,
        aims: Object.fromEntries(aimsOf.map(([camera, read]) => [camera, Float64Array.from(each(read).flat())])),
        lead: { poses: targetPoseOf ? 1 / source.fps : 0, gripper: targetGripperOf ? 1 / source.fps : 0 },
        between: { gripper: gripper.between, targetGripper: command?.gripper?.between ?? gripper.between },
      };
    });
  return { source, binding, embodiment, tracks };
}

type Features = Readonly<Record<string, Feature>>;
type Named = { readonly chain: KinematicChain; readonly what: string };

function columnsReader(columns: Columns, features: Features): Reader<number[]> {
  const positions = positionsOf(columns, features);
  const width = (features[columns.feature] as Feature).shape.reduce((a, b) => a * b, 1);
  return (rows, row) => {
    const column = rows.columns[columns.feature];
    if (!column) throw new Error(`feature "${columns.feature}" was not read`);
    return positions.map((position) => {
      const value = column.data[row * width + position] as number;
      if (!Number.isFinite(value)) throw new Error(`column ${position} of "${columns.feature}" is ${value}`);
      return value;
    });
  };
}

function jointsReader(columns: Columns, features: Features, { chain, what }: Named): Reader<number[]> {
  if (columns.columns.length !== chain.joints.length) {
    const wanted = chain.joints.map(({ name }) => name).join(', ');
    throw new Error(`${what} has ${chain.joints.length} joints (${wanted}), but the binding gives ${columns.columns.length} columns`);
  }
  return columnsReader(columns, features);
}

function placeReader(place: PlaceBinding, features: Features, named: Named): Reader<Pose> {
  if (place.kind === 'joints') {
    const jointsOf = jointsReader(place.joints, features, named);
    return (rows, row) => forwardKinematics(named.chain, jointsOf(rows, row));
  }
  const positionOf = columnsReader(place.position, features);
  const rotationOf = columnsReader(place.rotation, features);
  const { convention } = place.rotation;
  const base = place.base && invertPose(fixed(place.base));
  const tool = place.tool && fixed(place.tool);
  return (rows, row) => {
    const recorded = { position: positionOf(rows, row) as unknown as Vec3, rotation: decodeRotation(convention, rotationOf(rows, row)) };
    const based = base ? composePoses(base, recorded) : recorded;
    return tool ? composePoses(based, tool) : based;
  };
}

const fixed = ({ position, quaternion }: Offset): Pose => ({ position, rotation: matrixFromQuaternion(quaternion) });

function gripperReader(gripper: GripperBinding, features: Features): Reader<number> {
  const valuesOf = columnsReader(gripper, features);
  const actuators = gripper.columns.map((column) => ({ name: `${column}`, closed: gripper.closed, open: gripper.open }));
  return (rows, row) => gripperOpening(actuators, valuesOf(rows, row));
}

/** Places in a picture [height, width, ...], as parts of the square around it. */
function aimReader(columns: Columns, picture: Feature | undefined, features: Features): Reader<number[]> {
  const [height = 1, width = 1] = picture?.shape ?? [];
  const side = Math.max(width, height);
  const read = columnsReader(columns, features);
  return (rows, row) => {
    const [x, y] = read(rows, row) as [number, number];
    return [0.5 + ((x - 0.5) * width) / side, 0.5 + ((y - 0.5) * height) / side];
  };
}
