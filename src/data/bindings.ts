/** Bindings of public datasets, found by format, robot type and the columns that they have. */
import { type Binding, featuresOf, parseBinding } from './binding.ts';
import type { EpisodeSource } from './source.ts';

/** A binding and the datasets that it is for. */
interface Shipped {
  readonly binding: Binding;
  readonly fits: (source: EpisodeSource) => boolean;
}

const G1_ARM = ['ShoulderPitch', 'ShoulderRoll', 'ShoulderYaw', 'Elbow', 'WristRoll', 'WristPitch', 'WristYaw'];
const G1_HAND = ['Pinky', 'Ring', 'Middle', 'Index', 'ThumbBend', 'ThumbRotation'];

/** An arm of Unitree's G1 with an Inspire hand, of which 1 is open; what the hand is told counts, since it stops at what it holds. */
const g1Arm = (side: 'Left' | 'Right') => {
  const hand = (feature: string) => ({ feature, columns: G1_HAND.map((name) => `k${side}Hand${name}`), closed: 0, open: 1 });
  return {
    state: { kind: 'joints', joints: { feature: 'observation.state', columns: G1_ARM.map((name) => `k${side}${name}`) } },
    gripper: hand('observation.state'),
    command: { gripper: hand('action') },
  };
};

const SHIPPED: readonly Shipped[] = [
  {
    // Datasets recorded with Unitree's xr_teleoperate, converted to LeRobot
    fits: (source) => /g1/i.test(source.robotType ?? '') && (source.features['observation.state']?.names ?? []).includes('kLeftHandPinky'),
    binding: parseBinding(
      {
        embodiment: 'g1-inspire',
        arms: { left: g1Arm('Left'), right: g1Arm('Right') },
        cameras: { head: 'observation.images.cam_high' },
      },
      'the binding of the Unitree G1',
    ),
  },
  {
    // The demonstrations that LIBERO publishes: fingers in metres from the middle; the command is −1 to open, 1 to close.
    // Poses by joints: its end-effector orientation is turned against the controller's.
    fits: (source) => source.format === 'libero-hdf5',
    binding: parseBinding(
      {
        embodiment: 'panda',
        arms: {
          either: {
            state: { kind: 'joints', joints: { feature: 'obs/joint_states', columns: [0, 1, 2, 3, 4, 5, 6] } },
            gripper: { feature: 'obs/gripper_states', columns: [0], closed: 0, open: 0.04 },
            command: { gripper: { feature: 'actions', columns: [6], closed: 1, open: -1 } },
          },
        },
        cameras: { head: 'obs/agentview_rgb', wrist: 'obs/eye_in_hand_rgb' },
      },
      'the binding of LIBERO',
    ),
  },
];

/** The binding that is shipped for such a dataset, if any: one that asks for features or cameras that it lacks is for another. */
export function shippedBinding(source: EpisodeSource): Binding | undefined {
  const found = SHIPPED.find(({ fits }) => fits(source))?.binding;
  const needed = found ? [...featuresOf(found), ...Object.values(found.cameras)] : [];
  return needed.every((name) => name !== undefined && source.features[name]) ? found : undefined;
}
