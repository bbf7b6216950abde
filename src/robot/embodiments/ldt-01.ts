/**
 * Two arms of 7 joints and a gripper each: 16 degrees of freedom, as the LDT-01 of the paper. The paper says no more of that robot, so
 * the lengths, axes and limits here are made up: an upper body of human size.
 */
import type { ShippedEmbodiment } from './shipped.ts';

const model = `<mujoco model="ldt-01">
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
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.9 0.91 0.93 1"/>
    </default>
    <default class="dark">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.22 0.23 0.26 1"/>
    </default>
    <default class="trim">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.1 0.62 0.6 1"/>
    </default>
    <default class="metal">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.6 0.62 0.65 1"/>
    </default>
    <default class="finger">
      <joint type="slide" axis="0 1 0" damping="60" armature="0.2"/>
    </default>
  </default>
  <worldbody>
    <body name="torso">
      <geom type="box" size="0.1 0.12 0.22" pos="0 0 0.2"/>
      <geom class="dark" size="0.085" fromto="0 0 -0.02 0 0 0.09"/>
      <geom class="shell" type="capsule" size="0.1" fromto="0 -0.03 0.14 0 0.03 0.14"/>
      <geom class="shell" type="capsule" size="0.095" fromto="0 -0.065 0.3 0 0.065 0.3"/>
      <geom class="shell" type="box" size="0.096 0.12 0.08" pos="0 0 0.23"/>
      <geom class="shell" type="capsule" size="0.06" fromto="0 -0.13 0.4 0 0.13 0.4"/>
      <geom class="trim" type="box" size="0.004 0.05 0.012" pos="0.095 0 0.3"/>
      <geom class="dark" size="0.04" fromto="0 0 0.4 0 0 0.5"/>
      <geom type="sphere" size="0.09" pos="0 0 0.56"/>
      <geom class="shell" type="ellipsoid" size="0.088 0.08 0.095" pos="0 0 0.57"/>
      <geom class="dark" type="capsule" size="0.06" fromto="0.035 -0.018 0.575 0.035 0.018 0.575"/>
      <geom class="trim" size="0.03" fromto="0 -0.084 0.57 0 0.084 0.57"/>
      <camera name="head" pos="0.15 0 0.65" xyaxes="0 -1 0 0.9923 0 0.124" fovy="58"/>
      <body name="left_shoulder_pitch_link" pos="0 0.2 0.4" gravcomp="1">
        <joint name="left_shoulder_pitch" axis="0 1 0" range="-3 1.2"/>
        <geom size="0.05" fromto="0 -0.06 0 0 0 0"/>
        <geom class="dark" size="0.05" fromto="0 -0.085 0 0 -0.045 0"/>
        <geom class="trim" size="0.056" fromto="0 -0.047 0 0 -0.039 0"/>
        <body name="left_shoulder_roll_link" gravcomp="1">
          <joint name="left_shoulder_roll" axis="1 0 0" range="-0.3 2.2"/>
          <geom type="sphere" size="0.055"/>
          <geom class="shell" type="sphere" size="0.06" pos="0 0 0"/>
          <body name="left_shoulder_yaw_link" gravcomp="1">
            <joint name="left_shoulder_yaw" axis="0 0 1" range="-2.6 2.6"/>
            <geom size="0.04" fromto="0 0 -0.05 0 0 -0.28"/>
            <geom class="dark" size="0.045" fromto="0 0 -0.062 0 0 -0.05"/>
            <geom class="shell" type="capsule" size="0.046" fromto="0 0 -0.09 0 0 -0.15"/>
            <geom class="shell" size="0.04" fromto="0 0 -0.14 0 0 -0.262"/>
            <geom class="trim" size="0.041" fromto="0 0 -0.17 0 0 -0.176"/>
            <body name="left_elbow_link" pos="0 0 -0.3" gravcomp="1">
              <joint name="left_elbow" axis="0 1 0" range="-2.4 0.1"/>
              <geom type="sphere" size="0.045"/>
              <geom class="dark" type="sphere" size="0.046" pos="0 0 0"/>
              <geom class="shell" size="0.034" fromto="0 -0.048 0 0 0.048 0"/>
              <body name="left_forearm_yaw_link" gravcomp="1">
                <joint name="left_forearm_yaw" axis="0 0 1" range="-2.6 2.6"/>
                <geom size="0.035" fromto="0 0 -0.05 0 0 -0.24"/>
                <geom class="shell" type="capsule" size="0.041" fromto="0 0 -0.06 0 0 -0.11"/>
                <geom class="shell" size="0.034" fromto="0 0 -0.1 0 0 -0.23"/>
                <geom class="trim" size="0.035" fromto="0 0 -0.2 0 0 -0.206"/>
                <body name="left_wrist_roll_link" pos="0 0 -0.27" gravcomp="1">
                  <joint name="left_wrist_roll" axis="1 0 0" range="-1.2 1.2"/>
                  <geom type="sphere" size="0.03"/>
                  <geom class="dark" type="sphere" size="0.032" pos="0 0 0"/>
                  <body name="left_wrist_pitch_link" gravcomp="1">
                    <joint name="left_wrist_pitch" axis="0 1 0" range="-1.5 1.5"/>
                    <geom size="0.03" fromto="0 0 0 0 0 -0.05"/>
                    <geom class="metal" size="0.026" fromto="0 0 -0.02 0 0 -0.05"/>
                    <!-- Half a turn about x: the hand points along its z, down at joints 0. -->
                    <body name="left_hand" pos="0 0 -0.05" quat="0 1 0 0" gravcomp="1">
                      <geom type="box" size="0.02 0.05 0.025" pos="0 0 0.025"/>
                      <geom class="shell" type="box" size="0.023 0.036 0.019" pos="0 0 0.019"/>
                      <geom class="dark" type="box" size="0.02 0.053 0.007" pos="0 0 0.043"/>
                      <geom class="trim" type="box" size="0.0235 0.0365 0.003" pos="0 0 0.03"/>
                      <geom class="dark" size="0.011" fromto="0.02 0 0.012 0.034 0 0.012"/>
                      <site name="left_tcp" pos="0 0 0.1"/>
                      <camera name="left_wrist" pos="0.06 0 0" xyaxes="0 1 0 1 0 0" fovy="75"/>
                      <body name="left_left_finger" pos="0 0 0.05" gravcomp="1">
                        <joint name="left_left_finger" class="finger" axis="0 1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.03" pos="0 0.006 0.03"/>
                        <geom class="metal" type="box" size="0.012 0.007 0.0126" pos="0 0.0105 0.0126"/>
                        <geom class="metal" type="box" size="0.0085 0.002 0.027" pos="0 0.0135 0.027"/>
                      </body>
                      <body name="left_right_finger" pos="0 0 0.05" gravcomp="1">
                        <joint name="left_right_finger" class="finger" axis="0 -1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.03" pos="0 -0.006 0.03"/>
                        <geom class="metal" type="box" size="0.012 0.007 0.0126" pos="0 -0.0105 0.0126"/>
                        <geom class="metal" type="box" size="0.0085 0.002 0.027" pos="0 -0.0135 0.027"/>
                      </body>
                    </body>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
      <body name="right_shoulder_pitch_link" pos="0 -0.2 0.4" gravcomp="1">
        <joint name="right_shoulder_pitch" axis="0 1 0" range="-3 1.2"/>
        <geom size="0.05" fromto="0 0.06 0 0 0 0"/>
        <geom class="dark" size="0.05" fromto="0 0.085 0 0 0.045 0"/>
        <geom class="trim" size="0.056" fromto="0 0.047 0 0 0.039 0"/>
        <body name="right_shoulder_roll_link" gravcomp="1">
          <joint name="right_shoulder_roll" axis="1 0 0" range="-2.2 0.3"/>
          <geom type="sphere" size="0.055"/>
          <geom class="shell" type="sphere" size="0.06" pos="0 0 0"/>
          <body name="right_shoulder_yaw_link" gravcomp="1">
            <joint name="right_shoulder_yaw" axis="0 0 1" range="-2.6 2.6"/>
            <geom size="0.04" fromto="0 0 -0.05 0 0 -0.28"/>
            <geom class="dark" size="0.045" fromto="0 0 -0.062 0 0 -0.05"/>
            <geom class="shell" type="capsule" size="0.046" fromto="0 0 -0.09 0 0 -0.15"/>
            <geom class="shell" size="0.04" fromto="0 0 -0.14 0 0 -0.262"/>
            <geom class="trim" size="0.041" fromto="0 0 -0.17 0 0 -0.176"/>
            <body name="right_elbow_link" pos="0 0 -0.3" gravcomp="1">
              <joint name="right_elbow" axis="0 1 0" range="-2.4 0.1"/>
              <geom type="sphere" size="0.045"/>
              <geom class="dark" type="sphere" size="0.046" pos="0 0 0"/>
              <geom class="shell" size="0.034" fromto="0 -0.048 0 0 0.048 0"/>
              <body name="right_forearm_yaw_link" gravcomp="1">
                <joint name="right_forearm_yaw" axis="0 0 1" range="-2.6 2.6"/>
                <geom size="0.035" fromto="0 0 -0.05 0 0 -0.24"/>
                <geom class="shell" type="capsule" size="0.041" fromto="0 0 -0.06 0 0 -0.11"/>
                <geom class="shell" size="0.034" fromto="0 0 -0.1 0 0 -0.23"/>
                <geom class="trim" size="0.035" fromto="0 0 -0.2 0 0 -0.206"/>
                <body name="right_wrist_roll_link" pos="0 0 -0.27" gravcomp="1">
                  <joint name="right_wrist_roll" axis="1 0 0" range="-1.2 1.2"/>
                  <geom type="sphere" size="0.03"/>
                  <geom class="dark" type="sphere" size="0.032" pos="0 0 0"/>
                  <body name="right_wrist_pitch_link" gravcomp="1">
                    <joint name="right_wrist_pitch" axis="0 1 0" range="-1.5 1.5"/>
                    <geom size="0.03" fromto="0 0 0 0 0 -0.05"/>
                    <geom class="metal" size="0.026" fromto="0 0 -0.02 0 0 -0.05"/>
                    <!-- Half a turn about x: the hand points along its z, down at joints 0. -->
                    <body name="right_hand" pos="0 0 -0.05" quat="0 1 0 0" gravcomp="1">
                      <geom type="box" size="0.02 0.05 0.025" pos="0 0 0.025"/>
                      <geom class="shell" type="box" size="0.023 0.036 0.019" pos="0 0 0.019"/>
                      <geom class="dark" type="box" size="0.02 0.053 0.007" pos="0 0 0.043"/>
                      <geom class="trim" type="box" size="0.0235 0.0365 0.003" pos="0 0 0.03"/>
                      <geom class="dark" size="0.011" fromto="0.02 0 0.012 0.034 0 0.012"/>
                      <site name="right_tcp" pos="0 0 0.1"/>
                      <camera name="right_wrist" pos="0.06 0 0" xyaxes="0 1 0 1 0 0" fovy="75"/>
                      <body name="right_left_finger" pos="0 0 0.05" gravcomp="1">
                        <joint name="right_left_finger" class="finger" axis="0 1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.03" pos="0 0.006 0.03"/>
                        <geom class="metal" type="box" size="0.012 0.007 0.0126" pos="0 0.0105 0.0126"/>
                        <geom class="metal" type="box" size="0.0085 0.002 0.027" pos="0 0.0135 0.027"/>
                      </body>
                      <body name="right_right_finger" pos="0 0 0.05" gravcomp="1">
                        <joint name="right_right_finger" class="finger" axis="0 -1 0" range="0 0.04"/>
                        <geom class="pad" size="0.01 0.006 0.03" pos="0 -0.006 0.03"/>
                        <geom class="metal" type="box" size="0.012 0.007 0.0126" pos="0 -0.0105 0.0126"/>
                        <geom class="metal" type="box" size="0.0085 0.002 0.027" pos="0 -0.0135 0.027"/>
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
    <position name="left_shoulder_pitch" joint="left_shoulder_pitch" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="left_shoulder_roll" joint="left_shoulder_roll" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="left_shoulder_yaw" joint="left_shoulder_yaw" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="left_elbow" joint="left_elbow" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="left_forearm_yaw" joint="left_forearm_yaw" kp="150" dampratio="1" forcerange="-15 15"/>
    <position name="left_wrist_roll" joint="left_wrist_roll" kp="150" dampratio="1" forcerange="-15 15"/>
    <position name="left_wrist_pitch" joint="left_wrist_pitch" kp="150" dampratio="1" forcerange="-15 15"/>
    <position name="left_gripper" tendon="left_width" kp="200" inheritrange="0" ctrlrange="0 0.08" forcerange="-50 50"/>
    <position name="right_shoulder_pitch" joint="right_shoulder_pitch" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="right_shoulder_roll" joint="right_shoulder_roll" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="right_shoulder_yaw" joint="right_shoulder_yaw" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="right_elbow" joint="right_elbow" kp="600" dampratio="1" forcerange="-80 80"/>
    <position name="right_forearm_yaw" joint="right_forearm_yaw" kp="150" dampratio="1" forcerange="-15 15"/>
    <position name="right_wrist_roll" joint="right_wrist_roll" kp="150" dampratio="1" forcerange="-15 15"/>
    <position name="right_wrist_pitch" joint="right_wrist_pitch" kp="150" dampratio="1" forcerange="-15 15"/>
    <position name="right_gripper" tendon="right_width" kp="200" inheritrange="0" ctrlrange="0 0.08" forcerange="-50 50"/>
  </actuator>
</mujoco>
`;

/** A robot with as many joints as the LDT-01 of the paper. */
export const ldt01: ShippedEmbodiment = {
  model,
  file: {
    name: 'ldt-01',
    description:
      'Stands in for the LDT-01 of the paper, a bimanual robot of 16 degrees of freedom: 2 × (7 joints and a parallel gripper whose value is its width, 0 to 0.08 m). The paper gives no kinematics of it: lengths, axes and limits are made up. Do not use it for data of the real robot.',
    kinematics: 'ldt-01.xml',
    base: 'torso',
    arms: [
      {
        slot: 'left',
        joints: [
          'left_shoulder_pitch',
          'left_shoulder_roll',
          'left_shoulder_yaw',
          'left_elbow',
          'left_forearm_yaw',
          'left_wrist_roll',
          'left_wrist_pitch',
        ],
        tool: { site: 'left_tcp' },
        gripper: [{ name: 'left_gripper', closed: 0, open: 0.08 }],
      },
      {
        slot: 'right',
        joints: [
          'right_shoulder_pitch',
          'right_shoulder_roll',
          'right_shoulder_yaw',
          'right_elbow',
          'right_forearm_yaw',
          'right_wrist_roll',
          'right_wrist_pitch',
        ],
        tool: { site: 'right_tcp' },
        gripper: [{ name: 'right_gripper', closed: 0, open: 0.08 }],
      },
    ],
    cameras: { head: 'head', leftWrist: 'left_wrist', rightWrist: 'right_wrist' },
  },
};
