/**
 * One arm of 7 joints. Links and limits are those that Franka publishes (Denavit and Hartenberg's parameters after Craig; the hand is
 * turned by −45° on the flange); the shapes are primitives, just good enough to bump into things.
 */
import type { ShippedEmbodiment } from './shipped.ts';

const model = `<mujoco model="panda">
  <compiler angle="radian"/>
  <default>
    <!-- What collides is not seen (group 3). Robots touch the world (contype 1, conaffinity 1), not themselves. -->
    <geom type="capsule" contype="2" conaffinity="1" group="3"/>
    <joint damping="2" armature="0.1"/>
    <position inheritrange="1"/>
    <default class="pad">
      <geom type="box" group="0" rgba="0.16 0.16 0.17 1" friction="1.5 0.05 0.001" condim="4"/>
    </default>
    <!-- What is seen touches nothing and has no mass (group 2). -->
    <default class="shell">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.92 0.93 0.94 1"/>
    </default>
    <default class="dark">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.2 0.21 0.23 1"/>
    </default>
    <default class="trim">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.16 0.42 0.78 1"/>
    </default>
    <default class="metal">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.62 0.64 0.67 1"/>
    </default>
    <default class="finger">
      <joint type="slide" axis="0 1 0" damping="60" armature="0.2"/>
    </default>
  </default>
  <worldbody>
    <body name="link0">
      <geom type="cylinder" size="0.07" fromto="0 0 0 0 0 0.14"/>
      <geom class="shell" size="0.078" fromto="0 0 0.018 0 0 0.1"/>
      <geom class="trim" size="0.079" fromto="0 0 0.1 0 0 0.106"/>
      <geom class="shell" size="0.07" fromto="0 0 0.106 0 0 0.14"/>
      <geom class="dark" size="0.085" fromto="0 0 0 0 0 0.018"/>
      <geom class="shell" type="box" size="0.05 0.062 0.03" pos="-0.075 0 0.034"/>
      <camera name="head" pos="1.08 0 0.78" xyaxes="0 1 0 -0.848 0 0.53" fovy="52"/>
      <body name="link1" pos="0 0 0.333" gravcomp="1">
        <joint name="joint1" axis="0 0 1" range="-2.8973 2.8973"/>
        <geom size="0.06" fromto="0 0 -0.15 0 0 0"/>
        <geom class="dark" size="0.066" fromto="0 0 -0.193 0 0 -0.175"/>
        <geom class="shell" size="0.064" fromto="0 0 -0.175 0 0 -0.03"/>
        <geom class="shell" size="0.064" fromto="0 -0.075 0 0 0.075 0"/>
        <geom class="dark" size="0.056" fromto="0 -0.084 0 0 0.084 0"/>
        <body name="link2" quat="1 -1 0 0" gravcomp="1">
          <joint name="joint2" axis="0 0 1" range="-1.7628 1.7628"/>
          <geom size="0.06" fromto="0 0 0 0 -0.2 0"/>
          <geom class="shell" type="capsule" size="0.063" fromto="0 0 0 0 -0.13 0"/>
          <geom class="shell" size="0.06" fromto="0 -0.1 0 0 -0.19 0"/>
          <body name="link3" pos="0 -0.316 0" quat="1 1 0 0" gravcomp="1">
            <joint name="joint3" axis="0 0 1" range="-2.8973 2.8973"/>
            <geom size="0.06" fromto="0 0 -0.1 0.0825 0 0"/>
            <geom class="dark" size="0.062" fromto="0 0 -0.126 0 0 -0.112"/>
            <geom class="shell" size="0.06" fromto="0 0 -0.112 0 0 -0.04"/>
            <geom class="shell" type="capsule" size="0.058" fromto="0 0 -0.035 0.06 0 -0.005"/>
            <geom class="shell" size="0.056" fromto="0.0825 -0.062 0 0.0825 0.062 0"/>
            <geom class="dark" size="0.048" fromto="0.0825 -0.07 0 0.0825 0.07 0"/>
            <body name="link4" pos="0.0825 0 0" quat="1 1 0 0" gravcomp="1">
              <joint name="joint4" axis="0 0 1" range="-3.0718 -0.0698"/>
              <geom size="0.06" fromto="0 0 0 -0.0825 0.1 0"/>
              <geom class="shell" type="capsule" size="0.054" fromto="-0.01 0.012 0 -0.0825 0.075 0"/>
              <geom class="shell" size="0.056" fromto="-0.0825 0.06 0 -0.0825 0.102 0"/>
              <body name="link5" pos="-0.0825 0.384 0" quat="1 -1 0 0" gravcomp="1">
                <joint name="joint5" axis="0 0 1" range="-2.8973 2.8973"/>
                <geom size="0.05" fromto="0 0 -0.28 0 0 0"/>
                <geom class="dark" size="0.057" fromto="0 0 -0.282 0 0 -0.268"/>
                <geom class="shell" size="0.055" fromto="0 0 -0.268 0 0 -0.13"/>
                <geom class="shell" type="capsule" size="0.04" fromto="0 0.02 -0.2 0 0.055 -0.08"/>
                <geom class="shell" type="capsule" size="0.046" fromto="0 0 -0.14 0 0 -0.02"/>
                <geom class="shell" size="0.05" fromto="0 -0.055 0 0 0.055 0"/>
                <geom class="dark" size="0.043" fromto="0 -0.062 0 0 0.062 0"/>
                <body name="link6" quat="1 1 0 0" gravcomp="1">
                  <joint name="joint6" axis="0 0 1" range="-0.0175 3.7525"/>
                  <geom size="0.05" fromto="0 0 0 0.088 0 0"/>
                  <geom class="shell" type="capsule" size="0.048" fromto="0 0 0 0.088 0 0"/>
                  <geom class="shell" size="0.052" fromto="0.088 -0.05 0 0.088 0.045 0"/>
                  <geom class="trim" size="0.0525" fromto="0.088 0.03 0 0.088 0.036 0"/>
                  <body name="link7" pos="0.088 0 0" quat="1 1 0 0" gravcomp="1">
                    <joint name="joint7" axis="0 0 1" range="-2.8973 2.8973"/>
                    <geom size="0.04" fromto="0 0 0 0 0 0.06"/>
                    <geom class="dark" size="0.05" fromto="0 0 0.046 0 0 0.056"/>
                    <geom class="shell" size="0.046" fromto="0 0 0.056 0 0 0.09"/>
                    <geom class="metal" size="0.034" fromto="0 0 0.09 0 0 0.107"/>
                    <body name="hand" pos="0 0 0.107" quat="0.9238795325112867 0 0 -0.3826834323650898" gravcomp="1">
                      <geom type="box" size="0.02 0.1 0.03" pos="0 0 0.03"/>
                      <geom class="shell" type="box" size="0.024 0.06 0.022" pos="0 0 0.022"/>
                      <geom class="shell" type="capsule" size="0.022" fromto="0 -0.076 0.026 0 0.076 0.026"/>
                      <geom class="dark" type="box" size="0.021 0.1 0.0085" pos="0 0 0.0505"/>
                      <geom class="dark" size="0.012" fromto="0.018 0 0.03 0.03 0 0.03"/>
                      <site name="tcp" pos="0 0 0.1034"/>
                      <camera name="wrist" pos="0.06 0 0.03" xyaxes="0 1 0 1 0 0" fovy="75"/>
                      <body name="left_finger" pos="0 0 0.0584" gravcomp="1">
                        <joint name="left_finger" class="finger" axis="0 1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.027" pos="0 0.006 0.027"/>
                        <geom class="metal" type="box" size="0.012 0.007 0.0113" pos="0 0.0105 0.0113"/>
                        <geom class="metal" type="box" size="0.0085 0.002 0.0243" pos="0 0.0135 0.0243"/>
                      </body>
                      <body name="right_finger" pos="0 0 0.0584" gravcomp="1">
                        <joint name="right_finger" class="finger" axis="0 -1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.027" pos="0 -0.006 0.027"/>
                        <geom class="metal" type="box" size="0.012 0.007 0.0113" pos="0 -0.0105 0.0113"/>
                        <geom class="metal" type="box" size="0.0085 0.002 0.0243" pos="0 -0.0135 0.0243"/>
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
