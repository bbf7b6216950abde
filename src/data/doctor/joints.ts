/** Checks of joints and grippers against the robot that a binding names. */
import type { ChainJoint } from '../../robot/kinematics.ts';
import { armsOf, type Columns, type GripperBinding, positionsOf } from '../binding.ts';
import type { Feature } from '../source.ts';
import type { BoundSource } from '../tracks.ts';
import { armOf, short } from './findings.ts';
import type { EpisodeContext, RowCheck } from './row-checks.ts';
import { widthOf } from './rows.ts';

/** Joint columns of a dataset and the joints that they are. */
interface JointColumns {
  readonly what: string;
  readonly feature: string;
  readonly positions: readonly number[];
  readonly joints: readonly ChainJoint[];
}

/**
 * How far a joint may be beyond its limits, in radians and metres: what encoders' zeros and the stops of a robot's model are off. And
 * from where on it is rather another unit, sign or order of joints.
 */
const LIMIT_TOLERANCE = { hinge: 0.02, slide: 0.002 } as const;
const LIMIT_ERROR = { hinge: 0.35, slide: 0.05 } as const;
/** Radians and metres per second that no joint of an arm moves at; fast servos reach 2 to 10 rad/s. */
const JOINT_SPEED = { hinge: 15, slide: 3 } as const;
/** How far beyond its declared ends a gripper may be, as part of the way between them; beyond twice the way the ends are wrong. */
const GRIPPER_TOLERANCE = 0.05;
const GRIPPER_ERROR = 1;

/** The checks of all arms for one episode. */
export function jointChecks(context: EpisodeContext, bound: BoundSource): RowCheck[] {
  const { features } = bound.source;
  return [
    ...jointColumns(bound).flatMap((columns) => columns.joints.map((joint, i) => jointCheck(context, columns, joint, i, features))),
    ...grippers(bound).map(([slot, gripper]) => gripperCheck(context, slot, gripper, features)),
  ];
}

function jointColumns({ binding, embodiment, source: { features } }: BoundSource): JointColumns[] {
  return armsOf(binding).flatMap(([slot, { state, command }]) => {
    const { joints } = embodiment.arms.find((arm) => arm.slot === slot)?.chain ?? { joints: [] };
    const of = (columns: Columns | undefined, what: string): JointColumns[] =>
      columns ? [{ what: `${armOf(slot)}, ${what}`, feature: columns.feature, positions: positionsOf(columns, features), joints }] : [];
    return [...of(state.joints, 'measured'), ...of(command?.place?.joints, 'commanded')];
  });
}

const grippers = ({ binding }: BoundSource): [string, GripperBinding][] =>
  armsOf(binding).flatMap(([slot, { gripper, command }]) => [
    [slot, gripper] as [string, GripperBinding],
    ...(command?.gripper ? [[slot, command.gripper] as [string, GripperBinding]] : []),
  ]);

function jointCheck(
  { findings, episode, fps }: EpisodeContext,
  { what, feature, positions }: JointColumns,
  { name, type, limits }: ChainJoint,
  i: number,
  features: Readonly<Record<string, Feature>>,
): RowCheck {
  const width = widthOf(features[feature] as Feature);
  const position = positions[i] as number;
  const unit = type === 'hinge' ? 'rad' : 'm';
  const common = { episode, feature } as const;
  const beyond = findings.tally(({ size, worst, worstDetail }) => {
    const degrees = type === 'hinge' && Math.abs(worstDetail) > 2 * Math.PI ? '; are these degrees?' : '';
    return {
      ...common,
      check: 'joint-limits',
      severity: size > LIMIT_ERROR[type] ? 'error' : 'warning',
      message: `${name} (${what}) is beyond its limits of ${limits?.map(short).join(' … ')} ${unit} by up to ${short(size)} ${unit}: ${short(worstDetail)} in frame ${worst}${degrees}`,
    };
  });
  const jumps = findings.tally(({ size, worst }) => {
    const turns = type === 'hinge' && Math.abs(size - 2 * Math.PI) < 0.3 ? ', a whole turn: the angle wraps' : '';
    return {
      ...common,
      check: 'joint-jumps',
      severity: 'warning',
      message: `${name} (${what}) jumps by up to ${short(size)} ${unit} from one frame to the next, in frame ${worst}: more than ${JOINT_SPEED[type]} ${unit}/s${turns}`,
    };
  });
  let before = Number.NaN;
  return ({ from, length, columns: { [feature]: column } }) => {
    if (!column) return;
    for (let row = 0; row < length; row++) {
      const value = column.data[row * width + position] as number;
      if (!Number.isFinite(value)) {
        // What comes after is not the next frame.
        before = Number.NaN;
        continue;
      }
      if (limits) {
        const excess = Math.max(limits[0] - value, value - limits[1]);
        if (excess > LIMIT_TOLERANCE[type]) beyond.add(from + row, excess, value);
      }
      const step = Math.abs(value - before);
      if (step * fps > JOINT_SPEED[type]) jumps.add(from + row, step);
      before = value;
    }
  };
}

function gripperCheck(
  { findings, episode }: EpisodeContext,
  slot: string,
  gripper: GripperBinding,
  features: Readonly<Record<string, Feature>>,
): RowCheck {
  const { feature, closed, open } = gripper;
  const positions = positionsOf(gripper, features);
  const width = widthOf(features[feature] as Feature);
  const names = features[feature]?.names;
  const tally = findings.tally(({ size, worst, worstDetail }) => ({
    check: 'gripper-range',
    severity: size > GRIPPER_ERROR ? 'error' : 'warning',
    episode,
    feature,
    message: `the gripper of ${armOf(slot)} is beyond ${closed} (closed) … ${open} (open) by up to ${short(100 * size)} % of that, in frame ${worst} (${names?.[worstDetail] ?? `column ${worstDetail}`})`,
  }));
  return ({ from, length, columns: { [feature]: column } }) => {
    if (!column) return;
    for (let row = 0; row < length; row++) {
      for (const position of positions) {
        const opening = ((column.data[row * width + position] as number) - closed) / (open - closed);
        const excess = Math.max(-opening, opening - 1);
        if (excess > GRIPPER_TOLERANCE && Number.isFinite(excess)) tally.add(from + row, excess, position);
      }
    }
  };
}
