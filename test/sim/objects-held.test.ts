/** Everything in the catalogue can be picked up: a gripper in MuJoCo closes as the best grasp says, lifts, and shakes. */
import { expect, test } from 'vitest';
import { loadMujoco } from '../../src/robot/mujoco.ts';
import { invertRotation, quaternionFromMatrix, rotateVector } from '../../src/robot/rotation.ts';
import { shapeVolume } from '../../src/sim/mjcf.ts';
import { objectModel, objectNames } from '../../src/sim/objects/catalogue.ts';
import type { Grasp, ObjectModel } from '../../src/sim/objects/model.ts';

const STEPS_PER_SECOND = 360;
/** When the fingers close, when the hand rises by how much, and until when it shakes with 1 g: seconds and metres */
const COURSE = { close: 0.1, rise: 0.6, height: 0.08, shake: 1, end: 1.4 } as const;
/** 1 cm back and forth at 5 Hz */
const SHAKE = { amplitude: 0.01, turn: 2 * Math.PI * 5 } as const;

const numbers = (values: readonly number[]): string => values.join(' ');

function thingMjcf({ body: { shapes, mass }, friction = [1, 0.01, 0.0005] }: ObjectModel): string {
  const volumes = shapes.map(shapeVolume);
  const whole = volumes.reduce((sum, volume) => sum + volume, 0);
  const geoms = shapes.map(({ type, size, position = [0, 0, 0], quaternion = [1, 0, 0, 0] }, i) => {
    const own = (mass * (volumes[i] as number)) / whole;
    return `<geom type="${type}" size="${numbers(size)}" pos="${numbers(position)}" quat="${numbers(quaternion)}" mass="${own}" friction="${numbers(friction)}" condim="4" contype="1" conaffinity="3"/>`;
  });
  return `<body><freejoint/>${geoms.join('')}</body>`;
}

/** A hand that rises along the world's z, with two coupled fingers like those of the robots. */
function gripperMjcf({ pose, width }: Grasp): string {
  const opened = Math.min(0.035, width / 2 + 0.007);
  const finger = (name: string, side: 1 | -1): string =>
    `<body pos="0 ${side * opened} 0"><joint name="${name}" type="slide" axis="0 ${-side} 0" range="0 ${opened + 0.002}" limited="true" damping="20" armature="0.05"/>
     <geom type="box" size="0.01 0.006 0.0275" pos="0 ${side * 0.006} -0.0175" mass="0.1" friction="1.5 0.05 0.001" condim="4" contype="2" conaffinity="1" solref="0.006 1" priority="1"/></body>`;
  const up = rotateVector(invertRotation(pose.rotation), [0, 0, 1]);
  return `<body pos="${numbers(pose.position)}" quat="${numbers(quaternionFromMatrix(pose.rotation))}" gravcomp="1">
    <joint name="rise" type="slide" axis="${numbers(up)}" damping="50"/><geom type="sphere" size="0.01" pos="0 0 -0.2" mass="1" contype="0" conaffinity="0"/>
    ${finger('left', 1)}${finger('right', -1)}</body>`;
}

const mjcf = (model: ObjectModel): string =>
  `<mujoco><option timestep="${1 / STEPS_PER_SECOND}" integrator="implicitfast" cone="elliptic" impratio="10" iterations="30"/><size memory="8M"/>
  <worldbody><geom type="box" size="1 1 0.02" pos="0 0 -0.02" contype="1" conaffinity="3"/>${thingMjcf(model)}${gripperMjcf(model.grasps[0] as Grasp)}</worldbody>
  <equality><joint joint1="left" joint2="right"/></equality>
  <actuator><position joint="rise" kp="8000" kv="300"/><motor joint="left"/></actuator></mujoco>`;

/** Where the hand is to be after some seconds: metres above the grasp. */
function heightAt(seconds: number): number {
  const risen = COURSE.height * Math.min(Math.max((seconds - COURSE.rise) / (COURSE.shake - COURSE.rise), 0), 1);
  return risen + (seconds > COURSE.shake ? SHAKE.amplitude * Math.sin(SHAKE.turn * (seconds - COURSE.shake)) : 0);
}

test('the best grasp of each object holds it while it is lifted and shaken with 1 g', { timeout: 120_000 }, async () => {
  const mujoco = await loadMujoco();
  const dropped = objectNames().filter((name) => {
    const model = mujoco.MjModel.from_xml_string(mjcf(objectModel(name)));
    const data = new mujoco.MjData(model);
    try {
      for (let step = 0; step < COURSE.end * STEPS_PER_SECOND; step++) {
        const seconds = step / STEPS_PER_SECOND;
        data.ctrl[0] = heightAt(seconds);
        data.ctrl[1] = seconds < COURSE.close ? 0 : 30;
        mujoco.mj_step(model, data);
      }
      const [x, y] = [data.qpos[4] as number, data.qpos[5] as number];
      const upright = 1 - 2 * (x * x + y * y);
      return !(data.qpos[2] > COURSE.height - 0.03 && upright > 0.9);
    } finally {
      data.delete();
      model.delete();
    }
  });
  expect(dropped).toEqual([]);
});
