/** The robots that can be simulated: the shipped embodiments with parallel grippers, each mounted at a table. */

import type { PerArm } from '../robot/actions.ts';
import { ARMS, type Arm } from '../robot/canonical.ts';
import { type Embodiment, type EmbodimentArm, loadEmbodiment } from '../robot/embodiment.ts';
import { SHIPPED_EMBODIMENTS, type ShippedEmbodiment } from '../robot/embodiments/shipped.ts';
import { unknownName } from '../robot/names.ts';
import { matrixFromAxisAngle } from '../robot/rotation.ts';
import type { Pose } from '../robot/se3.ts';

/**
 * Where a robot stands, and how it waits. The world's frame: the table's surface is z = 0, x points away from the robot, y to its
 * left; tasks happen around the origin, 0.15 m to the front and back and 0.25 m to the sides.
 */
interface Mount {
  /** Base frame in the world, metres; and its turn about z, radians */
  readonly position: readonly [number, number, number];
  readonly yaw: number;
  /** Joints at rest, radians: tools point down, some 0.2 m above the table */
  readonly home: PerArm<readonly number[]>;
  /** Stands below each arm, from the table up to the base: x and y in the world, half side */
  readonly stands: readonly (readonly [x: number, y: number, half: number])[];
}

const MOUNTS: Readonly<Record<string, Mount>> = {
  panda: { position: [-0.5, 0, 0], yaw: 0, home: { right: [0, -0.216, 0, -2.621, 0, 2.405, 0.785] }, stands: [] },
  // At joints 0, its arm points along −x of its base.
  ur5e: { position: [-0.5, 0, 0], yaw: Math.PI, home: { right: [-0.323, -1.751, 2.051, -1.871, -1.571, -0.323] }, stands: [] },
  agilex: {
    // So low that forearms are not upright over the table: wrists with joint 5 at 0 are singular.
    position: [-0.25, 0, 0.16],
    yaw: 0,
    home: { left: [-0.427, 1.114, -0.361, 0, 0.906, -0.427], right: [0.427, 1.114, -0.361, 0, 0.906, 0.427] },
    stands: [
      [-0.25, 0.3, 0.06],
      [-0.25, -0.3, 0.06],
    ],
  },
  'ldt-01': {
    position: [-0.25, 0, 0.15],
    yaw: 0,
    home: { left: [-0.332, 1.095, -1.052, -2.118, 1.18, 0.931, 1.121], right: [-0.332, -1.095, 1.052, -2.118, -1.18, -0.931, 1.121] },
    stands: [[-0.25, 0, 0.09]],
  },
};

/** Names of the robots that can be simulated. */
export const SIM_ROBOTS: readonly string[] = Object.keys(MOUNTS);

/** A robot that can be simulated. The only arm of a robot is its `right` one here. */
export interface SimRobot {
  readonly embodiment: Embodiment;
  /** MJCF */
  readonly model: string;
  /** The body of the model that is mounted */
  readonly baseBody: string;
  /** Its base frame in the world */
  readonly base: Pose;
  readonly arms: PerArm<EmbodimentArm>;
  /** Radians */
  readonly home: PerArm<readonly number[]>;
  readonly stands: Mount['stands'];
}

/** The arms of a robot, left before right. */
export const armsOf = (robot: SimRobot): readonly Arm[] => ARMS.filter((arm) => robot.arms[arm]);

/** A robot by its name; `shipped` takes the place of the shipped file and model (a changed copy, say). Throws when there is none. */
export async function simRobot(name: string, shipped: ShippedEmbodiment | undefined = SHIPPED_EMBODIMENTS.get(name)): Promise<SimRobot> {
  const mount = Object.hasOwn(MOUNTS, name) ? MOUNTS[name] : undefined;
  if (!mount || !shipped) throw unknownName('simulated robot', name, SIM_ROBOTS);
  const embodiment = await loadEmbodiment(shipped.file, shipped.model);
  const arms = Object.fromEntries(embodiment.arms.map((arm) => [arm.slot === 'either' ? 'right' : arm.slot, arm]));
  return {
    embodiment,
    model: shipped.model,
    baseBody: shipped.file.base,
    base: { position: mount.position, rotation: matrixFromAxisAngle([0, 0, mount.yaw]) },
    arms,
    home: mount.home,
    stands: mount.stands,
  };
}
