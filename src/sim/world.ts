/**
 * A scene in motion: MuJoCo's physics, a robot that follows poses of its tools at 30 Hz, and what there is to know of it all. The same
 * scene and commands give the same states, bit for bit, in Node and in browsers.
 */
import type { MjData, MjModel } from '@mujoco/mujoco';
import type { PerArm } from '../robot/actions.ts';
import { ARMS, type Arm, CONTROL_RATE } from '../robot/canonical.ts';
import { gripperOpening, gripperValues } from '../robot/embodiment.ts';
import { forwardKinematics } from '../robot/kinematics.ts';
import { compileMjcf, type Mujoco } from '../robot/mujoco.ts';
import { unknownName } from '../robot/names.ts';
import { composePoses, type Pose, poseAt, relativePose } from '../robot/se3.ts';
import type { Vec3 } from '../robot/vectors.ts';
import { type ArmCommand, type ArmTargets, nextTargets, type Reach } from './controller.ts';
import { firmGrip } from './grip.ts';
import { bodyName, ROBOT_FILE, SUBSTEPS, sceneMjcf } from './mjcf.ts';
import { type ModelPlaces, modelPlaces } from './model-places.ts';
import { type Contact, createProbe, type Posture } from './probe.ts';
import { armsOf, type SimRobot } from './robots.ts';
import { type Scene, thingNamed } from './scene.ts';
import { checkScene } from './scene-check.ts';
import { withinStride } from './stride.ts';

/** Control steps that a new world is given to come to rest before its time begins; grippers open meanwhile. */
const SETTLING_STEPS = 15;

/** What a robot measures of an arm. */
export interface ArmState {
  /** Of the tool, in the robot's base frame */
  readonly pose: Pose;
  /** 0 closed … 1 open */
  readonly gripper: number;
  /** Radians or metres, from the shoulder to the wrist */
  readonly joints: readonly number[];
}

/** A world. `close` it after use: its memory is not the garbage collector's. */
export interface World {
  readonly scene: Scene;
  readonly robot: SimRobot;
  /** MuJoCo's own, for who draws or measures it */
  readonly mujoco: Mujoco;
  readonly model: MjModel;
  readonly data: MjData;
  /** Where everything is in their arrays */
  readonly places: ModelPlaces;
  /** Control steps since the beginning */
  readonly steps: number;
  /**
   * One control step, 1/30 s. Arms without a command stay where they were told to be. Throws for a command that is not finite or of an
   * arm that the robot lacks, and when the physics diverge.
   */
  step(commands: PerArm<ArmCommand>): PerArm<Reach>;
  /** What the robot would be told by commands, as `told` says it after they were given. Nothing is done. Throws as `step` does. */
  attainable(commands: PerArm<ArmCommand>): PerArm<ArmCommand>;
  /** What the robot measures now; of its grippers, a physics step ago. */
  state(): PerArm<ArmState>;
  /** What the robot was told last: poses of the tools for the joints' targets. */
  told(): PerArm<ArmCommand>;
  /** Where an arm's tool is when its joints are at home, base frame */
  homeTool(arm: Arm): Pose;
  /** A thing or one of its parts, in the world. Throws for an unknown one. */
  poseOf(thing: string, part?: string): Pose;
  /** Metres per second and radians per second of a thing's body */
  speedOf(thing: string): { readonly linear: number; readonly angular: number };
  /** Where a moving part is: metres or radians */
  jointOf(thing: string, part: string): number;
  /** All contacts */
  contacts(): readonly Contact[];
  /** The bodies of a gripper that close on a thing */
  fingersOf(arm: Arm): readonly string[];
  /** What an arm would touch, and what it carries, if all else were as it is now: bodies, as in contacts. Throws for an unknown thing. */
  bumps(arm: Arm, posture: Posture): ReadonlySet<string>;
  /** Adds to the velocity of a free thing: m/s in the world frame, rad/s in its own. For disturbances. */
  push(thing: string, linear: Vec3, angular?: Vec3): void;
  close(): void;
}

/** A pose in the world as one in the robot's base frame. */
export const toBase = (robot: SimRobot, pose: Pose): Pose => relativePose(robot.base, pose);
/** A pose in the robot's base frame as one in the world. */
export const toWorld = (robot: SimRobot, pose: Pose): Pose => composePoses(robot.base, pose);

/** Makes a world of a scene, at rest. Throws when ids are not unique, a name in the scene is unknown, or MuJoCo refuses it. */
export async function createWorld(scene: Scene, robot: SimRobot): Promise<World> {
  checkScene(scene, robot);
  const { mujoco, model } = await compileMjcf(sceneMjcf(scene, robot), { [ROBOT_FILE]: robot.model });
  const data = new mujoco.MjData(model);
  const places = modelPlaces(mujoco, model, scene, robot);
  const { bodies, joints: jointIds, free: freeJoints, qposOf, dofOf, arms } = places;
  const probe = createProbe(mujoco, model, data, places);
  firmGrip(model, {
    actuators: arms.flatMap(({ gripper }) => gripper),
    fingers: arms.flatMap(({ fingers }) => fingers).map((body) => bodies.get(body) as number),
  });
  /** The control at which an actuator (affine, as position servos are) is content with a length: what a robot reports of its gripper */
  const contentAt = (actuator: number, length: number): number => {
    const stride = model.actuator_gainprm.length / model.nu;
    const [constant, slope] = [model.actuator_biasprm[stride * actuator], model.actuator_biasprm[stride * actuator + 1]];
    return -(constant + slope * length) / model.actuator_gainprm[stride * actuator];
  };
  const leads = leadsOf(model);

  let steps = 0;
  let targets: { [arm in Arm]?: ArmTargets } = {};
  let expectedTime = 0;
  let closed = false;

  function bodyOf(id: string, part?: string): number {
    const thing = thingNamed(scene, id);
    const body = bodies.get(bodyName(id, part));
    if (body === undefined)
      throw unknownName(
        `part of ${id}`,
        part ?? '',
        (thing.model.parts ?? []).map(({ name }) => name),
      );
    return body;
  }

  /** Physics of a control step, joints being led to their targets in equal steps. */
  function advance(next: PerArm<ArmTargets>): void {
    const moves = arms.flatMap(({ arm, controls, gripper }) => {
      const [from, to] = [targets[arm] as ArmTargets, next[arm] as ArmTargets];
      const grips = robot.arms[arm]?.gripper ?? [];
      const [before, after] = [gripperValues(grips, from.gripper), gripperValues(grips, to.gripper)];
      return [
        ...controls.map((control, i) => ({ control, from: from.joints[i] as number, to: to.joints[i] as number })),
        ...gripper.map((control, i) => ({ control, from: before[i] as number, to: after[i] as number })),
      ];
    });
    for (let substep = 1; substep <= SUBSTEPS; substep++) {
      const { ctrl } = data;
      const share = substep / SUBSTEPS;
      for (const { control, from, to } of moves) ctrl[control] = from + (share + (leads[control] as number)) * (to - from);
      mujoco.mj_step(model, data);
    }
    targets = next;
    contacts = undefined;
    expectedTime += SUBSTEPS;
    // MuJoCo begins anew, at time 0, when a number is no longer finite.
    if (Math.round(data.time / model.opt.timestep) !== expectedTime) {
      throw new Error(`the physics diverged in control step ${steps}: a velocity or an acceleration became too large`);
    }
  }

  /** Puts all things and joints where the scene says. */
  function begin(): void {
    mujoco.mj_resetData(model, data);
    const { qpos } = data;
    for (const { arm, joints } of arms) {
      const start = scene.start?.[arm] ?? (robot.home[arm] as readonly number[]);
      for (const [i, at] of joints.entries()) qpos[at] = start[i];
      targets[arm] = { joints: [...start], gripper: 1 };
    }
    for (const { id, model: thing, joints = {} } of scene.things) {
      for (const { name, joint } of thing.parts ?? []) {
        const value = joints[name] ?? Math.min(Math.max(0, joint.range[0]), joint.range[1]);
        qpos[qposOf[jointIds.get(bodyName(id, name)) as number] as number] = value;
      }
    }
    mujoco.mj_forward(model, data);
    for (let i = 0; i < SETTLING_STEPS; i++) advance(targets);
    mujoco.mj_kinematics(model, data);
  }

  /** Those of now, once they have been asked for */
  let contacts: readonly Contact[] | undefined;

  /** What the robot makes of commands: targets of the joints one control step later, and how near they bring its tools. */
  function answer(commands: PerArm<ArmCommand>): { next: PerArm<ArmTargets>; reached: PerArm<Reach> } {
    const next = { ...targets };
    const reached: { [arm in Arm]?: Reach } = {};
    for (const arm of ARMS) {
      const command = commands[arm];
      if (!command) continue;
      const robotArm = robot.arms[arm];
      if (!robotArm) throw new Error(`a command for the ${arm} arm, but ${robot.embodiment.name} has only ${armsOf(robot).join(', ')}`);
      const last = targets[arm] as ArmTargets;
      const { targets: moved, reach } = nextTargets(withinStride(robotArm.chain, last.joints), robot.home[arm] ?? [], last, command);
      next[arm] = moved;
      reached[arm] = reach;
    }
    return { next, reached };
  }

  /** Poses of the tools for targets of the joints. */
  function toolsFor(aims: PerArm<ArmTargets>): PerArm<ArmCommand> {
    const tools: { [arm in Arm]?: ArmCommand } = {};
    for (const { arm } of arms) {
      const { joints, gripper } = aims[arm] as ArmTargets;
      tools[arm] = { pose: forwardKinematics((robot.arms[arm] as NonNullable<SimRobot['arms']['left']>).chain, joints), gripper };
    }
    return tools;
  }

  const world: World = {
    scene,
    robot,
    mujoco,
    model,
    data,
    places,
    get steps() {
      return steps;
    },
    step(commands) {
      const { next, reached } = answer(commands);
      advance(next);
      steps++;
      // Positions of bodies are those at the beginning of the last physics step: bring them up to date.
      mujoco.mj_kinematics(model, data);
      return reached;
    },
    state() {
      const { qpos, actuator_length: lengths } = data;
      const states: { [arm in Arm]?: ArmState } = {};
      for (const { arm, joints: at, gripper } of arms) {
        const { chain, gripper: actuators } = robot.arms[arm] as NonNullable<SimRobot['arms']['left']>;
        const joints = at.map((i) => qpos[i] as number);
        const opening = gripperOpening(
          actuators,
          gripper.map((i) => contentAt(i, lengths[i])),
        );
        states[arm] = { pose: forwardKinematics(chain, joints), gripper: opening, joints };
      }
      return states;
    },
    attainable: (commands) => toolsFor(answer(commands).next),
    told: () => toolsFor(targets),
    homeTool(arm) {
      const robotArm = robot.arms[arm];
      if (!robotArm) throw new Error(`${robot.embodiment.name} has no ${arm} arm`);
      return forwardKinematics(robotArm.chain, robot.home[arm] ?? []);
    },
    poseOf: (id, part) => poseAt(data.xpos, data.xmat, bodyOf(id, part)),
    speedOf(id) {
      const joint = freeJoints.get(thingNamed(scene, id).id);
      if (joint === undefined) return { linear: 0, angular: 0 };
      const at = dofOf[joint] as number;
      const v = data.qvel.subarray(at, at + 6);
      const length = (i: number): number => Math.sqrt(v[i] * v[i] + v[i + 1] * v[i + 1] + v[i + 2] * v[i + 2]);
      return { linear: length(0), angular: length(3) };
    },
    jointOf(id, part) {
      bodyOf(id, part);
      return data.qpos[qposOf[jointIds.get(bodyName(id, part)) as number] as number];
    },
    contacts() {
      contacts ??= probe.contacts();
      return contacts;
    },
    fingersOf: (arm) => arms.find((one) => one.arm === arm)?.fingers ?? [],
    bumps(arm, posture) {
      if (posture.carried) thingNamed(scene, posture.carried.thing);
      return probe.bumps(arm, posture);
    },
    push(id, linear, angular = [0, 0, 0]) {
      const joint = freeJoints.get(thingNamed(scene, id).id);
      if (joint === undefined) throw new Error(`${id} is fixed and cannot be pushed`);
      if (![...linear, ...angular].every(Number.isFinite)) {
        throw new Error(`${id} is pushed by [${[...linear, ...angular].join(', ')}]: expected finite numbers`);
      }
      const at = dofOf[joint] as number;
      const { qvel } = data;
      for (let i = 0; i < 3; i++) {
        qvel[at + i] += linear[i];
        qvel[at + 3 + i] += angular[i];
      }
    },
    close() {
      if (closed) return;
      closed = true;
      probe.close();
      data.delete();
      model.delete();
    },
  };
  try {
    begin();
  } catch (error) {
    world.close();
    throw error;
  }
  return world;
}

/**
 * Position actuators brake all motion, that which is wanted as well, and so come late: by their damping over their stiffness, in seconds.
 * So much ahead of time they are told where to be; here in control steps, for each actuator.
 */
function leadsOf({ nu, actuator_biasprm: bias }: MjModel): readonly number[] {
  const width = bias.length / nu;
  return Array.from({ length: nu }, (_, i) => (bias[i * width + 2] / bias[i * width + 1]) * CONTROL_RATE);
}
