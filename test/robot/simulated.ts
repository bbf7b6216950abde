/** MuJoCo's own kinematics, to compare with. */
import type { MjData, MjModel } from '@mujoco/mujoco';
import {
  type ChainJoint,
  loadMujoco,
  type Mat3,
  type Mujoco,
  matrixFromQuaternion,
  type Pose,
  type Quaternion,
} from '../../src/robot/index.ts';

/** A compiled model and its state. */
export interface Simulated {
  readonly mujoco: Mujoco;
  readonly model: MjModel;
  readonly data: MjData;
  idOf(type: 'mjOBJ_BODY' | 'mjOBJ_JOINT' | 'mjOBJ_SITE' | 'mjOBJ_ACTUATOR' | 'mjOBJ_CAMERA', name: string): number;
  /** Sets joints by name and computes all frames. */
  move(joints: Readonly<Record<string, number>>): void;
  /** In the world */
  poseOf(type: 'body' | 'site', name: string): Pose;
}

/** Runs `use` with MJCF compiled by MuJoCo, and frees it. */
export async function simulate<T>(mjcf: string, use: (simulated: Simulated) => T): Promise<T> {
  const mujoco = await loadMujoco();
  const model = mujoco.MjModel.from_xml_string(mjcf);
  const data = new mujoco.MjData(model);
  const idOf: Simulated['idOf'] = (type, name) => mujoco.mj_name2id(model, mujoco.mjtObj[type].value, name);
  try {
    return use({
      mujoco,
      model,
      data,
      idOf,
      move(joints) {
        for (const [name, q] of Object.entries(joints)) data.qpos[model.jnt_qposadr[idOf('mjOBJ_JOINT', name)]] = q;
        mujoco.mj_kinematics(model, data);
      },
      poseOf(type, name) {
        const id = idOf(type === 'body' ? 'mjOBJ_BODY' : 'mjOBJ_SITE', name);
        const position = (type === 'body' ? data.xpos : data.site_xpos).slice(3 * id, 3 * id + 3);
        const rotation =
          type === 'body'
            ? matrixFromQuaternion(data.xquat.slice(4 * id, 4 * id + 4) as Quaternion)
            : data.site_xmat.slice(9 * id, 9 * id + 9);
        return { position, rotation: Array.from(rotation as ArrayLike<number>) as unknown as Mat3 };
      },
    });
  } finally {
    data.delete();
    model.delete();
  }
}

/** A value within a joint's limits, or a turn, from a number in [0, 1). */
export function within({ limits }: Pick<ChainJoint, 'limits'>, share: number): number {
  const [low, high] = limits ?? [-Math.PI, Math.PI];
  return low + share * (high - low);
}
