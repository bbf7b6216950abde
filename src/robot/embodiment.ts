/**
 * An embodiment: what has to be known of a robot to turn its numbers into the canonical record (`canonical.ts`) and back. It is a
 * small data file beside the robot's model (MJCF or URDF); a new robot needs no code.
 *
 * The tool's frame has to be the same on every robot: origin between the finger pads, z along the approach, y along the closing
 * direction. Grippers close along a line, not in a direction, so of the two possible y the one is taken for which x points up when
 * the tool points forward. A robot's model seldom has such a frame, therefore `tool` has an offset.
 */
import * as z from 'zod';
import { ARMS, CONTROL_RATE, JOINT_SLOTS, VIEWS } from './canonical.ts';
import type { KinematicChain } from './kinematics.ts';
import { readRobotModel } from './mujoco.ts';
import { chainOf, type RobotModel } from './robot-model.ts';
import { matrixFromQuaternion, type Quaternion } from './rotation.ts';
import type { Pose } from './se3.ts';
import type { Vec3 } from './vectors.ts';

/** Where an arm belongs. The only arm of a robot goes to `either` side; training data are put on one at random. */
export const ARM_SLOTS = [...ARMS, 'either'] as const;
/** See ARM_SLOTS. */
export type ArmSlot = (typeof ARM_SLOTS)[number];

/** Where a camera belongs. `wrist` is the one on an arm that goes to `either` side, and follows it there. */
export const CAMERA_SLOTS = [...VIEWS, 'wrist'] as const;
/** See CAMERA_SLOTS. */
export type CameraSlot = (typeof CAMERA_SLOTS)[number];

/** A gripper's or a hand's actuator. */
export interface GripperActuator {
  /** As the robot calls it */
  readonly name: string;
  /** Its value when the gripper is closed, in whatever unit the robot has */
  readonly closed: number;
  /** Its value when the gripper is open; larger or smaller than `closed` */
  readonly open: number;
}

/** The tool's frame in that of a site or a body of the model; exactly one of the two is given. */
export interface ToolFile {
  readonly site?: string;
  readonly body?: string;
  /** Metres; [0, 0, 0] by default */
  readonly position?: Vec3;
  /** w, x, y, z; [1, 0, 0, 0] by default. Any length. */
  readonly quaternion?: Quaternion;
}

/** An arm, as it is in the file. */
export interface ArmFile {
  readonly slot: ArmSlot;
  /** From the shoulder to the wrist, by their names in the model; with limits, where those of the model are wrong */
  readonly joints: readonly (string | { readonly name: string; readonly limits: readonly [number, number] })[];
  /** What becomes of other joints that move the tool: `hold` them at their references (the default) or `refuse` the model. */
  readonly otherJoints?: 'hold' | 'refuse';
  readonly tool: ToolFile;
  /** One or more; the mean of them all is how far the gripper is open. */
  readonly gripper: readonly GripperActuator[];
}

/** The file. */
export interface EmbodimentFile {
  /** Lower-case letters, digits and dashes */
  readonly name: string;
  /** Which robot this is, and where its numbers come from */
  readonly description: string;
  /** The name of the model's file, MJCF or URDF, beside this one */
  readonly kinematics: string;
  /** The body of the model whose frame is the base frame; `world` for the model's own */
  readonly base: string;
  /** Steps per second at which the robot takes commands; CONTROL_RATE by default */
  readonly controlRate?: number;
  /** One arm that goes to either side, or at most one for each side */
  readonly arms: readonly ArmFile[];
  /** The robot's names of its cameras */
  readonly cameras?: { readonly [slot in CameraSlot]?: string };
}

/** An arm with its kinematics. */
export interface EmbodimentArm {
  readonly slot: ArmSlot;
  /** Base to tool, in the canonical frame; its joints in the order of the state */
  readonly chain: KinematicChain;
  readonly gripper: readonly GripperActuator[];
}

/** A robot, ready for use. Plain data: it can be stored as JSON and posted to a worker. */
export interface Embodiment {
  readonly name: string;
  readonly description: string;
  /** Hz */
  readonly controlRate: number;
  readonly arms: readonly EmbodimentArm[];
  readonly cameras: { readonly [slot in CameraSlot]?: string };
}

const text = z.string().min(1);
const number = z.number();
const limits = z.tuple([number, number]).refine(([low, high]) => low < high, 'the lower limit must be below the upper one');

const toolSchema = z
  .strictObject({
    site: text.exactOptional(),
    body: text.exactOptional(),
    position: z.tuple([number, number, number]).exactOptional(),
    quaternion: z
      .tuple([number, number, number, number])
      .refine((q) => Math.hypot(...q) > 1e-3, 'a quaternion w, x, y, z must not be zero')
      .exactOptional(),
  })
  .refine(({ site, body }) => (site === undefined) !== (body === undefined), 'expected either a site or a body');

const armSchema = z.strictObject({
  slot: z.enum(ARM_SLOTS),
  joints: z
    .array(z.union([text, z.strictObject({ name: text, limits })], 'expected the name of a joint, or { name, limits }'))
    .min(1)
    .max(JOINT_SLOTS),
  otherJoints: z.enum(['hold', 'refuse']).exactOptional(),
  tool: toolSchema,
  gripper: z
    .array(
      z
        .strictObject({ name: text, closed: number, open: number })
        .refine(({ closed, open }) => closed !== open, 'closed and open must differ'),
    )
    .min(1),
});

const fileSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'expected lower-case letters, digits and dashes'),
  description: text,
  kinematics: z.string().regex(/^[\w-][\w.-]*$/, 'expected the name of a file beside this one, without folders'),
  base: text,
  controlRate: number.positive().exactOptional(),
  arms: z
    .array(armSchema)
    .min(1)
    .refine(
      (arms) =>
        arms.length === 1 ||
        (arms.length === 2 && new Set(arms.map(({ slot }) => slot)).size === 2 && arms.every(({ slot }) => slot !== 'either')),
      'expected one arm, or one left and one right',
    ),
  cameras: z.partialRecord(z.enum(CAMERA_SLOTS), text).exactOptional(),
});

const embodimentSchema: z.ZodType<EmbodimentFile> = fileSchema.refine(
  ({ arms, cameras = {} }) => {
    const moves = arms.some(({ slot }) => slot === 'either');
    return moves ? !cameras.leftWrist && !cameras.rightWrist : !cameras.wrist;
  },
  { path: ['cameras'], message: 'expected wrist for an arm that goes to either side, leftWrist and rightWrist for others' },
);

/** A file's content, checked. Throws with everything that is wrong in it: where, what was expected and what is there. */
export function checkEmbodiment(content: unknown): EmbodimentFile {
  const { success, data, error } = embodimentSchema.safeParse(content);
  if (success) return data;
  const name = (content as { name?: unknown } | null)?.name;
  const problems = error.issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
  throw new Error(`the embodiment ${typeof name === 'string' ? JSON.stringify(name) : 'file'} is wrong: ${problems.join('; ')}`);
}

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`)).join('') || 'the whole';

/**
 * A robot from its file (parsed JSON) and the text of its model, MJCF or URDF. Throws when the file is wrong, when MuJoCo does not
 * understand the model, and when the two do not fit.
 */
export async function loadEmbodiment(file: unknown, model: string): Promise<Embodiment> {
  const checked = checkEmbodiment(file);
  const { name, description, controlRate = CONTROL_RATE, cameras = {} } = checked;
  try {
    const robot = await readRobotModel(model);
    const arms = checked.arms.map((arm) => ({ slot: arm.slot, chain: armChain(robot, checked.base, arm), gripper: arm.gripper }));
    return { name, description, controlRate, arms, cameras };
  } catch (error) {
    throw new Error(`embodiment ${JSON.stringify(name)} with ${checked.kinematics}: ${(error as Error).message}`, { cause: error });
  }
}

function armChain(robot: RobotModel, base: string, { slot, joints, otherJoints = 'hold', tool }: ArmFile): KinematicChain {
  const { position = [0, 0, 0], quaternion = [1, 0, 0, 0] } = tool;
  const offset: Pose = { position, rotation: matrixFromQuaternion(quaternion) };
  const names = joints.map((joint) => (typeof joint === 'string' ? joint : joint.name));
  const at = tool.site === undefined ? { body: tool.body as string } : { site: tool.site };
  try {
    const chain = chainOf(robot, { base, joints: names, tool: at, offset, otherJoints });
    const limited = chain.joints.map((joint, i) => {
      const given = joints[i];
      return typeof given === 'object' ? { ...joint, limits: given.limits } : joint;
    });
    return { ...chain, joints: limited };
  } catch (error) {
    throw new Error(`the ${slot === 'either' ? 'only' : slot} arm: ${(error as Error).message}`, { cause: error });
  }
}

/** How far a gripper is open, 0 … 1, from its actuators' values in their order: the mean. Values beyond the ends count as the ends. */
export function gripperOpening(gripper: readonly GripperActuator[], values: ArrayLike<number>): number {
  if (values.length !== gripper.length) {
    throw new Error(
      `the gripper has ${gripper.length} actuators (${gripper.map(({ name }) => name).join(', ')}), but got ${values.length} values`,
    );
  }
  const openings = gripper.map(({ closed, open }, i) => Math.min(Math.max(((values[i] as number) - closed) / (open - closed), 0), 1));
  return openings.reduce((sum, opening) => sum + opening, 0) / gripper.length;
}

/** The values at which all actuators of a gripper are open by `opening`, 0 … 1 (clamped). */
export function gripperValues(gripper: readonly GripperActuator[], opening: number): readonly number[] {
  const share = Math.min(Math.max(opening, 0), 1);
  return gripper.map(({ closed, open }) => closed + share * (open - closed));
}
