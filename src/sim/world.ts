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
import { type Mat3, quaternionFromMatrix } from '../robot/rotation.ts';
import { composePoses, type Pose, relativePose } from '../robot/se3.ts';
import type { Vec3 } from '../robot/vectors.ts';
import { type ArmCommand, type ArmTargets, nextTargets, type Reach } from './controller.ts';
import { firmGrip } from './grip.ts';
import { bodyName, isPartOf, ROBOT_FILE, SUBSTEPS, sceneMjcf } from './mjcf.ts';
import { armsOf, type SimRobot } from './robots.ts';
import type { Scene, Thing } from './scene.ts';
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

/** Two bodies that touch. */
export interface Contact {
  /** Names of bodies: `id` or `id/part` of things, those of the model for the robot, `world` for table and floor */
  readonly bodies: readonly [string, string];
  /** Metres: negative when they overlap */
  readonly distance: number;
}

/** How an arm might be. */
export interface Posture {
  /** Radians or metres */
  readonly joints: readonly number[];
  /** Of its gripper: 0 closed … 1 open */
  readonly opening: number;
  /** What it carries, and where that would be in the world */
  readonly carried?: { readonly thing: string; readonly pose: Pose };
}

/** All of a world's state: to go back to it, exactly. */
export interface Snapshot {
  readonly steps: number;
  readonly targets: PerArm<ArmTargets>;
  /** MuJoCo's positions, velocities, controls and warm start */
  readonly physics: readonly Float64Array[];
}

/** A world. `close` it after use: its memory is not the garbage collector's. */
export interface World {
  readonly scene: Scene;
  readonly robot: SimRobot;
  /** MuJoCo's own, for who draws or measures it */
  readonly mujoco: Mujoco;
  readonly model: MjModel;
  readonly data: MjData;
  /** Control steps since the beginning */
  readonly steps: number;
  /**
   * One control step, 1/30 s. Arms without a command stay where they were told to be. Throws for a command that is not finite or of an
   * arm that the robot lacks, and when the physics diverge.
   */
  step(commands: PerArm<ArmCommand>): PerArm<Reach>;
  /** What the robot would be told by commands, as `told` says it after they were given. Nothing is done. Throws as `step` does. */
  attainable(commands: PerArm<ArmCommand>): PerArm<ArmCommand>;
  /** What the robot measures now. */
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
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
  close(): void;
}

/** A pose in the world as one in the robot's base frame. */
export const toBase = (robot: SimRobot, pose: Pose): Pose => relativePose(robot.base, pose);
/** A pose in the robot's base frame as one in the world. */
export const toWorld = (robot: SimRobot, pose: Pose): Pose => composePoses(robot.base, pose);

/** Where an arm's numbers are in MuJoCo's arrays. */
interface ArmPlaces {
  readonly arm: Arm;
  readonly joints: readonly number[];
  readonly controls: readonly number[];
  readonly gripper: readonly number[];
}

/** Makes a world of a scene, at rest. Throws when ids are not unique, a name in the scene is unknown, or MuJoCo refuses it. */
export async function createWorld(scene: Scene, robot: SimRobot): Promise<World> {
  checkScene(scene, robot);
  const { mujoco, model } = await compileMjcf(sceneMjcf(scene, robot), { [ROBOT_FILE]: robot.model });
  const data = new mujoco.MjData(model);
  const idOf = (type: 'BODY' | 'JOINT' | 'ACTUATOR', name: string): number => {
    const id = mujoco.mj_name2id(model, mujoco.mjtObj[`mjOBJ_${type}`].value, name);
    if (id < 0) throw new Error(`the robot's model has no ${type.toLowerCase()} ${JSON.stringify(name)}`);
    return id;
  };
  // Arrays of the model never change: they are copied once.
  const actuated = Int32Array.from(model.actuator_trnid);
  const actuates = Int32Array.from(model.actuator_trntype);
  const { mjTRN_JOINT } = mujoco.mjtTrn;
  /** The position actuator of a joint */
  const actuatorOf = (joint: string): number => {
    const id = idOf('JOINT', joint);
    const actuator = actuates.findIndex((type, i) => type === mjTRN_JOINT.value && actuated[2 * i] === id);
    if (actuator < 0) throw new Error(`the robot's model has no actuator for the joint ${JSON.stringify(joint)}`);
    return actuator;
  };
  /** The control at which an actuator (affine, as position servos are) is content with a length: what a robot reports of its gripper */
  const contentAt = (actuator: number, length: number): number => {
    const stride = model.actuator_gainprm.length / model.nu;
    const [constant, slope] = [model.actuator_biasprm[stride * actuator], model.actuator_biasprm[stride * actuator + 1]];
    return -(constant + slope * length) / model.actuator_gainprm[stride * actuator];
  };
  const qposOf = Int32Array.from(model.jnt_qposadr);
  const dofOf = Int32Array.from(model.jnt_dofadr);
  const bodyOfGeom = Int32Array.from(model.geom_bodyid);
  const bodies = new Map<string, number>();
  for (let i = 0; i < model.nbody; i++) bodies.set(mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY.value, i), i);
  const bodyNames = [...bodies.keys()];
  const jointIds = new Map<string, number>();
  for (let i = 0; i < model.njnt; i++) jointIds.set(mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT.value, i), i);
  const freeJoints = new Map<string, number>();
  for (const { id, model: thing } of scene.things) if (!thing.fixed) freeJoints.set(id, model.body_jntadr[bodies.get(id) as number]);

  const places: readonly ArmPlaces[] = armsOf(robot).map((arm) => {
    const { chain, gripper } = robot.arms[arm] as NonNullable<PerArm<SimRobot['arms']['left']>['left']>;
    return {
      arm,
      joints: chain.joints.map(({ name }) => qposOf[idOf('JOINT', name)] as number),
      controls: chain.joints.map(({ name }) => actuatorOf(name)),
      gripper: gripper.map(({ name }) => idOf('ACTUATOR', name)),
    };
  });

  const armJoints = new Set(robot.embodiment.arms.flatMap(({ chain }) => chain.joints.map(({ name }) => jointIds.get(name))));
  /** Of each arm: its bodies from the first joint on, and the joints beyond the last one, those of its fingers */
  const reachOf = (arm: Arm) => {
    const chain = robot.arms[arm]?.chain.joints ?? [];
    const [first, last] = [chain[0], chain.at(-1)].map((joint) => model.jnt_bodyid[jointIds.get(joint?.name ?? '') as number]);
    const beyond = (body: number, from: number): boolean => body > 0 && (body === from || beyond(model.body_parentid[body], from));
    const moving = [...jointIds.values()].filter((joint) => !armJoints.has(joint) && beyond(model.jnt_bodyid[joint], last));
    return { bodies: new Set(bodyNames.filter((_, body) => beyond(body, first))), fingerJoints: moving };
  };
  const reaches = Object.fromEntries(armsOf(robot).map((arm) => [arm, reachOf(arm)])) as PerArm<ReturnType<typeof reachOf>>;
  const fingers = Object.fromEntries(
    armsOf(robot).map((arm) => [arm, reaches[arm]?.fingerJoints.map((joint) => bodyNames[model.jnt_bodyid[joint]] as string)]),
  ) as PerArm<readonly string[]>;
  const closing = armsOf(robot).flatMap((arm) => fingers[arm] ?? []);
  firmGrip(model, { actuators: places.flatMap(({ gripper }) => gripper), fingers: closing.map((body) => bodies.get(body) as number) });

  const leads = leadsOf(model);

  let steps = 0;
  let targets: { [arm in Arm]?: ArmTargets } = {};
  let expectedTime = 0;

  const thingNamed = (id: string): Thing => {
    const thing = scene.things.find((other) => other.id === id);
    if (!thing)
      throw unknownName(
        'thing in this scene',
        id,
        scene.things.map((other) => other.id),
      );
    return thing;
  };
  function bodyOf(id: string, part?: string): number {
    const thing = thingNamed(id);
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
    const moves = places.flatMap(({ arm, controls, gripper }) => {
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
    for (const { arm, joints } of places) {
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
  }

  const poseOfBody = (body: number): Pose => {
    const [p, r] = [data.xpos.subarray(3 * body, 3 * body + 3), data.xmat.subarray(9 * body, 9 * body + 9)];
    return { position: [p[0], p[1], p[2]], rotation: Array.from(r) as unknown as Mat3 };
  };

  function contactsIn(some: MjData): Contact[] {
    const found: Contact[] = [];
    const all = some.contact;
    for (let i = 0; i < some.ncon; i++) {
      const contact = all.get(i);
      if (!contact) continue;
      const name = (geom: number): string => bodyNames[bodyOfGeom[geom] as number] as string;
      found.push({ bodies: [name(contact.geom1), name(contact.geom2)], distance: contact.dist });
      contact.delete();
    }
    all.delete();
    return found;
  }

  /** For what would be, if: made when it is first asked for */
  let scratch: MjData | undefined;
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
    for (const { arm } of places) {
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
      for (const { arm, joints: at, gripper } of places) {
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
    poseOf: (id, part) => poseOfBody(bodyOf(id, part)),
    speedOf(id) {
      const joint = freeJoints.get(thingNamed(id).id);
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
      contacts ??= contactsIn(data);
      return contacts;
    },
    fingersOf: (arm) => fingers[arm] ?? [],
    bumps(arm, { joints, opening, carried }) {
      scratch ??= new mujoco.MjData(model);
      const { qpos } = scratch;
      qpos.set(data.qpos);
      for (const [i, at] of (places.find((one) => one.arm === arm)?.joints ?? []).entries()) qpos[at] = joints[i];
      const { bodies: own, fingerJoints } = reaches[arm] ?? { bodies: new Set<string>(), fingerJoints: [] };
      for (const joint of fingerJoints) {
        const [low, high] = [model.jnt_range[2 * joint], model.jnt_range[2 * joint + 1]];
        qpos[qposOf[joint] as number] = low + opening * (high - low);
      }
      const free = carried && freeJoints.get(thingNamed(carried.thing).id);
      if (carried && free !== undefined) {
        qpos.set([...carried.pose.position, ...quaternionFromMatrix(carried.pose.rotation)], qposOf[free] as number);
      }
      mujoco.mj_kinematics(model, scratch);
      mujoco.mj_collision(model, scratch);
      const isOwn = (body: string): boolean => own.has(body) || (carried !== undefined && isPartOf(body, carried.thing));
      const touched = contactsIn(scratch).flatMap(({ bodies: [a, b] }) => (isOwn(a) ? [b] : isOwn(b) ? [a] : []));
      return new Set(touched.filter((body) => !isOwn(body)));
    },
    push(id, linear, angular = [0, 0, 0]) {
      const joint = freeJoints.get(thingNamed(id).id);
      if (joint === undefined) throw new Error(`${id} is fixed and cannot be pushed`);
      const at = dofOf[joint] as number;
      const { qvel } = data;
      for (let i = 0; i < 3; i++) {
        qvel[at + i] += linear[i];
        qvel[at + 3 + i] += angular[i];
      }
    },
    snapshot: () => ({
      steps,
      targets: { ...targets },
      physics: [data.qpos, data.qvel, data.ctrl, data.qacc_warmstart, Float64Array.of(data.time)].map((array) => Float64Array.from(array)),
    }),
    restore(snapshot) {
      const [qpos, qvel, ctrl, warm, time] = snapshot.physics as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
      data.qpos.set(qpos);
      data.qvel.set(qvel);
      data.ctrl.set(ctrl);
      data.qacc_warmstart.set(warm);
      data.time = time[0] as number;
      steps = snapshot.steps;
      targets = { ...snapshot.targets };
      expectedTime = Math.round((time[0] as number) / model.opt.timestep);
      // Frames and lengths follow from positions. The warm start is not touched by this.
      mujoco.mj_fwdPosition(model, data);
      contacts = undefined;
    },
    close() {
      scratch?.delete();
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

/** Throws for names that cannot be, twins, and joints that do not fit. */
function checkScene({ things, start }: Scene, robot: SimRobot): void {
  const ids = new Set<string>();
  for (const { id, model, joints = {} } of things) {
    if (!/^[a-z0-9][a-z0-9 -]*$/.test(id))
      throw new Error(`a thing is called ${JSON.stringify(id)}: expected lower-case letters, digits, spaces, dashes`);
    if (ids.has(id)) throw new Error(`two things of the scene are called ${JSON.stringify(id)}`);
    ids.add(id);
    const names = (model.parts ?? []).map(({ name }) => name);
    for (const name of Object.keys(joints)) if (!names.includes(name)) throw unknownName(`part of ${id}`, name, names);
  }
  for (const arm of armsOf(robot)) {
    const given = start?.[arm];
    const expected = robot.home[arm]?.length;
    if (given && (given.length !== expected || !given.every(Number.isFinite))) {
      throw new Error(`the ${arm} arm starts from [${given.join(', ')}]: expected ${expected} finite numbers`);
    }
  }
}
