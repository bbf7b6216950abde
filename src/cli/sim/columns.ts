/**
 * What a recorded demonstration has in its rows, 30 per second:
 *
 *   feature               dtype and shape   what it holds
 *   ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
 *   observation.state     f32[S]            per arm, measured: the tool's pose in the robot's base frame, as x y z (metres) and
 *                                           rmat6d (r00 r10 r20 r01 r11 r21); gripper (0 closed … 1 open); joints (radians)
 *   action                f32[A]            per arm, the expert's command: the pose that the tool should have one row later,
 *                                           and the gripper, in the same form
 *   observation.aim       f32[2·V]          per arm and view, where the place is at which the tool next closes or opens (`sim/aims.ts`):
 *                                           x and y as parts of the picture's side, outside of 0 … 1 where it is not to be seen
 *   observation.images.*  video             views, square: head, and wrist or left_wrist and right_wrist
 *
 * Names of the columns of two arms begin with their side. What they mean goes with the dataset, as a binding.
 */
import { type Binding, parseBinding } from '../../data/binding.ts';
import type { Feature } from '../../data/source.ts';
import type { PerArm } from '../../robot/actions.ts';
import { type Arm, CONTROL_RATE, type View } from '../../robot/canonical.ts';
import { encodeRotation } from '../../robot/rotation-conventions.ts';
import type { Pose } from '../../robot/se3.ts';
import type { ArmCommand } from '../../sim/controller.ts';
import type { DemonstrationStep } from '../../sim/demonstration.ts';
import { armsOf, type SimRobot } from '../../sim/robots.ts';
import { viewsOf } from '../../sim/views.ts';
import type { ArmState } from '../../sim/world.ts';

/** Rows per second */
export const FPS = CONTROL_RATE;
/** Features of numbers. */
export const STATE = 'observation.state';
/** See STATE. */
export const ACTION = 'action';
/** See STATE. */
export const AIM = 'observation.aim';

const POSITION = ['x', 'y', 'z'];
const ROTATION = ['r00', 'r10', 'r20', 'r01', 'r11', 'r21'];
const GRIPPER = 'gripper';
const CONVENTION = 'rmat6d-columns';

/** What columns of an arm are called: those of a single arm have no side. */
const sided = (robot: SimRobot, arm: Arm, name: string): string => (armsOf(robot).length > 1 ? `${arm}_${name}` : name);
const toolColumns = (robot: SimRobot, arm: Arm): string[] => [...POSITION, ...ROTATION, GRIPPER].map((name) => sided(robot, arm, name));
const jointColumns = (robot: SimRobot, arm: Arm): string[] => (robot.arms[arm]?.chain.joints ?? []).map(({ name }) => name);

const stateColumns = (robot: SimRobot): string[] =>
  armsOf(robot).flatMap((arm) => [...toolColumns(robot, arm), ...jointColumns(robot, arm)]);
const actionColumns = (robot: SimRobot): string[] => armsOf(robot).flatMap((arm) => toolColumns(robot, arm));
const aimColumns = (robot: SimRobot, arm: Arm): string[] =>
  recordedViews(robot).flatMap(({ name }) => ['x', 'y'].map((axis) => sided(robot, arm, `${name}_${axis}`)));

/** A view, and the feature that its pictures are. */
export interface RecordedView {
  readonly view: View;
  /** In names of features and columns */
  readonly name: string;
  readonly feature: string;
}

/** The views of a robot that are recorded. The wrist of a single arm is on no side. */
export function recordedViews(robot: SimRobot): RecordedView[] {
  const single = armsOf(robot).length === 1;
  const nameOf: Readonly<Record<View, string>> = { head: 'head', leftWrist: 'left_wrist', rightWrist: single ? 'wrist' : 'right_wrist' };
  return viewsOf(robot).map(({ view }) => ({ view, name: nameOf[view], feature: `observation.images.${nameOf[view]}` }));
}

/** All features of a dataset whose pictures have `size` pixels a side. */
export function recordedFeatures(robot: SimRobot, size: number): Record<string, Feature> {
  const numbers = (names: string[]): Feature => ({ dtype: 'float32', shape: [names.length], names });
  return {
    [STATE]: numbers(stateColumns(robot)),
    [ACTION]: numbers(actionColumns(robot)),
    [AIM]: numbers(armsOf(robot).flatMap((arm) => aimColumns(robot, arm))),
    ...Object.fromEntries(recordedViews(robot).map(({ feature }) => [feature, { dtype: 'video', shape: [size, size, 3] }])),
  };
}

/** What the columns mean: canonical actions are made of the commands. */
export function recordedBinding(robot: SimRobot): Binding {
  const single = armsOf(robot).length === 1;
  const slotOf = (view: View): string => (single && view !== 'head' ? 'wrist' : view);
  const armBinding = (arm: Arm) => {
    const some = (feature: string, names: string[]) => ({ feature, columns: names.map((name) => sided(robot, arm, name)) });
    const place = (feature: string) => ({
      kind: 'pose',
      position: some(feature, POSITION),
      rotation: { ...some(feature, ROTATION), convention: CONVENTION },
    });
    const aims = recordedViews(robot).map(({ view, name }) => [slotOf(view), some(AIM, [`${name}_x`, `${name}_y`])]);
    const gripper = (feature: string) => ({ ...some(feature, [GRIPPER]), closed: 0, open: 1 });
    return {
      state: { ...place(STATE), joints: { feature: STATE, columns: jointColumns(robot, arm) } },
      gripper: { ...gripper(STATE), between: 'linear' },
      command: { place: place(ACTION), gripper: gripper(ACTION) },
      aims: Object.fromEntries(aims),
    };
  };
  return parseBinding(
    {
      embodiment: robot.embodiment.name,
      arms: Object.fromEntries(armsOf(robot).map((arm) => [single ? 'either' : arm, armBinding(arm)])),
      cameras: Object.fromEntries(recordedViews(robot).map(({ view, feature }) => [slotOf(view), feature])),
    },
    'the binding of recorded demonstrations',
  );
}

/** The numbers of a moment: `observation.state` and `action`. */
export function rowOf(robot: SimRobot, { state, command }: DemonstrationStep): { readonly state: number[]; readonly action: number[] } {
  const tool = (pose: Pose, gripper: number): number[] => [...pose.position, ...encodeRotation(CONVENTION, pose.rotation), gripper];
  const each = <T>(from: PerArm<T>, numbers: (of: T) => number[]): number[] => armsOf(robot).flatMap((arm) => numbers(from[arm] as T));
  return {
    state: each<ArmState>(state, ({ pose, gripper, joints }) => [...tool(pose, gripper), ...joints]),
    action: each<ArmCommand>(command, ({ pose, gripper }) => tool(pose, gripper)),
  };
}
