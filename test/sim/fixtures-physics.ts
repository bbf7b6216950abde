/** A bare table on which one model is tried, apart from the simulator's own worlds. */
import type { MjData, MjModel } from '@mujoco/mujoco';
import { loadMujoco, type Mujoco } from '../../src/robot/mujoco.ts';
import { type Mat3, quaternionFromMatrix, rotateVector } from '../../src/robot/rotation.ts';
import { composePoses, type Pose } from '../../src/robot/se3.ts';
import type { Vec3 } from '../../src/robot/vectors.ts';
import type { Grasp, Link, ObjectModel, Shape } from '../../src/sim/objects/model.ts';

/** Seconds of a physics step. */
const STEP = 1 / 360;

/** A compiled world of one table. */
export interface Table {
  readonly mujoco: Mujoco;
  readonly model: MjModel;
  readonly data: MjData;
  run(seconds: number, each?: () => void): void;
  /** In the world */
  poseOf(body: string): Pose;
  /** m/s and rad/s of a free body, largest number */
  speedOf(body: string): number;
  joint(name: string): { readonly qpos: number; readonly dof: number };
}

const list = (values: readonly number[]): string => values.join(' ');

function geoms({ shapes, mass }: Link, friction: readonly number[] = [1, 0.01, 0.0005]): string {
  return shapes
    .map(
      ({ type, size, position = [0, 0, 0], quaternion = [1, 0, 0, 0] }) =>
        `<geom type="${type}" size="${list(size)}" pos="${list(position)}" quat="${list(quaternion)}" mass="${mass / shapes.length}" friction="${list(friction)}"/>`,
    )
    .join('');
}

/** A model as a body of this name that stands at a place, turned about z by some radians. */
export function standing(name: string, model: ObjectModel, position: Vec3, turn = 0): string {
  const parts = (model.parts ?? []).map(
    ({ name: part, joint, pose, ...link }) =>
      `<body name="${name}/${part}" pos="${list(pose.position)}" quat="${list(quaternionFromMatrix(pose.rotation))}"><joint name="${name}/${part}" type="${joint.type}" axis="${list(joint.axis)}" range="${list(joint.range)}" damping="${joint.damping}" frictionloss="${joint.friction}" armature="0.001"/>${geoms(link, model.friction)}</body>`,
  );
  return `<body name="${name}" pos="${list(position)}" euler="0 0 ${turn}">${model.fixed ? '' : '<freejoint/>'}${geoms(model.body, model.friction)}${parts.join('')}</body>`;
}

/** A ball of 40 g. */
export const ball = (radius: number, position: Vec3): string =>
  `<body name="ball" pos="${list(position)}"><freejoint/><geom type="sphere" size="${radius}" mass="0.04" friction="1 0.01 0.001" condim="6"/></body>`;

/** Pads around a grasp, open, 2 cm wide, whose tips are 1 cm beyond the tool's origin. */
export function gripper({ pose, width }: Grasp, name: string): string {
  const open = width / 2 + 0.008;
  const up = rotateVector(transpose(pose.rotation), [0, 0, 1]);
  const finger = (side: 1 | -1): string =>
    `<body name="${name}${side}" pos="0 ${side * open} -0.015"><joint name="${name}${side}" type="slide" axis="0 ${-side} 0" range="0 ${open}" damping="100" armature="0.05"/><geom type="box" size="0.01 0.006 0.025" pos="0 ${side * 0.006} 0" mass="0.03" friction="1.5 0.05 0.001" condim="4"/></body>`;
  return `<body name="${name}" pos="${list(pose.position)}" quat="${list(quaternionFromMatrix(pose.rotation))}" gravcomp="1"><joint name="${name}" type="slide" axis="${list(up)}" damping="50" armature="5"/><geom type="box" size="0.01 0.01 0.01" pos="0 0 -0.08" mass="0.2" contype="0" conaffinity="0"/>${finger(1)}${finger(-1)}</body>`;
}

const transpose = ([a, b, c, d, e, f, g, h, i]: Mat3): Mat3 => [a, d, g, b, e, h, c, f, i];

/** Of each gripper: a servo that raises it, and two motors that close its fingers, equally. */
export const gripperActuators = (names: readonly string[]): string =>
  `<equality>${names.map((name) => `<joint joint1="${name}1" joint2="${name}-1"/>`).join('')}</equality><actuator>${names
    .map((name) => `<position joint="${name}" kp="4000" dampratio="1"/><motor joint="${name}1"/><motor joint="${name}-1"/>`)
    .join('')}</actuator>`;

/** Compiles bodies on a table whose surface is z = 0, lets `use` have them, and frees all. */
export async function onTable<T>(bodies: string, use: (table: Table) => T, rest = ''): Promise<T> {
  const mujoco = await loadMujoco();
  const model = mujoco.MjModel.from_xml_string(`<mujoco><compiler angle="radian" autolimits="true"/>
<option timestep="${STEP}" integrator="implicitfast" cone="elliptic" impratio="10"/><size memory="8M"/>
<default><geom friction="1 0.01 0.0005" condim="4"/></default>
<worldbody><geom type="box" size="1 1 0.02" pos="0 0 -0.02"/>${bodies}</worldbody>${rest}</mujoco>`);
  const data = new mujoco.MjData(model);
  const idOf = (type: 'BODY' | 'JOINT', name: string): number => mujoco.mj_name2id(model, mujoco.mjtObj[`mjOBJ_${type}`].value, name);
  const poseOf = (name: string): Pose => {
    const id = idOf('BODY', name);
    return {
      position: [...data.xpos.slice(3 * id, 3 * id + 3)] as unknown as Vec3,
      rotation: [...data.xmat.slice(9 * id, 9 * id + 9)] as unknown as Mat3,
    };
  };
  try {
    mujoco.mj_forward(model, data);
    return use({
      mujoco,
      model,
      data,
      run(seconds, each) {
        for (let step = 0; step < Math.round(seconds / STEP); step++) {
          each?.();
          mujoco.mj_step(model, data);
        }
        mujoco.mj_kinematics(model, data);
      },
      poseOf,
      speedOf(name) {
        const at = model.jnt_dofadr[model.body_jntadr[idOf('BODY', name)]];
        return Math.max(...[...data.qvel.slice(at, at + 6)].map(Math.abs));
      },
      joint(name) {
        const id = idOf('JOINT', name);
        return { qpos: model.jnt_qposadr[id], dof: model.jnt_dofadr[id] };
      },
    });
  } finally {
    data.delete();
    model.delete();
  }
}

/** The eight corners of a box around a shape in the frame of its link; exact for boxes, wide enough for the rest. */
export function cornersOf({ type, size, position = [0, 0, 0], quaternion = [1, 0, 0, 0] }: Shape): Vec3[] {
  const [a, b, c] = size as [number, number, number];
  const half: Vec3 =
    type === 'box' || type === 'ellipsoid' ? [a, b, c] : type === 'sphere' ? [a, a, a] : type === 'cylinder' ? [a, a, b] : [a, a, a + b];
  const [w, x, y, z] = quaternion;
  const rotation: Mat3 = [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ];
  return [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
    const corner: Vec3 = [i & 1 ? half[0] : -half[0], i & 2 ? half[1] : -half[1], i & 4 ? half[2] : -half[2]];
    return composePoses({ position, rotation }, { position: corner, rotation }).position;
  });
}
