/**
 * Two arms of 6 joints and a gripper each: 14 degrees of freedom, as the AgileX robot of the paper. Links and limits of the arms are
 * those that AgileX publishes for the Piper (its SDK's parameters for firmware S-V1.6-3 and later, after Craig: d1 123, a2 285.03,
 * a3 −21.98, d4 250.75, d6 91 mm, θ2 −172.22°, θ3 −102.78°); at joints 0 the last link is at x 56.1, z 213.3 mm, as the arm itself
 * reports. How far the arms stand apart differs from robot to robot: 0.6 m here. The shapes are primitives.
 */
import type { ShippedEmbodiment } from './shipped.ts';

const model = `<mujoco model="agilex">
  <compiler angle="degree"/>
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
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.9 0.9 0.9 1"/>
    </default>
    <default class="dark">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.17 0.17 0.19 1"/>
    </default>
    <default class="trim">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.92 0.42 0.1 1"/>
    </default>
    <default class="metal">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.62 0.64 0.66 1"/>
    </default>
    <default class="finger">
      <joint type="slide" axis="0 1 0" damping="60" armature="0.2"/>
    </default>
  </default>
  <worldbody>
    <body name="base">
      <camera name="head" pos="-0.07 0 0.69" xyaxes="0 -1 0 0.943 0 0.3328" fovy="48"/>
      <body name="left_base" pos="0 0.3 0">
        <geom type="cylinder" size="0.06" fromto="0 0 0 0 0 0.06"/>
        <geom class="dark" size="0.065" fromto="0 0 0 0 0 0.02"/>
        <geom class="shell" size="0.056" fromto="0 0 0.02 0 0 0.062"/>
        <geom class="trim" size="0.057" fromto="0 0 0.062 0 0 0.067"/>
        <body name="left_link1" pos="0 0 0.123" gravcomp="1">
          <joint name="left_joint1" axis="0 0 1" range="-150 150"/>
          <geom size="0.045" fromto="0 0 -0.05 0 0 0"/>
          <geom class="dark" size="0.048" fromto="0 0 -0.056 0 0 -0.01"/>
          <geom class="shell" size="0.045" fromto="0 -0.045 0 0 0.045 0"/>
          <geom class="dark" size="0.04" fromto="0 -0.052 0 0 0.052 0"/>
          <body name="left_link2" euler="-90 0 -172.22" gravcomp="1">
            <joint name="left_joint2" axis="0 0 1" range="0 180"/>
            <geom size="0.035" fromto="0 0 0 0.28503 0 0"/>
            <geom class="shell" type="capsule" size="0.036" fromto="0 0 0 0.1 0 0"/>
            <geom class="shell" size="0.031" fromto="0.1 0 0 0.28503 0 0"/>
            <geom class="trim" size="0.0325" fromto="0.14 0 0 0.147 0 0"/>
            <geom class="shell" size="0.036" fromto="0.28503 0 -0.036 0.28503 0 0.036"/>
            <geom class="dark" size="0.031" fromto="0.28503 0 -0.042 0.28503 0 0.042"/>
            <body name="left_link3" pos="0.28503 0 0" euler="0 0 -102.78" gravcomp="1">
              <joint name="left_joint3" axis="0 0 1" range="-170 0"/>
              <geom size="0.03" fromto="0 0 0 -0.02198 -0.13 0"/>
              <geom class="shell" type="capsule" size="0.031" fromto="0 0 0 -0.02198 -0.08 0"/>
              <geom class="dark" size="0.03" fromto="-0.02198 -0.08 0 -0.02198 -0.135 0"/>
              <body name="left_link4" pos="-0.02198 -0.25075 0" euler="90 0 0" gravcomp="1">
                <joint name="left_joint4" axis="0 0 1" range="-100 100"/>
                <geom size="0.03" fromto="0 0 -0.1 0 0 0"/>
                <geom class="trim" size="0.031" fromto="0 0 -0.116 0 0 -0.11"/>
                <geom class="shell" size="0.03" fromto="0 0 -0.11 0 0 -0.02"/>
                <geom class="shell" size="0.03" fromto="0 -0.034 0 0 0.034 0"/>
                <geom class="dark" size="0.025" fromto="0 -0.039 0 0 0.039 0"/>
                <body name="left_link5" euler="-90 0 0" gravcomp="1">
                  <joint name="left_joint5" axis="0 0 1" range="-70 70"/>
                  <geom size="0.03" fromto="0 0 0 0 -0.04 0"/>
                  <geom class="shell" type="capsule" size="0.027" fromto="0 0 0 0 -0.045 0"/>
                  <geom class="dark" size="0.028" fromto="0 -0.055 0 0 -0.072 0"/>
                  <body name="left_link6" pos="0 -0.091 0" euler="90 0 0" gravcomp="1">
                    <joint name="left_joint6" axis="0 0 1" range="-120 120"/>
                    <geom size="0.025" fromto="0 0 0 0 0 0.03"/>
                    <geom class="shell" size="0.027" fromto="0 0 -0.019 0 0 0.03"/>
                    <geom type="box" size="0.02 0.05 0.025" pos="0 0 0.055"/>
                    <geom class="shell" type="box" size="0.021 0.034 0.02" pos="0 0 0.05"/>
                    <geom class="dark" type="box" size="0.02 0.052 0.008" pos="0 0 0.071"/>
                    <geom class="trim" type="box" size="0.0215 0.0345 0.003" pos="0 0 0.036"/>
                    <geom class="dark" size="0.01" fromto="-0.018 0 0.045 -0.032 0 0.045"/>
                    <!-- Half a turn: at joints 0 the x of the last link points down. -->
                    <site name="left_tcp" pos="0 0 0.125" quat="0 0 0 1"/>
                    <camera name="left_wrist" pos="-0.06 0 0.03" xyaxes="0 -1 0 -1 0 0" fovy="75"/>
                    <body name="left_left_finger" pos="0 0 0.08" gravcomp="1">
                      <joint name="left_left_finger" class="finger" axis="0 1 0" range="0 0.035"/>
                      <geom class="pad" size="0.01 0.006 0.0275" pos="0 0.006 0.0275"/>
                      <geom class="metal" type="box" size="0.012 0.007 0.0115" pos="0 0.0105 0.0115"/>
                      <geom class="metal" type="box" size="0.0085 0.002 0.0248" pos="0 0.0135 0.0248"/>
                    </body>
                    <body name="left_right_finger" pos="0 0 0.08" gravcomp="1">
                      <joint name="left_right_finger" class="finger" axis="0 -1 0" range="0 0.035"/>
                      <geom class="pad" size="0.01 0.006 0.0275" pos="0 -0.006 0.0275"/>
                      <geom class="metal" type="box" size="0.012 0.007 0.0115" pos="0 -0.0105 0.0115"/>
                      <geom class="metal" type="box" size="0.0085 0.002 0.0248" pos="0 -0.0135 0.0248"/>
                    </body>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
      <body name="right_base" pos="0 -0.3 0">
        <geom type="cylinder" size="0.06" fromto="0 0 0 0 0 0.06"/>
        <geom class="dark" size="0.065" fromto="0 0 0 0 0 0.02"/>
        <geom class="shell" size="0.056" fromto="0 0 0.02 0 0 0.062"/>
        <geom class="trim" size="0.057" fromto="0 0 0.062 0 0 0.067"/>
        <body name="right_link1" pos="0 0 0.123" gravcomp="1">
          <joint name="right_joint1" axis="0 0 1" range="-150 150"/>
          <geom size="0.045" fromto="0 0 -0.05 0 0 0"/>
          <geom class="dark" size="0.048" fromto="0 0 -0.056 0 0 -0.01"/>
          <geom class="shell" size="0.045" fromto="0 -0.045 0 0 0.045 0"/>
          <geom class="dark" size="0.04" fromto="0 -0.052 0 0 0.052 0"/>
          <body name="right_link2" euler="-90 0 -172.22" gravcomp="1">
            <joint name="right_joint2" axis="0 0 1" range="0 180"/>
            <geom size="0.035" fromto="0 0 0 0.28503 0 0"/>
            <geom class="shell" type="capsule" size="0.036" fromto="0 0 0 0.1 0 0"/>
            <geom class="shell" size="0.031" fromto="0.1 0 0 0.28503 0 0"/>
            <geom class="trim" size="0.0325" fromto="0.14 0 0 0.147 0 0"/>
            <geom class="shell" size="0.036" fromto="0.28503 0 -0.036 0.28503 0 0.036"/>
            <geom class="dark" size="0.031" fromto="0.28503 0 -0.042 0.28503 0 0.042"/>
            <body name="right_link3" pos="0.28503 0 0" euler="0 0 -102.78" gravcomp="1">
              <joint name="right_joint3" axis="0 0 1" range="-170 0"/>
              <geom size="0.03" fromto="0 0 0 -0.02198 -0.13 0"/>
              <geom class="shell" type="capsule" size="0.031" fromto="0 0 0 -0.02198 -0.08 0"/>
              <geom class="dark" size="0.03" fromto="-0.02198 -0.08 0 -0.02198 -0.135 0"/>
              <body name="right_link4" pos="-0.02198 -0.25075 0" euler="90 0 0" gravcomp="1">
                <joint name="right_joint4" axis="0 0 1" range="-100 100"/>
                <geom size="0.03" fromto="0 0 -0.1 0 0 0"/>
                <geom class="trim" size="0.031" fromto="0 0 -0.116 0 0 -0.11"/>
                <geom class="shell" size="0.03" fromto="0 0 -0.11 0 0 -0.02"/>
                <geom class="shell" size="0.03" fromto="0 -0.034 0 0 0.034 0"/>
                <geom class="dark" size="0.025" fromto="0 -0.039 0 0 0.039 0"/>
                <body name="right_link5" euler="-90 0 0" gravcomp="1">
                  <joint name="right_joint5" axis="0 0 1" range="-70 70"/>
                  <geom size="0.03" fromto="0 0 0 0 -0.04 0"/>
                  <geom class="shell" type="capsule" size="0.027" fromto="0 0 0 0 -0.045 0"/>
                  <geom class="dark" size="0.028" fromto="0 -0.055 0 0 -0.072 0"/>
                  <body name="right_link6" pos="0 -0.091 0" euler="90 0 0" gravcomp="1">
                    <joint name="right_joint6" axis="0 0 1" range="-120 120"/>
                    <geom size="0.025" fromto="0 0 0 0 0 0.03"/>
                    <geom class="shell" size="0.027" fromto="0 0 -0.019 0 0 0.03"/>
                    <geom type="box" size="0.02 0.05 0.025" pos="0 0 0.055"/>
                    <geom class="shell" type="box" size="0.021 0.034 0.02" pos="0 0 0.05"/>
                    <geom class="dark" type="box" size="0.02 0.052 0.008" pos="0 0 0.071"/>
                    <geom class="trim" type="box" size="0.0215 0.0345 0.003" pos="0 0 0.036"/>
                    <geom class="dark" size="0.01" fromto="-0.018 0 0.045 -0.032 0 0.045"/>
                    <!-- Half a turn: at joints 0 the x of the last link points down. -->
                    <site name="right_tcp" pos="0 0 0.125" quat="0 0 0 1"/>
                    <camera name="right_wrist" pos="-0.06 0 0.03" xyaxes="0 -1 0 -1 0 0" fovy="75"/>
                    <body name="right_left_finger" pos="0 0 0.08" gravcomp="1">
                      <joint name="right_left_finger" class="finger" axis="0 1 0" range="0 0.035"/>
                      <geom class="pad" size="0.01 0.006 0.0275" pos="0 0.006 0.0275"/>
                      <geom class="metal" type="box" size="0.012 0.007 0.0115" pos="0 0.0105 0.0115"/>
                      <geom class="metal" type="box" size="0.0085 0.002 0.0248" pos="0 0.0135 0.0248"/>
                    </body>
                    <body name="right_right_finger" pos="0 0 0.08" gravcomp="1">
                      <joint name="right_right_finger" class="finger" axis="0 -1 0" range="0 0.035"/>
                      <geom class="pad" size="0.01 0.006 0.0275" pos="0 -0.006 0.0275"/>
                      <geom class="metal" type="box" size="0.012 0.007 0.0115" pos="0 -0.0105 0.0115"/>
                      <geom class="metal" type="box" size="0.0085 0.002 0.0248" pos="0 -0.0135 0.0248"/>
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
    <fixed name="left_width">
      <joint joint="left_left_finger" coef="1"/>
      <joint joint="left_right_finger" coef="1"/>
    </fixed>
    <fixed name="right_width">
      <joint joint="right_left_finger" coef="1"/>
      <joint joint="right_right_finger" coef="1"/>
    </fixed>
  </tendon>
  <equality>
    <joint joint1="left_left_finger" joint2="left_right_finger"/>
    <joint joint1="right_left_finger" joint2="right_right_finger"/>
  </equality>
  <actuator>
    <position name="left_joint1" joint="left_joint1" kp="400" dampratio="1" forcerange="-50 50"/>
    <position name="left_joint2" joint="left_joint2" kp="400" dampratio="1" forcerange="-50 50"/>
    <position name="left_joint3" joint="left_joint3" kp="400" dampratio="1" forcerange="-50 50"/>
    <position name="left_joint4" joint="left_joint4" kp="100" dampratio="1" forcerange="-10 10"/>
    <position name="left_joint5" joint="left_joint5" kp="100" dampratio="1" forcerange="-10 10"/>
    <position name="left_joint6" joint="left_joint6" kp="100" dampratio="1" forcerange="-10 10"/>
    <position name="left_gripper" tendon="left_width" kp="200" inheritrange="0" ctrlrange="0 0.07" forcerange="-40 40"/>
    <position name="right_joint1" joint="right_joint1" kp="400" dampratio="1" forcerange="-50 50"/>
    <position name="right_joint2" joint="right_joint2" kp="400" dampratio="1" forcerange="-50 50"/>
    <position name="right_joint3" joint="right_joint3" kp="400" dampratio="1" forcerange="-50 50"/>
    <position name="right_joint4" joint="right_joint4" kp="100" dampratio="1" forcerange="-10 10"/>
    <position name="right_joint5" joint="right_joint5" kp="100" dampratio="1" forcerange="-10 10"/>
    <position name="right_joint6" joint="right_joint6" kp="100" dampratio="1" forcerange="-10 10"/>
    <position name="right_gripper" tendon="right_width" kp="200" inheritrange="0" ctrlrange="0 0.07" forcerange="-40 40"/>
  </actuator>
</mujoco>
`;

/** Two AgileX Piper arms side by side. */
export const agilex: ShippedEmbodiment = {
  model,
  file: {
    name: 'agilex',
    description:
      'Two AgileX Piper arms, 0.6 m apart, both facing forwards: 2 × (6 joints and a parallel gripper whose value is its width, 0 to 0.07 m). Kinematics and limits of the arms as published by AgileX; their distance is a choice. Simple shapes.',
    kinematics: 'agilex.xml',
    base: 'base',
    arms: [
      {
        slot: 'left',
        joints: ['left_joint1', 'left_joint2', 'left_joint3', 'left_joint4', 'left_joint5', 'left_joint6'],
        tool: { site: 'left_tcp' },
        gripper: [{ name: 'left_gripper', closed: 0, open: 0.07 }],
      },
      {
        slot: 'right',
        joints: ['right_joint1', 'right_joint2', 'right_joint3', 'right_joint4', 'right_joint5', 'right_joint6'],
        tool: { site: 'right_tcp' },
        gripper: [{ name: 'right_gripper', closed: 0, open: 0.07 }],
      },
    ],
    cameras: { head: 'head', leftWrist: 'left_wrist', rightWrist: 'right_wrist' },
  },
};
