/**
 * Two arms of 7 joints. The kinematics are those of `g1_upper_body.xml` in the dataset g1-pick-bottle, taken from
 * `YifanTian07/G1-policy-train`:
 *
 *   MIT License. Copyright (c) 2026 Yifan Tian
 *
 *   Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
 *   (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
 *   publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do
 *   so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or
 *   substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING
 *   BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 *   AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE,
 *   ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
 *
 * The tool's frame. Unitree mounts the hand 0.0415 m in front of the wrist's last joint, fingers along the wrist's x, and its model of
 * the hand has the fingers curl about the wrist's z, towards −y on the left hand and +y on the right one, while the opposed thumb comes
 * the other way. So the approach (z) is the wrist's x, and the closing direction (y) is the wrist's −y, for which x is the wrist's z: up,
 * on the thumb's side, when the hand points forward. With that model the thumb's tip meets those of index and middle finger (thumb
 * rotated by 1.25, bent by 0.28; fingers curled by 0.94 rad in both joints) 0.187 m in front of the wrist's last joint, 0.065 m to the
 * side of the palm, and 0.02 m above: that is the origin, here as an offset from the sites at (0.0415, ±0.003, 0).
 */
import type { ShippedEmbodiment } from './shipped.ts';

const model = `<!-- Kinematics of the Unitree G1 upper body (29-DoF version): the two 7-joint arms, torso fixed at the base frame.
     Joint names follow the robot's own. Sites left_ee and right_ee are the palm frames. No meshes, no dynamics.
     Added to this file by gear-vla: shapes, cameras, hands of one joint per actuator, and the actuators. -->
<mujoco model="g1_upper_body_kinematics">
  <compiler angle="radian" autolimits="true"/>
  <default>
    <!-- Robots touch the world (contype 1, conaffinity 1), not themselves. -->
    <geom type="capsule" contype="2" conaffinity="1" rgba="0.85 0.85 0.87 1"/>
    <joint damping="1" armature="0.03"/>
    <position inheritrange="1"/>
    <default class="hand">
      <geom type="capsule" size="0.008" rgba="0.2 0.2 0.2 1" friction="1.5 0.05 0.001" condim="4"/>
      <joint damping="0.05" armature="0.002"/>
      <general biastype="affine" ctrlrange="0 1" forcerange="-2 2"/>
    </default>
  </default>
  <worldbody>
    <body name="torso_link">
      <inertial pos="0 0 0.2" mass="7" diaginertia="0.1 0.1 0.1"/>
      <geom type="box" size="0.07 0.1 0.14" pos="0 0 0.15"/>
      <geom type="sphere" size="0.08" pos="0.02 0 0.42"/>
      <camera name="head" pos="0.0576235 0.01753 0.42987" xyaxes="0 -1 0 0.7385 0 0.6743" fovy="42"/>
      <body name="left_shoulder_pitch_link" pos="0.0039563 0.10022 0.24778" quat="0.990264 0.139201 1.38722e-05 -9.86868e-05">
        <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_shoulder_pitch_joint" axis="0 1 0" range="-3.0892 2.6704"/><geom size="0.035" fromto="0 0 0 0 0.03 -0.01"/>
        <body name="left_shoulder_roll_link" pos="0 0.038 -0.013831" quat="0.990268 -0.139172 0 0">
          <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_shoulder_roll_joint" axis="1 0 0" range="-1.5882 2.2515"/><geom size="0.035" fromto="0 0 0 0 0.006 -0.06"/>
          <body name="left_shoulder_yaw_link" pos="0 0.00624 -0.1032">
            <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_shoulder_yaw_joint" axis="0 0 1" range="-2.618 2.618"/><geom size="0.032" fromto="0 0 -0.02 0.01 0 -0.07"/>
            <body name="left_elbow_link" pos="0.015783 0 -0.080518">
              <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_elbow_joint" axis="0 1 0" range="-1.0472 2.0944"/><geom size="0.03" fromto="0 0 0 0.08 0.002 -0.01"/>
              <body name="left_wrist_roll_link" pos="0.1 0.00188791 -0.01">
                <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_wrist_roll_joint" axis="1 0 0" range="-1.97222 1.97222"/><geom size="0.028" fromto="0 0 0 0.02 0 0"/>
                <body name="left_wrist_pitch_link" pos="0.038 0 0">
                  <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_wrist_pitch_joint" axis="0 1 0" range="-1.61443 1.61443"/><geom size="0.028" fromto="0 0 0 0.03 0 0"/>
                  <body name="left_wrist_yaw_link" pos="0.046 0 0">
                    <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="left_wrist_yaw_joint" axis="0 0 1" range="-1.61443 1.61443"/>
                    <geom type="box" size="0.06 0.014 0.04" pos="0.11 0 0.003"/>
                    <body name="left_index" childclass="hand" pos="0.178 0 0.032" gravcomp="1">
                      <joint name="left_index" axis="0 0 -1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 -0.026 0"/>
                    </body>
                    <body name="left_middle" childclass="hand" pos="0.178 0 0.013" gravcomp="1">
                      <joint name="left_middle" axis="0 0 -1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 -0.026 0"/>
                    </body>
                    <body name="left_ring" childclass="hand" pos="0.178 0 -0.006" gravcomp="1">
                      <joint name="left_ring" axis="0 0 -1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 -0.026 0"/>
                    </body>
                    <body name="left_pinky" childclass="hand" pos="0.178 0 -0.025" gravcomp="1">
                      <joint name="left_pinky" axis="0 0 -1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 -0.026 0"/>
                    </body>
                    <body name="left_thumb_base" childclass="hand" pos="0.11 -0.017 0.02" gravcomp="1">
                      <inertial pos="0 0 0" mass="0.02" diaginertia="1e-5 1e-5 1e-5"/>
                      <joint name="left_thumb_rotation" axis="1 0 0" range="0 1.3"/>
                      <body name="left_thumb" gravcomp="1">
                        <joint name="left_thumb_bend" axis="0 1 0" range="0 1.4"/>
                        <geom fromto="0 0 0 0.02 0 0.06"/><geom fromto="0.02 0 0.06 0.045 0 0.09"/>
                      </body>
                    </body>
                    <site name="left_ee" pos="0.0415 0.003 0"/>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
      <body name="right_shoulder_pitch_link" pos="0.0039563 -0.10022 0.24778" quat="0.990264 -0.139201 1.38722e-05 9.86868e-05">
        <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_shoulder_pitch_joint" axis="0 1 0" range="-3.0892 2.6704"/><geom size="0.035" fromto="0 0 0 0 -0.03 -0.01"/>
        <body name="right_shoulder_roll_link" pos="0 -0.038 -0.013831" quat="0.990268 0.139172 0 0">
          <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_shoulder_roll_joint" axis="1 0 0" range="-2.2515 1.5882"/><geom size="0.035" fromto="0 0 0 0 -0.006 -0.06"/>
          <body name="right_shoulder_yaw_link" pos="0 -0.00624 -0.1032">
            <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_shoulder_yaw_joint" axis="0 0 1" range="-2.618 2.618"/><geom size="0.032" fromto="0 0 -0.02 0.01 0 -0.07"/>
            <body name="right_elbow_link" pos="0.015783 0 -0.080518">
              <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_elbow_joint" axis="0 1 0" range="-1.0472 2.0944"/><geom size="0.03" fromto="0 0 0 0.08 -0.002 -0.01"/>
              <body name="right_wrist_roll_link" pos="0.1 -0.00188791 -0.01">
                <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_wrist_roll_joint" axis="1 0 0" range="-1.97222 1.97222"/><geom size="0.028" fromto="0 0 0 0.02 0 0"/>
                <body name="right_wrist_pitch_link" pos="0.038 0 0">
                  <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_wrist_pitch_joint" axis="0 1 0" range="-1.61443 1.61443"/><geom size="0.028" fromto="0 0 0 0.03 0 0"/>
                  <body name="right_wrist_yaw_link" pos="0.046 0 0">
                    <inertial pos="0 0 0" mass="0.5" diaginertia="0.001 0.001 0.001"/><joint name="right_wrist_yaw_joint" axis="0 0 1" range="-1.61443 1.61443"/>
                    <geom type="box" size="0.06 0.014 0.04" pos="0.11 0 0.003"/>
                    <body name="right_index" childclass="hand" pos="0.178 0 0.032" gravcomp="1">
                      <joint name="right_index" axis="0 0 1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 0.026 0"/>
                    </body>
                    <body name="right_middle" childclass="hand" pos="0.178 0 0.013" gravcomp="1">
                      <joint name="right_middle" axis="0 0 1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 0.026 0"/>
                    </body>
                    <body name="right_ring" childclass="hand" pos="0.178 0 -0.006" gravcomp="1">
                      <joint name="right_ring" axis="0 0 1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 0.026 0"/>
                    </body>
                    <body name="right_pinky" childclass="hand" pos="0.178 0 -0.025" gravcomp="1">
                      <joint name="right_pinky" axis="0 0 1" range="0 1.7"/>
                      <geom fromto="0 0 0 0.032 0 0"/><geom fromto="0.032 0 0 0.058 0.026 0"/>
                    </body>
                    <body name="right_thumb_base" childclass="hand" pos="0.11 0.017 0.02" gravcomp="1">
                      <inertial pos="0 0 0" mass="0.02" diaginertia="1e-5 1e-5 1e-5"/>
                      <joint name="right_thumb_rotation" axis="-1 0 0" range="0 1.3"/>
                      <body name="right_thumb" gravcomp="1">
                        <joint name="right_thumb_bend" axis="0 1 0" range="0 1.4"/>
                        <geom fromto="0 0 0 0.02 0 0.06"/><geom fromto="0.02 0 0.06 0.045 0 0.09"/>
                      </body>
                    </body>
                    <site name="right_ee" pos="0.0415 -0.003 0"/>
                  </body>
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position name="left_shoulder_pitch" joint="left_shoulder_pitch_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="left_shoulder_roll" joint="left_shoulder_roll_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="left_shoulder_yaw" joint="left_shoulder_yaw_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="left_elbow" joint="left_elbow_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="left_wrist_roll" joint="left_wrist_roll_joint" kp="40" dampratio="1" forcerange="-25 25"/>
    <position name="left_wrist_pitch" joint="left_wrist_pitch_joint" kp="40" dampratio="1" forcerange="-5 5"/>
    <position name="left_wrist_yaw" joint="left_wrist_yaw_joint" kp="40" dampratio="1" forcerange="-5 5"/>
    <position name="right_shoulder_pitch" joint="right_shoulder_pitch_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="right_shoulder_roll" joint="right_shoulder_roll_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="right_shoulder_yaw" joint="right_shoulder_yaw_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="right_elbow" joint="right_elbow_joint" kp="150" dampratio="1" forcerange="-25 25"/>
    <position name="right_wrist_roll" joint="right_wrist_roll_joint" kp="40" dampratio="1" forcerange="-25 25"/>
    <position name="right_wrist_pitch" joint="right_wrist_pitch_joint" kp="40" dampratio="1" forcerange="-5 5"/>
    <position name="right_wrist_yaw" joint="right_wrist_yaw_joint" kp="40" dampratio="1" forcerange="-5 5"/>
    <!-- As on the robot, 0 is closed and 1 is open (joint 0): force = 2 (range (1 - ctrl) - joint) - 0.1 speed -->
    <general class="hand" name="left_pinky" joint="left_pinky" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="left_ring" joint="left_ring" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="left_middle" joint="left_middle" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="left_index" joint="left_index" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="left_thumb_bend" joint="left_thumb_bend" gainprm="-2.8" biasprm="2.8 -2 -0.1"/>
    <general class="hand" name="left_thumb_rotation" joint="left_thumb_rotation" gainprm="-2.6" biasprm="2.6 -2 -0.1"/>
    <general class="hand" name="right_pinky" joint="right_pinky" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="right_ring" joint="right_ring" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="right_middle" joint="right_middle" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="right_index" joint="right_index" gainprm="-3.4" biasprm="3.4 -2 -0.1"/>
    <general class="hand" name="right_thumb_bend" joint="right_thumb_bend" gainprm="-2.8" biasprm="2.8 -2 -0.1"/>
    <general class="hand" name="right_thumb_rotation" joint="right_thumb_rotation" gainprm="-2.6" biasprm="2.6 -2 -0.1"/>
  </actuator>
</mujoco>
`;

/** The upper body of a Unitree G1 with two Inspire hands. */
export const g1Inspire: ShippedEmbodiment = {
  model,
  file: {
    name: 'g1-inspire',
    description:
      'Unitree G1 (29 joints), upper body with the torso fixed, and two Inspire hands: 2 × (7 joints and 6 finger actuators, 0 closed to 1 open, whose mean is the gripper). Kinematics of g1_upper_body.xml (MIT, YifanTian07/G1-policy-train); hands and shapes are simple ones.',
    kinematics: 'g1-inspire.xml',
    base: 'torso_link',
    arms: [
      {
        slot: 'left',
        joints: [
          'left_shoulder_pitch_joint',
          'left_shoulder_roll_joint',
          'left_shoulder_yaw_joint',
          'left_elbow_joint',
          'left_wrist_roll_joint',
          'left_wrist_pitch_joint',
          'left_wrist_yaw_joint',
        ],
        tool: { site: 'left_ee', position: [0.1455, -0.068, 0.02], quaternion: [0, 1, 0, 1] },
        gripper: [
          { name: 'left_pinky', closed: 0, open: 1 },
          { name: 'left_ring', closed: 0, open: 1 },
          { name: 'left_middle', closed: 0, open: 1 },
          { name: 'left_index', closed: 0, open: 1 },
          { name: 'left_thumb_bend', closed: 0, open: 1 },
          { name: 'left_thumb_rotation', closed: 0, open: 1 },
        ],
      },
      {
        slot: 'right',
        joints: [
          'right_shoulder_pitch_joint',
          'right_shoulder_roll_joint',
          'right_shoulder_yaw_joint',
          'right_elbow_joint',
          'right_wrist_roll_joint',
          'right_wrist_pitch_joint',
          'right_wrist_yaw_joint',
        ],
        tool: { site: 'right_ee', position: [0.1455, 0.068, 0.02], quaternion: [0, 1, 0, 1] },
        gripper: [
          { name: 'right_pinky', closed: 0, open: 1 },
          { name: 'right_ring', closed: 0, open: 1 },
          { name: 'right_middle', closed: 0, open: 1 },
          { name: 'right_index', closed: 0, open: 1 },
          { name: 'right_thumb_bend', closed: 0, open: 1 },
          { name: 'right_thumb_rotation', closed: 0, open: 1 },
        ],
      },
    ],
    cameras: { head: 'head' },
  },
};
