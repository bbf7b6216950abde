/**
 * One arm of 6 joints. Links and limits are those that Universal Robots publishes (d1 162.5, a2 −425, a3 −392.2, d4 133.3, d5 99.7,
 * d6 99.6 mm); the gripper has the stroke of a Robotiq 2F-85, whose position register is 0 open and 255 closed. At all joints 0 the
 * arm points along −x of its base, as the manufacturer has it. The shapes are primitives.
 */
import type { ShippedEmbodiment } from './shipped.ts';

const model = `<mujoco model="ur5e">
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
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.8 0.82 0.84 1"/>
    </default>
    <default class="dark">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.3 0.32 0.35 1"/>
    </default>
    <default class="trim">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.33 0.6 0.85 1"/>
    </default>
    <default class="metal">
      <geom type="cylinder" contype="0" conaffinity="0" group="2" mass="0" rgba="0.55 0.57 0.6 1"/>
    </default>
    <default class="finger">
      <joint type="slide" axis="0 1 0" damping="60" armature="0.2"/>
    </default>
  </default>
  <worldbody>
    <body name="base">
      <geom type="cylinder" size="0.075" fromto="0 0 0 0 0 0.1"/>
      <geom class="dark" size="0.085" fromto="0 0 0 0 0 0.02"/>
      <geom class="shell" size="0.074" fromto="0 0 0.02 0 0 0.092"/>
      <geom class="dark" size="0.068" fromto="0 0 0.092 0 0 0.105"/>
      <camera name="head" pos="-1.08 0 0.78" xyaxes="0 -1 0 0.848 0 0.53" fovy="52"/>
      <body name="shoulder_link" pos="0 0 0.1625" gravcomp="1">
        <joint name="shoulder_pan_joint" axis="0 0 1" range="-6.2832 6.2832"/>
        <geom size="0.06" fromto="0 0 -0.06 0 0 0"/>
        <geom class="shell" size="0.064" fromto="0 0 -0.058 0 0 0.05"/>
        <geom class="trim" size="0.062" fromto="0 0 0.05 0 0 0.064"/>
        <geom class="shell" size="0.058" fromto="0 0.03 0 0 -0.066 0"/>
        <geom class="dark" size="0.056" fromto="0 -0.066 0 0 -0.074 0"/>
        <body name="upper_arm_link" quat="1 1 0 0" gravcomp="1">
          <joint name="shoulder_lift_joint" axis="0 0 1" range="-6.2832 6.2832"/>
          <geom size="0.055" fromto="0 0 0.13 -0.425 0 0.13"/>
          <geom class="shell" size="0.06" fromto="0 0 0.074 0 0 0.18"/>
          <geom class="trim" size="0.058" fromto="0 0 0.18 0 0 0.198"/>
          <geom class="shell" size="0.046" fromto="-0.03 0 0.13 -0.4 0 0.13"/>
          <geom class="metal" size="0.048" fromto="-0.062 0 0.13 -0.075 0 0.13"/>
          <geom class="metal" size="0.048" fromto="-0.345 0 0.13 -0.358 0 0.13"/>
          <geom class="shell" size="0.055" fromto="-0.425 0 0.075 -0.425 0 0.175"/>
          <geom class="trim" size="0.053" fromto="-0.425 0 0.175 -0.425 0 0.192"/>
          <body name="forearm_link" pos="-0.425 0 0" gravcomp="1">
            <joint name="elbow_joint" axis="0 0 1" range="-3.1416 3.1416"/>
            <geom size="0.045" fromto="0 0 0.02 -0.3922 0 0.02"/>
            <geom class="dark" size="0.05" fromto="0 0 0.066 0 0 0.075"/>
            <geom class="shell" size="0.05" fromto="0 0 -0.03 0 0 0.066"/>
            <geom class="trim" size="0.048" fromto="0 0 -0.045 0 0 -0.03"/>
            <geom class="shell" size="0.039" fromto="-0.02 0 0.02 -0.37 0 0.02"/>
            <geom class="metal" size="0.041" fromto="-0.05 0 0.02 -0.062 0 0.02"/>
            <geom class="shell" size="0.042" fromto="-0.3922 0 -0.028 -0.3922 0 0.07"/>
            <geom class="trim" size="0.04" fromto="-0.3922 0 -0.04 -0.3922 0 -0.028"/>
            <body name="wrist_1_link" pos="-0.3922 0 0.1333" gravcomp="1">
              <joint name="wrist_1_joint" axis="0 0 1" range="-6.2832 6.2832"/>
              <geom size="0.04" fromto="0 0 -0.05 0 0 0"/>
              <geom class="dark" size="0.04" fromto="0 0 -0.064 0 0 -0.054"/>
              <geom class="shell" size="0.041" fromto="0 0 -0.054 0 0 0.02"/>
              <geom class="shell" size="0.041" fromto="0 0.038 0 0 -0.05 0"/>
              <geom class="trim" size="0.039" fromto="0 0.038 0 0 0.05 0"/>
              <body name="wrist_2_link" pos="0 -0.0997 0" quat="1 1 0 0" gravcomp="1">
                <joint name="wrist_2_joint" axis="0 0 1" range="-6.2832 6.2832"/>
                <geom size="0.04" fromto="0 0 -0.05 0 0 0"/>
                <geom class="dark" size="0.04" fromto="0 0 -0.05 0 0 -0.041"/>
                <geom class="shell" size="0.041" fromto="0 0 -0.041 0 0 0.02"/>
                <geom class="shell" size="0.041" fromto="0 -0.038 0 0 0.05 0"/>
                <geom class="trim" size="0.039" fromto="0 -0.05 0 0 -0.038 0"/>
                <body name="wrist_3_link" pos="0 0.0996 0" quat="1 -1 0 0" gravcomp="1">
                  <joint name="wrist_3_joint" axis="0 0 1" range="-6.2832 6.2832"/>
                  <geom size="0.035" fromto="0 0 -0.05 0 0 -0.03"/>
                  <geom class="dark" size="0.04" fromto="0 0 -0.05 0 0 -0.04"/>
                  <geom class="shell" size="0.041" fromto="0 0 -0.04 0 0 -0.012"/>
                  <geom class="metal" size="0.034" fromto="0 0 -0.012 0 0 0"/>
                  <!-- With wrist 3 at 0 and the tool pointing down, the gripper closes sideways. -->
                  <body name="gripper" quat="1 0 0 -1" gravcomp="1">
                    <geom type="box" size="0.03 0.06 0.045" pos="0 0 0.045"/>
                    <geom class="dark" size="0.038" fromto="0 0 0 0 0 0.022"/>
                    <geom class="dark" type="box" size="0.03 0.042 0.024" pos="0 0 0.044"/>
                    <geom class="dark" type="box" size="0.026 0.06 0.012" pos="0 0 0.077"/>
                    <geom class="dark" size="0.014" fromto="0.024 0 0.03 0.04 0 0.03"/>
                    <site name="tcp" pos="0 0 0.145"/>
                    <camera name="wrist" pos="0.07 0 0.03" xyaxes="0 1 0 1 0 0" fovy="75"/>
                    <body name="left_finger" pos="0 0 0.09" gravcomp="1">
                      <joint name="left_finger" class="finger" axis="0 1 0" range="0 0.0425"/>
                      <geom class="pad" size="0.01 0.006 0.0325" pos="0 0.006 0.0325"/>
                      <geom class="metal" type="box" size="0.012 0.007 0.0137" pos="0 0.0105 0.0137"/>
                      <geom class="metal" type="box" size="0.0085 0.002 0.0293" pos="0 0.0135 0.0293"/>
                    </body>
                    <body name="right_finger" pos="0 0 0.09" gravcomp="1">
                      <joint name="right_finger" class="finger" axis="0 -1 0" range="0 0.0425"/>
                      <geom class="pad" size="0.01 0.006 0.0325" pos="0 -0.006 0.0325"/>
                      <geom class="metal" type="box" size="0.012 0.007 0.0137" pos="0 -0.0105 0.0137"/>
                      <geom class="metal" type="box" size="0.0085 0.002 0.0293" pos="0 -0.0135 0.0293"/>
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
    <position name="shoulder_pan" joint="shoulder_pan_joint" kp="2000" dampratio="1" forcerange="-150 150"/>
    <position name="shoulder_lift" joint="shoulder_lift_joint" kp="2000" dampratio="1" forcerange="-150 150"/>
    <position name="elbow" joint="elbow_joint" kp="2000" dampratio="1" forcerange="-150 150"/>
    <position name="wrist_1" joint="wrist_1_joint" kp="500" dampratio="1" forcerange="-28 28"/>
    <position name="wrist_2" joint="wrist_2_joint" kp="500" dampratio="1" forcerange="-28 28"/>
    <position name="wrist_3" joint="wrist_3_joint" kp="500" dampratio="1" forcerange="-28 28"/>
    <!-- Width 0.085 m at 0, closed at 255: force = 200 (0.085 (1 - ctrl/255) - width) -->
    <general name="gripper" tendon="width" ctrlrange="0 255" forcerange="-70 70" biastype="affine" gainprm="-0.06666667" biasprm="17 -200 0"/>
  </actuator>
</mujoco>
`;

/** Universal Robots UR5e with a parallel gripper of the size of a Robotiq 2F-85. */
export const ur5e: ShippedEmbodiment = {
  model,
  file: {
    name: 'ur5e',
    description:
      'Universal Robots UR5e: 6 joints, kinematics and limits as published, with a parallel gripper like a Robotiq 2F-85, whose value is 0 open and 255 closed. Simple shapes.',
    kinematics: 'ur5e.xml',
    base: 'base',
    arms: [
      {
        slot: 'either',
        joints: ['shoulder_pan_joint', 'shoulder_lift_joint', 'elbow_joint', 'wrist_1_joint', 'wrist_2_joint', 'wrist_3_joint'],
        tool: { site: 'tcp' },
        gripper: [{ name: 'gripper', closed: 255, open: 0 }],
      },
    ],
    cameras: { head: 'head', wrist: 'wrist' },
  },
};
