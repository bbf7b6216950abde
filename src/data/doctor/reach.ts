/** Whether the arm can reach the poses of its tool, and whether poses that are stored agree with the joints that are stored. */
import { inverseKinematics } from '../../robot/inverse-kinematics.ts';
import { forwardKinematics, type KinematicChain } from '../../robot/kinematics.ts';
import { rotationAngle } from '../../robot/rotation.ts';
import { ROTATION_CONVENTIONS, type RotationConvention, rotationDims } from '../../robot/rotation-conventions.ts';
import type { Pose } from '../../robot/se3.ts';
import { length3, subtract3 } from '../../robot/vectors.ts';
import { randomStream } from '../../tensor/random.ts';
import { armsOf, type Binding } from '../binding.ts';
import type { Rows } from '../source.ts';
import { type ArmTrack, type BoundSource, bindSource } from '../tracks.ts';
import { armOf, type Findings, short } from './findings.ts';
import type { EpisodeContext } from './row-checks.ts';
import { widthOf } from './rows.ts';

/** Poses of an episode that are looked at */
const REACH_SAMPLES = 32;
/** How near the arm has to come, in metres and radians. */
const REACH_TOLERANCE = { position: 0.005, rotation: 0.02 } as const;

/** A check that sees the motion of all arms block by block. */
export type TrackCheck = (from: number, tracks: readonly ArmTrack[]) => void;

/**
 * Tries to reach some of the commanded poses of an episode, `rows` long, by inverse kinematics: from the joints a second before, as a
 * policy would, or from where the pose before was reached. The frames come from `seed` and the episode.
 */
export function reachCheck({ findings, episode, fps }: EpisodeContext, bound: BoundSource, rows: number, seed: number): TrackCheck {
  const random = randomStream(seed, 'doctor: reach', episode);
  const wanted = new Set(Array.from({ length: Math.min(REACH_SAMPLES, rows) }, () => random.integer(rows)));
  const reached = new Map<string, readonly number[]>();
  const arms = new Map(
    bound.embodiment.arms.map(({ slot, chain }) => {
      const most = { position: 0, rotation: 0 };
      const tally = findings.tally(({ worst, frames }) => ({
        check: 'unreachable',
        severity: 'warning',
        episode,
        message: `${armOf(slot)} of "${bound.embodiment.name}" cannot reach ${frames} of ${wanted.size} poses that were tried: it stays up to ${short(most.position)} m and ${short(most.rotation)} rad away, worst in frame ${worst}`,
      }));
      return [slot, { chain, tally, most }] as const;
    }),
  );
  return (from, tracks) => {
    for (const { slot, targetPoses, joints, jointCount } of tracks) {
      const arm = arms.get(slot);
      if (!arm) continue;
      const jointsAt = (row: number): readonly number[] => [...joints.subarray(row * jointCount, (row + 1) * jointCount)];
      for (let row = 0; row < targetPoses.length; row++) {
        if (!wanted.has(from + row)) continue;
        const starts = jointCount > 0 ? [jointsAt(Math.max(0, row - Math.round(fps))), jointsAt(row)] : [reached.get(slot)];
        const result = reach(arm.chain, targetPoses[row] as Pose, starts);
        reached.set(slot, result.joints);
        if (result.converged) continue;
        arm.most.position = Math.max(arm.most.position, result.positionError);
        arm.most.rotation = Math.max(arm.most.rotation, result.rotationError);
        arm.tally.add(from + row, missOf(result));
      }
    }
  };
}

type Reached = ReturnType<typeof inverseKinematics>;

/** How far off it is, in tolerances: metres and radians cannot be compared otherwise. */
const missOf = ({ positionError, rotationError }: Reached): number =>
  Math.max(positionError / REACH_TOLERANCE.position, rotationError / REACH_TOLERANCE.rotation);

/** From the first start that leads there; else what came nearest. */
function reach(chain: KinematicChain, target: Pose, starts: readonly (readonly number[] | undefined)[]): Reached {
  const options = { positionTolerance: REACH_TOLERANCE.position, rotationTolerance: REACH_TOLERANCE.rotation };
  let best: Reached | undefined;
  for (const [i, start] of starts.entries()) {
    const restarts = i === starts.length - 1 ? 4 : 0;
    const result = inverseKinematics(chain, target, { ...options, restarts, ...(start && { start }) });
    if (result.converged) return result;
    if (!best || missOf(result) < missOf(best)) best = result;
  }
  return best as Reached;
}

/** Rows of an episode that are compared, and in all */
const AGREEMENT_ROWS = 8;
const AGREEMENT_MOST = 256;
/** From where on stored poses and joints are not of the same robot or frame: radians, metres. */
const DISAGREEMENT = { rotation: 0.2, position: 0.05 } as const;

/** Compares stored poses with those of stored joints. */
export interface AgreementCheck {
  /** Takes some of these rows. */
  rows(rows: Rows): void;
  end(findings: Findings): void;
}

/** Undefined unless a binding has both poses and joints: nothing else tells columns from rows, or one order of a quaternion from the other. */
export function agreementCheck(bound: BoundSource): AgreementCheck | undefined {
  const { source, binding, embodiment } = bound;
  const slots = armsOf(binding).flatMap(([slot, { state }]) => (state.kind === 'pose' && state.joints ? [{ slot, state }] : []));
  if (slots.length === 0) return undefined;
  const arms = slots.map(({ slot, state }) => {
    const { convention: declared } = state.rotation;
    const conventions = ROTATION_CONVENTIONS.filter((one) => rotationDims(one) === rotationDims(declared));
    const readings = conventions.map((convention) => ({
      convention,
      bound: bindSource(source, withConvention(binding, slot, convention), embodiment),
      angles: [] as number[],
    }));
    const chain = embodiment.arms.find((arm) => arm.slot === slot)?.chain as KinematicChain;
    return { slot, declared, chain, readings, distances: [] as number[], feature: state.rotation.feature };
  });
  return {
    rows(rows) {
      const some = spread(rows, AGREEMENT_ROWS);
      for (const { slot, declared, chain, readings, distances } of arms) {
        for (const reading of readings) {
          if (reading.angles.length >= AGREEMENT_MOST) continue;
          const track = tracksOf(reading.bound, some).find((one) => one.slot === slot);
          for (const [i, pose] of (track?.poses ?? []).entries()) {
            const { joints, jointCount } = track as ArmTrack;
            const expected = forwardKinematics(chain, joints.subarray(i * jointCount, (i + 1) * jointCount));
            reading.angles.push(rotationAngle(expected.rotation, pose.rotation));
            if (reading.convention === declared) distances.push(length3(subtract3(expected.position, pose.position)));
          }
        }
      }
    },
    end(findings) {
      for (const { slot, declared, readings, distances, feature } of arms) {
        // Nothing could be read: that is found elsewhere.
        if (readings.every(({ angles }) => angles.length === 0)) continue;
        const angle = median(readings.find(({ convention }) => convention === declared)?.angles ?? []);
        const distance = median(distances);
        const fitting = readings.filter(({ angles }) => median(angles) <= DISAGREEMENT.rotation).map(({ convention }) => convention);
        const common = { check: 'rotation-convention', feature } as const;
        const off = `poses of ${armOf(slot)}, read as ${declared}, are ${angle.toFixed(2)} rad and ${distance.toFixed(3)} m from where its joints put the tool (medians)`;
        if (angle > DISAGREEMENT.rotation && fitting.length > 0) {
          findings.add({
            ...common,
            severity: 'error',
            message: `${off}; read as ${fitting.join(' or ')} they agree: the binding's convention is wrong`,
          });
        } else if (angle > DISAGREEMENT.rotation || distance > DISAGREEMENT.position) {
          findings.add({
            ...common,
            severity: 'warning',
            message: `${off}, in no convention nearer: the binding's base or tool offset is wrong, or the robot is another one`,
          });
        }
      }
    },
  };
}

function withConvention(binding: Binding, slot: string, convention: RotationConvention): Binding {
  const copy = structuredClone(binding);
  const arm = armsOf(copy).find(([name]) => name === slot)?.[1];
  if (arm?.state.kind === 'pose') arm.state.rotation.convention = convention;
  return copy;
}

/** Rows that are no rotation in a convention say that it is another one, no more. */
function tracksOf(bound: BoundSource, rows: Rows): ArmTrack[] {
  try {
    return bound.tracks(rows, bound.source.name);
  } catch {
    return [];
  }
}

/** Some rows, evenly spread. */
function spread(rows: Rows, most: number): Rows {
  const chosen = Array.from({ length: Math.min(most, rows.length) }, (_, i) => Math.floor((i * rows.length) / Math.min(most, rows.length)));
  const columns = Object.entries(rows.columns).map(([name, column]) => {
    const width = widthOf(column);
    const data = Float64Array.from(
      { length: chosen.length * width },
      (_, i) => column.data[(chosen[Math.floor(i / width)] as number) * width + (i % width)] as number,
    );
    return [name, { shape: column.shape, data }];
  });
  return { ...rows, length: chosen.length, columns: Object.fromEntries(columns) };
}

/** 0 of nothing, infinity where nothing could be read. */
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.POSITIVE_INFINITY;
