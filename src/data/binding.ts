/**
 * What the numbers of a dataset mean for a robot: which columns are joints, which are a pose and in which rotation convention, how
 * its gripper counts, which camera looks from where. A binding is a small JSON record, stored with every dataset that we write
 * (`info.json`, under `gear`), shipped for some public datasets (`bindings.ts`), or given by the user.
 */
import * as z from 'zod';
import { VIEWS } from '../robot/canonical.ts';
import { ROTATION_CONVENTIONS, type RotationConvention, rotationDims } from '../robot/rotation-conventions.ts';
import type { Feature } from './source.ts';

/** Some elements of a feature, by their names in the dataset or by position. */
const columns = z.strictObject({
  feature: z.string().min(1),
  columns: z.array(z.union([z.string().min(1), z.int().nonnegative()])).nonempty(),
});

const three = z.tuple([z.number(), z.number(), z.number()]);

/** A fixed transform: position in metres and quaternion w, x, y, z of any length. */
const offset = z.strictObject({
  position: three,
  quaternion: z
    .tuple([z.number(), z.number(), z.number(), z.number()])
    .refine((q) => Math.hypot(...q) > 1e-3, 'a quaternion w, x, y, z must not be zero'),
});

const gripper = z.strictObject({
  ...columns.shape,
  /** The values that mean closed and open; the mean of several columns is taken after mapping each. */
  closed: z.number(),
  open: z.number(),
  /** Between two rows: the value of the nearest, as commands are; or linear, as positions are. */
  between: z.enum(['nearest', 'linear']).default('nearest'),
});

/** Where an arm's tool is: by its joint angles and the robot's kinematics, or as the dataset says. */
const joints = z.strictObject({ kind: z.literal('joints'), joints: columns });
const pose = z.strictObject({
  kind: z.literal('pose'),
  position: columns,
  rotation: z.strictObject({ ...columns.shape, convention: z.enum(ROTATION_CONVENTIONS as [RotationConvention, ...RotationConvention[]]) }),
  /** The robot's base in the frame that the dataset's poses are given in; the same frame unless given */
  base: offset.optional(),
  /** The canonical tool frame in the frame whose pose the dataset gives; the same frame unless given */
  tool: offset.optional(),
  /** Joint angles, which are part of the state */
  joints: columns.optional(),
});
const place = z.discriminatedUnion('kind', [joints, pose]);

const arm = z.strictObject({
  state: place,
  gripper,
  /**
   * What chunks are made of; the measured poses and grippers of the following steps unless given. The command of a row is for the time
   * of the next one, as LeRobot and LIBERO record it.
   */
  command: z
    .strictObject({ place: place.optional(), gripper: gripper.optional() })
    .refine((command) => command.place ?? command.gripper, 'expected a place, a gripper or both')
    .optional(),
  /**
   * By the slot of a camera, where in its picture the place is at which the gripper next closes or opens: x and y, as parts of the width and
   * height from the left and the top, outside of 0 … 1 where it is not to be seen. Nothing is learned of pointing unless given.
   */
  aims: z.partialRecord(z.enum([...VIEWS, 'wrist']), columns).optional(),
});

const schema = z.strictObject({
  /** A shipped embodiment's name, or the path of a file */
  embodiment: z.string().min(1),
  /** `left`, `right` or both; or `either`, for the arm of a robot that has one */
  arms: z
    .strictObject({ left: arm.optional(), right: arm.optional(), either: arm.optional() })
    .refine(({ left, right, either }) => (either ? !left && !right : left || right), 'expected left, right or both, or either alone'),
  /** Features of cameras by slot; `wrist` is that of a robot with one arm, which goes to the slot of its side */
  cameras: z
    .partialRecord(z.enum([...VIEWS, 'wrist']), z.string().min(1))
    .refine((cameras) => new Set(Object.values(cameras)).size === Object.keys(cameras).length, 'a camera can be in one slot only')
    .default({}),
});

/** See the schema above, field by field. */
export type Binding = z.infer<typeof schema>;
/** How the place of a tool is stored. */
export type PlaceBinding = z.infer<typeof place>;
/** How an arm is stored. */
export type ArmBinding = z.infer<typeof arm>;
/** How a gripper is stored. */
export type GripperBinding = z.infer<typeof gripper>;
/** Some elements of a feature. */
export type Columns = z.infer<typeof columns>;
/** A fixed transform. */
export type Offset = z.infer<typeof offset>;

/** Reads a binding; `where` names it in messages. Throws with the path of every field that is wrong. */
export function parseBinding(json: unknown, where: string): Binding {
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new Error(`${where} is no binding of a dataset to a robot:\n${z.prettifyError(parsed.error)}`);
  const binding = parsed.data;
  const { wrist, leftWrist, rightWrist } = binding.cameras;
  const single = binding.arms.either !== undefined;
  if (single ? (leftWrist ?? rightWrist) : wrist) {
    throw new Error(`${where}: the camera of a wrist is called ${single ? '"wrist"' : '"leftWrist" or "rightWrist"'} here`);
  }
  for (const [slot, { state, gripper, command, aims = {} }] of armsOf(binding)) {
    for (const [camera, aim] of Object.entries(aims)) {
      if (aim) requireCount(`${where}: ${slot} aim in the ${camera} view`, aim.columns.length, 2);
      if (!Object.hasOwn(binding.cameras, camera))
        throw new Error(`${where}: there is a ${slot} aim in the ${camera} view, but no such camera`);
    }
    for (const [what, place] of [
      ['state', state],
      ['command', command?.place],
    ] as const) {
      if (place?.kind !== 'pose') continue;
      const wanted = rotationDims(place.rotation.convention);
      requireCount(`${where}: ${slot} ${what} position`, place.position.columns.length, 3);
      requireCount(`${where}: ${slot} ${what} rotation (${place.rotation.convention})`, place.rotation.columns.length, wanted);
    }
    for (const { closed, open } of [gripper, command?.gripper ?? gripper]) {
      if (closed === open) throw new Error(`${where}: the ${slot} gripper is both closed and open at ${open}`);
    }
  }
  return binding;
}

function requireCount(what: string, count: number, wanted: number): void {
  if (count !== wanted) throw new Error(`${what} needs ${wanted} columns, but ${count} are given`);
}

/** The arms of a binding with their slots. */
export const armsOf = (binding: Binding): [slot: 'left' | 'right' | 'either', arm: ArmBinding][] =>
  Object.entries(binding.arms).filter(([, arm]) => arm) as [slot: 'left' | 'right' | 'either', arm: ArmBinding][];

/** Positions of a selection in its feature. Throws when the dataset has no such feature or column, with those that it has. */
export function positionsOf({ feature, columns: wanted }: Columns, features: Readonly<Record<string, Feature>>): number[] {
  const found = features[feature];
  if (!found) throw new Error(`the dataset has no feature "${feature}", only ${Object.keys(features).join(', ')}`);
  const width = found.shape.reduce((a, b) => a * b, 1);
  return wanted.map((column) => {
    const position = typeof column === 'number' ? column : (found.names ?? []).indexOf(column);
    if (position >= 0 && position < width) return position;
    const has = found.names ? `its columns are ${found.names.join(', ')}` : 'its columns have no names';
    throw new Error(`feature "${feature}" of ${width} values has no column ${JSON.stringify(column)}; ${has}`);
  });
}

/** The features that a binding reads. */
export function featuresOf(binding: Binding): string[] {
  const placed = (place: PlaceBinding | undefined): string[] => {
    if (!place) return [];
    if (place.kind === 'joints') return [place.joints.feature];
    return [place.position.feature, place.rotation.feature, ...(place.joints ? [place.joints.feature] : [])];
  };
  const all = armsOf(binding).flatMap(([, { state, gripper, command, aims = {} }]) => [
    ...placed(state),
    gripper.feature,
    ...placed(command?.place),
    ...(command?.gripper ? [command.gripper.feature] : []),
    ...Object.values(aims).map(({ feature }) => feature),
  ]);
  return [...new Set(all)];
}
