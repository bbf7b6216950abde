/** Where a scene's things and its robot's parts are in MuJoCo's arrays. */
import type { MjModel } from '@mujoco/mujoco';
import type { Arm } from '../robot/canonical.ts';
import type { EmbodimentArm } from '../robot/embodiment.ts';
import type { Mujoco } from '../robot/mujoco.ts';
import { armsOf, type SimRobot } from './robots.ts';
import type { Scene } from './scene.ts';

/** Of an arm. */
export interface ArmPlaces {
  readonly arm: Arm;
  /** Positions of its joints, from the shoulder to the wrist, in qpos */
  readonly joints: readonly number[];
  /** Actuators of these joints */
  readonly controls: readonly number[];
  /** Actuators of its gripper */
  readonly gripper: readonly number[];
  /** Names of its bodies from the first joint on */
  readonly bodies: ReadonlySet<string>;
  /** Joints beyond the last one, and names of the bodies that they move */
  readonly fingerJoints: readonly number[];
  readonly fingers: readonly string[];
}

/** Of a model. MuJoCo's arrays of models never change: they are copied once. */
export interface ModelPlaces {
  /** Names by id, and ids by name */
  readonly bodyNames: readonly string[];
  readonly bodies: ReadonlyMap<string, number>;
  readonly joints: ReadonlyMap<string, number>;
  /** Joints of things that are not fixed, by their ids */
  readonly free: ReadonlyMap<string, number>;
  readonly bodyOfGeom: Int32Array;
  /** Of joints, in qpos and in qvel */
  readonly qposOf: Int32Array;
  readonly dofOf: Int32Array;
  /** Left before right */
  readonly arms: readonly ArmPlaces[];
}

/** Looks all up. Throws when the robot's model lacks what its embodiment names, or has other than position actuators. */
export function modelPlaces(mujoco: Mujoco, model: MjModel, scene: Scene, robot: SimRobot): ModelPlaces {
  const named = (type: 'BODY' | 'JOINT', count: number): Map<string, number> =>
    new Map(Array.from({ length: count }, (_, i) => [mujoco.mj_id2name(model, mujoco.mjtObj[`mjOBJ_${type}`].value, i), i]));
  const bodies = named('BODY', model.nbody);
  const joints = named('JOINT', model.njnt);
  const bodyNames = [...bodies.keys()];
  const [qposOf, dofOf, bodyOfGeom] = [model.jnt_qposadr, model.jnt_dofadr, model.geom_bodyid].map((array) => Int32Array.from(array)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const [bodyOfJoint, parents] = [Int32Array.from(model.jnt_bodyid), Int32Array.from(model.body_parentid)];
  const [actuated, actuates] = [Int32Array.from(model.actuator_trnid), Int32Array.from(model.actuator_trntype)];

  const missing = (what: string, name: string): Error => new Error(`the robot's model has no ${what} ${JSON.stringify(name)}`);
  const jointNamed = (name: string): number => {
    const id = joints.get(name);
    if (id === undefined) throw missing('joint', name);
    return id;
  };
  const gainWidth = model.actuator_gainprm.length / model.nu;
  /** Throws unless an actuator's force is a gain times its control, less a stiffness times its length */
  const servo = (actuator: number, which: string): number => {
    const [gain, against] = [model.actuator_gainprm[actuator * gainWidth], model.actuator_biasprm[actuator * gainWidth + 1]];
    const affine = model.actuator_biastype[actuator] === mujoco.mjtBias.mjBIAS_AFFINE.value;
    if (affine && gain !== 0 && against < 0) return actuator;
    throw new Error(`the actuator ${which} is not a position actuator`);
  };
  /** The position actuator of a joint */
  const actuatorOf = (name: string): number => {
    const joint = jointNamed(name);
    const { mjTRN_JOINT } = mujoco.mjtTrn;
    const actuator = actuates.findIndex((type, i) => type === mjTRN_JOINT.value && actuated[2 * i] === joint);
    if (actuator < 0) throw missing('actuator for the joint', name);
    return servo(actuator, `of the joint ${JSON.stringify(name)}`);
  };
  const actuatorNamed = (name: string): number => {
    const id = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_ACTUATOR.value, name);
    if (id < 0) throw missing('actuator', name);
    return servo(id, JSON.stringify(name));
  };
  const isBeyond = (body: number, from: number): boolean => body > 0 && (body === from || isBeyond(parents[body] as number, from));

  const ofArms = new Set(robot.embodiment.arms.flatMap(({ chain }) => chain.joints.map(({ name }) => jointNamed(name))));
  const armPlaces = (arm: Arm): ArmPlaces => {
    const { chain, gripper } = robot.arms[arm] as EmbodimentArm;
    const own = chain.joints.map(({ name }) => jointNamed(name));
    const [first, last] = [own[0], own.at(-1)].map((joint) => bodyOfJoint[joint as number] as number) as [number, number];
    const fingerJoints = [...joints.values()].filter((joint) => !ofArms.has(joint) && isBeyond(bodyOfJoint[joint] as number, last));
    return {
      arm,
      joints: own.map((joint) => qposOf[joint] as number),
      controls: chain.joints.map(({ name }) => actuatorOf(name)),
      gripper: gripper.map(({ name }) => actuatorNamed(name)),
      bodies: new Set(bodyNames.filter((_, body) => isBeyond(body, first))),
      fingerJoints,
      fingers: fingerJoints.map((joint) => bodyNames[bodyOfJoint[joint] as number] as string),
    };
  };
  const free = scene.things.flatMap(({ id, model: thing }) => {
    const joint = thing.fixed ? undefined : (model.body_jntadr[bodies.get(id) as number] as number);
    return joint === undefined ? [] : [[id, joint] as const];
  });
  return { bodyNames, bodies, joints, free: new Map(free), bodyOfGeom, qposOf, dofOf, arms: armsOf(robot).map(armPlaces) };
}
