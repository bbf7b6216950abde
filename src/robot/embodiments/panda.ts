/**
 * One arm of 7 joints. Links and limits are those that Franka publishes (Denavit and Hartenberg's parameters after Craig; the hand is
 * turned by −45° on the flange); the shapes are primitives, just good enough to bump into things.
 */
import type { ShippedEmbodiment } from './shipped.ts';

const model = `<mujoco model="panda">
  <compiler angle="radian"/>
  <default>
    <!-- Robots touch the world (contype 1, conaffinity 1), not themselves. -->
    <geom type="capsule" contype="2" conaffinity="1" rgba="0.85 0.85 0.87 1"/>
    <joint damping="2" armature="0.1"/>
    <position inheritrange="1"/>
    <default class="pad">
      <geom type="box" rgba="0.2 0.2 0.2 1" friction="1.5 0.05 0.001" condim="4"/>
    </default>
    <default class="finger">
      <joint type="slide" axis="0 1 0" damping="20" armature="0.05"/>
    </default>
  </default>
  <worldbody>
    <body name="link0">
      <geom type="cylinder" size="0.07" fromto="0 0 0 0 0 0.14"/>
      <camera name="head" pos="-0.2 0 0.9" xyaxes="0 -1 0 0.6 0 0.8" fovy="60"/>
      <body name="link1" pos="0 0 0.333" gravcomp="1">
        <joint name="joint1" axis="0 0 1" range="-2.8973 2.8973"/>
        <geom size="0.06" fromto="0 0 -0.15 0 0 0"/>
        <body name="link2" quat="1 -1 0 0" gravcomp="1">
          <joint name="joint2" axis="0 0 1" range="-1.7628 1.7628"/>
          <geom size="0.06" fromto="0 0 0 0 -0.2 0"/>
          <body name="link3" pos="0 -0.316 0" quat="1 1 0 0" gravcomp="1">
            <joint name="joint3" axis="0 0 1" range="-2.8973 2.8973"/>
            <geom size="0.06" fromto="0 0 -0.1 0.0825 0 0"/>
            <body name="link4" pos="0.0825 0 0" quat="1 1 0 0" gravcomp="1">
              <joint name="joint4" axis="0 0 1" range="-3.0718 -0.0698"/>
              <geom size="0.06" fromto="0 0 0 -0.0825 0.1 0"/>
              <body name="link5" pos="-0.0825 0.384 0" quat="1 -1 0 0" gravcomp="1">
                <joint name="joint5" axis="0 0 1" range="-2.8973 2.8973"/>
                <geom size="0.05" fromto="0 0 -0.28 0 0 0"/>
                <body name="link6" quat="1 1 0 0" gravcomp="1">
                  <joint name="joint6" axis="0 0 1" range="-0.0175 3.7525"/>
                  <geom size="0.05" fromto="0 0 0 0.088 0 0"/>
                  <body name="link7" pos="0.088 0 0" quat="1 1 0 0" gravcomp="1">
                    <joint name="joint7" axis="0 0 1" range="-2.8973 2.8973"/>
                    <geom size="0.04" fromto="0 0 0 0 0 0.06"/>
                    <body name="hand" pos="0 0 0.107" quat="0.9238795325112867 0 0 -0.3826834323650898" gravcomp="1">
                      <geom type="box" size="0.02 0.1 0.03" pos="0 0 0.03"/>
                      <site name="tcp" pos="0 0 0.1034"/>
                      <camera name="wrist" pos="0.06 0 0.03" xyaxes="0 1 0 1 0 0" fovy="75"/>
                      <body name="left_finger" pos="0 0 0.0584" gravcomp="1">
                        <joint name="left_finger" class="finger" axis="0 1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.027" pos="0 0.006 0.027"/>
                      </body>
                      <body name="right_finger" pos="0 0 0.0584" gravcomp="1">
                        <joint name="right_finger" class="finger" axis="0 -1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.027" pos="0 -0.006 0.027"/>
                      </body>
                    </body>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <tendon>
    <fixed name="width">
      <joint joint="left_finger" coef="1"/>
      <joint joint="right_finger" coef="1"/>
    </fixed>
  </tendon>
  <equality>
    <joint joint1="left_finger" joint2="right_finger"/>
  </equality>
  <actuator>
    <position name="joint1" joint="joint1" kp="2000" dampratio="1" forcerange="-87 87"/>
    <position name="joint2" joint="joint2" kp="2000" dampratio="1" forcerange="-87 87"/>
    <position name="joint3" joint="joint3" kp="2000" dampratio="1" forcerange="-87 87"/>
    <position name="joint4" joint="joint4" kp="2000" dampratio="1" forcerange="-87 87"/>
    <position name="joint5" joint="joint5" kp="800" dampratio="1" forcerange="-12 12"/>
    <position name="joint6" joint="joint6" kp="800" dampratio="1" forcerange="-12 12"/>
    <position name="joint7" joint="joint7" kp="800" dampratio="1" forcerange="-12 12"/>
    <position name="gripper" tendon="width" kp="200" inheritrange="0" ctrlrange="0 0.08" forcerange="-70 70"/>
  </actuator>
</mujoco>
`;

/** Franka Emika Panda with its hand. */
export const panda: ShippedEmbodiment = {
  model,
  file: {
    name: 'panda',
    description:
      'Franka Emika Panda with its hand: 7 joints and a parallel gripper whose value is its width, 0 to 0.08 m. Kinematics and limits as published by Franka; simple shapes.',
    kinematics: 'panda.xml',
    base: 'link0',
    arms: [
      {
        slot: 'either',
        joints: ['joint1', 'joint2', 'joint3', 'joint4', 'joint5', 'joint6', 'joint7'],
        tool: { site: 'tcp' },
        gripper: [{ name: 'gripper', closed: 0, open: 0.08 }],
      },
    ],
    cameras: { head: 'head', wrist: 'wrist' },
  },
};
