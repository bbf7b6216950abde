/** Worlds: the same states everywhere, commands followed, bad input refused. */
import { expect, test } from 'vitest';
import { SHIPPED_EMBODIMENTS, type ShippedEmbodiment } from '../../src/robot/embodiments/shipped.ts';
import { rotationAngle } from '../../src/robot/rotation.ts';
import { length3, subtract3 } from '../../src/robot/vectors.ts';
import { createExpert } from '../../src/sim/expert.ts';
import { type Goal, holds } from '../../src/sim/goals.ts';
import { SIM_ROBOTS, simRobot } from '../../src/sim/robots.ts';
import type { Scene } from '../../src/sim/scene.ts';
import { createWorld, toWorld, type World } from '../../src/sim/world.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { cube, cubeAndPlate, greyRoom, slider, thing } from './stand-ins.ts';

const GOAL: Goal = { kind: 'placed', object: 'cube', target: 'plate' };
/** Where both arms of a robot with two reach */
const NEAR: Scene = {
  ...cubeAndPlate,
  things: [
    thing('cube', cube, 0, 0.2),
    ...cubeAndPlate.things.slice(1).map((plate) => ({ ...plate, pose: { ...plate.pose, position: [0, 0.015, 0.001] as const } })),
  ],
};

async function withWorld<T>(scene: Scene, robot: string, use: (world: World) => T | Promise<T>): Promise<T> {
  const world = await createWorld(scene, await simRobot(robot));
  try {
    return await use(world);
  } finally {
    world.close();
  }
}

/** FNV-1a over the bits */
function hash(arrays: readonly Float64Array[]): number {
  let value = 0x811c9dc5;
  for (const array of arrays)
    for (const word of new Uint32Array(array.buffer, array.byteOffset, 2 * array.length)) value = Math.imul(value ^ word, 0x01000193);
  return value >>> 0;
}

test.each(SIM_ROBOTS)('%s: an expert puts the cube on the plate, in the same states everywhere', async (robot) => {
  const scene = robot === 'panda' || robot === 'ur5e' ? cubeAndPlate : NEAR;
  const states = await withWorld(scene, robot, (world) => {
    expect(holds(GOAL, world)).toBe(false);
    const expert = createExpert(world, [GOAL]);
    while (!holds(GOAL, world) && world.steps < 300) world.step(expert.act());
    expect(holds(GOAL, world)).toBe(true);
    return `${world.steps} steps, ${hash([world.data.qpos, world.data.qvel, world.data.ctrl]).toString(16)}`;
  });
  // The same in Node and in Chromium: this test runs in both.
  expect({ robot, states }).toMatchSnapshot();
});

test.each(SIM_ROBOTS)('%s: tools go where they are told', async (name) => {
  await withWorld({ things: [], room: greyRoom }, name, (world) => {
    for (const arm of ['left', 'right'] as const) {
      const from = world.told()[arm];
      if (!from) continue;
      const goal = {
        position: [from.pose.position[0], from.pose.position[1], from.pose.position[2] - 0.05] as const,
        rotation: from.pose.rotation,
      };
      for (let i = 0; i < 45; i++) world.step({ [arm]: { pose: goal, gripper: 0.5 } });
      const { pose, gripper } = world.state()[arm] as NonNullable<ReturnType<World['state']>['left']>;
      expect(length3(subtract3(pose.position, goal.position))).toBeLessThan(0.005);
      expect(rotationAngle(pose.rotation, goal.rotation)).toBeLessThan(0.02);
      expect(gripper).toBeCloseTo(0.5, 1);
    }
  });
});

test('a pose out of reach brings the tool as near as it gets, without a jump and never NaN', async () => {
  await withWorld(cubeAndPlate, 'panda', (world) => {
    const rotation = world.homeTool('right').rotation;
    let last = (world.state().right as { pose: { position: readonly [number, number, number] } }).pose.position;
    for (let i = 0; i < 90; i++) {
      const { right } = world.step({ right: { pose: { position: [3, 0, 0.3], rotation }, gripper: 1 } });
      expect(right?.positionError).toBeGreaterThan(1);
      const { pose, joints } = world.state().right as NonNullable<ReturnType<World['state']>['right']>;
      expect(joints.every(Number.isFinite)).toBe(true);
      expect(length3(subtract3(pose.position, last))).toBeLessThan(0.15);
      last = pose.position;
    }
    const reached = toWorld(world.robot, { position: last, rotation }).position;
    expect(reached[0]).toBeGreaterThan(0.1);
  });
});

test('what lies still sleeps, is known to touch what it stands on, and wakes when it is pushed', async () => {
  await withWorld(cubeAndPlate, 'panda', (world) => {
    for (let i = 0; i < 60; i++) world.step({});
    const positions = () => Array.from(world.data.qpos as Float64Array);
    const joint = world.model.body_jntadr[world.mujoco.mj_name2id(world.model, world.mujoco.mjtObj.mjOBJ_BODY.value, 'cube')];
    const at = world.model.jnt_qposadr[joint];
    const lying = positions().slice(at, at + 7);
    world.step({});
    // Not even a last bit of it changes: it is not simulated.
    expect(positions().slice(at, at + 7)).toEqual(lying);
    expect(world.speedOf('cube')).toEqual({ linear: 0, angular: 0 });
    expect(world.data.ncon).toBe(0);
    expect(world.contacts().map(({ bodies }) => bodies)).toContainEqual(['world', 'cube']);
    world.push('cube', [0.5, 0, 0]);
    world.step({});
    expect(world.speedOf('cube').linear).toBeGreaterThan(0.05);
    expect(world.poseOf('cube').position[0]).toBeGreaterThan((lying[0] as number) + 0.003);
  });
});

test('a part that slides can be pushed along, and is where it says', async () => {
  const scene: Scene = { things: [{ ...thing('slider', slider, 0.02, 0), joints: { block: 0.03 } }], room: greyRoom };
  await withWorld(scene, 'panda', (world) => {
    expect(world.jointOf('slider', 'block')).toBeCloseTo(0.03, 3);
    const goal: Goal = { kind: 'joint', object: 'slider', part: 'block', to: 'upper' };
    const expert = createExpert(world, [goal]);
    while (!holds(goal, world) && world.steps < 300) world.step(expert.act());
    expect(world.jointOf('slider', 'block')).toBeGreaterThan(0.085);
    expect(world.poseOf('slider', 'block').position[1]).toBeCloseTo(world.jointOf('slider', 'block'), 6);
  });
});

test('bad input', async () => {
  await expect(simRobot('pandra')).rejects.toThrow('there is no simulated robot "pandra": there are "panda"');
  await expect(simRobot('g1-inspire')).rejects.toThrow('there is no simulated robot "g1-inspire"');
  const twins: Scene = { things: [thing('cube', cube, 0, 0), thing('cube', cube, 0.1, 0)], room: greyRoom };
  await expect(withWorld(twins, 'panda', () => undefined)).rejects.toThrow('two things of the scene are called "cube"');
  await expect(withWorld({ things: [thing('Cube!', cube, 0, 0)], room: greyRoom }, 'panda', () => undefined)).rejects.toThrow(
    'a thing is called "Cube!": expected lower-case letters, digits, spaces, dashes',
  );
  await expect(withWorld({ ...cubeAndPlate, start: { right: [0, 0] } }, 'panda', () => undefined)).rejects.toThrow(
    'the right arm starts from [0, 0]: expected 7 finite numbers',
  );
  await withWorld(cubeAndPlate, 'panda', (world) => {
    const { pose } = world.told().right as NonNullable<ReturnType<World['told']>['right']>;
    expect(() => world.step({ left: { pose, gripper: 1 } })).toThrow('a command for the left arm, but panda has only right');
    expect(() => world.step({ right: { pose, gripper: Number.NaN } })).toThrow(
      "a gripper's command is NaN: expected 0 (closed) … 1 (open)",
    );
    expect(() => world.step({ right: { pose: { ...pose, position: [0, Number.NaN, 0] }, gripper: 1 } })).toThrow(
      'the commanded pose is at [0, NaN, 0]: expected 3 finite numbers',
    );
    expect(() => world.step({ right: { pose: { ...pose, rotation: [0, 0, 0, 0, 0, 0, 0, 0, 0] }, gripper: 1 } })).toThrow(
      'the commanded pose is turned by [0, 0, 0, 0, 0, 0, 0, 0, 0]: expected a rotation matrix',
    );
    expect(() => world.push('cube', [Number.NaN, 0, 0])).toThrow('cube is pushed by [NaN, 0, 0, 0, 0, 0]: expected finite numbers');
    expect(() => world.bumps('left', { joints: [], opening: 1 })).toThrow('there is no left arm, only right');
    expect(() => world.bumps('right', { joints: [1], opening: 1 })).toThrow('the right arm cannot have the joints [1]: expected 7');
    expect(() => world.poseOf('cup')).toThrow('there is no thing in this scene "cup": there are "cube", "plate"');
    expect(() => world.jointOf('cube', 'lid')).toThrow('there is no part of cube "lid": none has a name');
    // Nothing of it has moved the world.
    expect(world.steps).toBe(0);
  });
  const [first, ...others] = cubeAndPlate.things as [(typeof cubeAndPlate.things)[number], ...typeof cubeAndPlate.things];
  const nowhere = { ...first, pose: { ...first.pose, position: [0, Number.POSITIVE_INFINITY, 0] as const } };
  await expect(withWorld({ ...cubeAndPlate, things: [nowhere, ...others] }, 'panda', () => undefined)).rejects.toThrow(
    'cube is at [0, Infinity, 0]: expected 3 finite numbers',
  );
  const apart = { things: [{ ...thing('slider', slider, 0, 0), joints: { block: 5 } }], room: greyRoom };
  await expect(withWorld(apart, 'panda', () => undefined)).rejects.toThrow('block of slider is at 5: expected 0 to 0.1');
  await expect(withWorld({ ...cubeAndPlate, start: { left: [1] } }, 'panda', () => undefined)).rejects.toThrow(
    'the scene has a start for the left arm, but panda has only right',
  );
  await expect(withWorld({ ...cubeAndPlate, start: { right: [0, 100, 0, -2, 0, 2, 0] } }, 'panda', () => undefined)).rejects.toThrow(
    'joint2 starts from 100: expected',
  );
  await expect(withWorld({ ...cubeAndPlate, cameras: { head: { zoom: Number.NaN } } }, 'panda', () => undefined)).rejects.toThrow(
    'the head camera is moved by [], turned by [], zoomed by NaN: expected finite numbers',
  );
  const { file, model } = SHIPPED_EMBODIMENTS.get('panda') as ShippedEmbodiment;
  await expect(simRobot('panda', { file, model: model.replace('<worldbody>', '<wordbody>') })).rejects.toThrow(
    /embodiment "panda".*line|wordbody/,
  );
});

test('actuators that do not hold a position are refused', async () => {
  const { file, model } = SHIPPED_EMBODIMENTS.get('panda') as ShippedEmbodiment;
  const actuator = /<position ([^>]*joint="joint2"[^>]*)\/>/.exec(model) as RegExpExecArray;
  const motor = model.replace(actuator[0], '<motor name="joint2" joint="joint2"/>');
  await expect(simRobot('panda', { file, model: motor }).then((robot) => createWorld(cubeAndPlate, robot))).rejects.toThrow(
    'the actuator of the joint "joint2" is not a position actuator',
  );
});

test('where things are does not depend on whether somebody looks', async () => {
  const [first, ...others] = cubeAndPlate.things as [(typeof cubeAndPlate.things)[number], ...typeof cubeAndPlate.things];
  const falling = { ...first, pose: { ...first.pose, position: [0, 0, 1.2] as const } };
  await withWorld({ ...cubeAndPlate, things: [falling, ...others] }, 'panda', (world) => {
    const before = world.poseOf('cube');
    world.mujoco.mj_kinematics(world.model, world.data);
    expect(world.poseOf('cube')).toEqual(before);
  });
});

test('a world that diverges says so', async () => {
  await withWorld(cubeAndPlate, 'panda', (world) => {
    const { uniform } = randomStream(0, 'explosion');
    world.push('cube', [1e12 * uniform(), 1e12, 0]);
    expect(() => world.step({})).toThrow('the physics diverged in control step 0');
  });
});
