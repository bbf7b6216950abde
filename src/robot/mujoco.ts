/**
 * MuJoCo as a reader of robot models, MJCF and URDF, in Node and in browsers. Only bodies, joints and sites are kept: geoms, meshes
 * and all else are dropped before the model is compiled, so that a robot's file is enough, without the files that it names.
 */
import type { MainModule, MjModel, MjSpec, MjVFS } from '@mujoco/mujoco';
import type { ModelJoint, RobotModel } from './robot-model.ts';
import { matrixFromQuaternion } from './rotation.ts';
import type { Pose } from './se3.ts';
import type { Vec3 } from './vectors.ts';

/** MuJoCo's WebAssembly module. */
export type Mujoco = MainModule;

let loading: Promise<Mujoco> | undefined;

/** MuJoCo, loaded on the first call and kept. Throws when its WebAssembly cannot be loaded; the next call then tries again. */
export function loadMujoco(): Promise<Mujoco> {
  loading ??= import('@mujoco/mujoco')
    .then(({ default: load }) => load())
    .catch((error: Error) => {
      loading = undefined;
      throw new Error(`MuJoCo cannot be loaded: ${error.message}`, { cause: error });
    });
  return loading;
}

/** What is not needed to know how a robot moves; what refers to something comes before it. */
const DROPPED = [
  'mjOBJ_KEY',
  'mjOBJ_TUPLE',
  'mjOBJ_SENSOR',
  'mjOBJ_ACTUATOR',
  'mjOBJ_EQUALITY',
  'mjOBJ_TENDON',
  'mjOBJ_PAIR',
  'mjOBJ_EXCLUDE',
  'mjOBJ_FLEX',
  'mjOBJ_SKIN',
  'mjOBJ_CAMERA',
  'mjOBJ_LIGHT',
  'mjOBJ_GEOM',
  'mjOBJ_MESH',
  'mjOBJ_HFIELD',
  'mjOBJ_MATERIAL',
  'mjOBJ_TEXTURE',
] as const;

/**
 * Reads MJCF or URDF. Throws with MuJoCo's message, which has the line, when it does not understand the text. Of what it takes of the
 * module's memory some 20 KB are not given back: deleting a specification frees only its handle in 3.14.
 */
export async function readRobotModel(xml: string): Promise<RobotModel> {
  const mujoco = await loadMujoco();
  const taken: { delete(): void }[] = [];
  const keep = <T extends { delete(): void }>(handle: T): T => {
    taken.push(handle);
    return handle;
  };
  try {
    // Without files to look in, compiling would make some, and keep them.
    const files = keep(new mujoco.MjVFS());
    const spec = keep(attempt(() => mujoco.parseXMLString(xml, files)));
    for (const type of DROPPED) drop(mujoco, spec, type);
    // Links of a URDF that are fixed to others keep their names, and bodies get some mass, which MuJoCo insists on.
    Object.assign(spec.compiler, { fusestatic: false, boundmass: 1, boundinertia: 1 });
    return extract(mujoco, keep(compile(mujoco, spec, files)));
  } finally {
    for (const handle of taken.toReversed()) handle.delete();
  }
}

/**
 * A failure leaves MuJoCo 3.14 with a kilobyte less of its stack, for good; some fifty of them break it. So the next call of
 * `loadMujoco` gets a new module.
 */
function compile(mujoco: Mujoco, spec: MjSpec, files: MjVFS): MjModel {
  try {
    return attempt(() => mujoco.mj_compile(spec, files));
  } catch (error) {
    loading = undefined;
    throw error;
  }
}

/**
 * MJCF, compiled, with the text of files that it refers to. The caller deletes the model. Throws with MuJoCo's message, in one line; what
 * a failure costs is told above.
 */
export async function compileMjcf(xml: string, files: Readonly<Record<string, string>> = {}): Promise<{ mujoco: Mujoco; model: MjModel }> {
  const mujoco = await loadMujoco();
  const vfs = new mujoco.MjVFS();
  try {
    for (const [name, text] of Object.entries(files)) vfs.addBuffer(name, new TextEncoder().encode(text));
    return { mujoco, model: attempt(() => mujoco.MjModel.from_xml_string(xml, vfs)) };
  } catch (error) {
    loading = undefined;
    throw error;
  } finally {
    vfs.delete();
  }
}

/** Throws what MuJoCo throws, in one line and saying what was attempted. */
function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    const reason = (error as Error).message
      .replace(/^MuJoCo Error: /, '')
      .trim()
      .replace(/\s*\n\s*/g, '; ');
    throw new Error(`MuJoCo cannot read the robot's model: ${reason}`, { cause: error });
  }
}

/** Removes all elements of a type. */
function drop(mujoco: Mujoco, spec: MjSpec, type: (typeof DROPPED)[number]): void {
  for (;;) {
    const element = mujoco.mjs_firstElement(spec, mujoco.mjtObj[type]);
    if (!element) return;
    if (mujoco.mjs_delete(spec, element) !== 0)
      throw new Error(`MuJoCo cannot drop part of the robot's model: ${mujoco.mjs_getError(spec)}`);
  }
}

/** Copies what there is out of MuJoCo's memory. */
function extract(mujoco: Mujoco, model: MjModel): RobotModel {
  const { mjOBJ_BODY, mjOBJ_SITE } = mujoco.mjtObj;
  const each = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
  return {
    bodies: each(model.nbody, (i) => ({
      name: mujoco.mj_id2name(model, mjOBJ_BODY.value, i),
      parent: model.body_parentid[i],
      pose: poseFrom(model.body_pos, model.body_quat, i),
    })),
    joints: each(model.njnt, (i) => jointFrom(mujoco, model, i)),
    sites: each(model.nsite, (i) => ({
      name: mujoco.mj_id2name(model, mjOBJ_SITE.value, i),
      body: model.site_bodyid[i],
      pose: poseFrom(model.site_pos, model.site_quat, i),
    })),
  };
}

/** Whether a joint is limited is asked of an accessor: the view `jnt_limited`, of MuJoCo's booleans, is not bound in 3.14. */
function jointFrom(mujoco: Mujoco, model: MjModel, i: number): ModelJoint {
  const accessor = model.jnt(i);
  const limited = accessor.limited;
  accessor.delete();
  return {
    name: mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT.value, i),
    type: JOINT_TYPES[model.jnt_type[i]] as ModelJoint['type'],
    body: model.jnt_bodyid[i],
    axis: vectorFrom(model.jnt_axis, i),
    anchor: vectorFrom(model.jnt_pos, i),
    limits: limited ? [model.jnt_range[2 * i], model.jnt_range[2 * i + 1]] : null,
    reference: model.qpos0[model.jnt_qposadr[i]],
  };
}

/** In the order of mjtJoint */
const JOINT_TYPES = ['free', 'ball', 'slide', 'hinge'] as const;

const vectorFrom = (values: Float64Array, i: number): Vec3 => [
  values[3 * i] as number,
  values[3 * i + 1] as number,
  values[3 * i + 2] as number,
];

const poseFrom = (positions: Float64Array, quaternions: Float64Array, i: number): Pose => ({
  position: vectorFrom(positions, i),
  rotation: matrixFromQuaternion(quaternions.slice(4 * i, 4 * i + 4) as unknown as [number, number, number, number]),
});
