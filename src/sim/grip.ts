/**
 * Grippers that hold. A position actuator presses in proportion to what it lacks of being closed: as robots' models come, a thin wall
 * is barely held, and a thick block sinks into soft pads. Here anything is held with about the same force, by pads that hardly give.
 */
import type { MjModel } from '@mujoco/mujoco';

/** Newtons that a gripper presses with at most, and newtons per metre that it lacks of what it is told */
const GRIP = { force: 30, stiffness: 3000 };
/** MuJoCo's time constant (seconds) and damping ratio of the pads' contacts: the shortest that two physics steps allow */
const PADS = { timeConstant: 0.006, damping: 1 };

/** Which of a model's parts hold things: ids of position actuators of grippers, and of the bodies that close. */
export interface GripParts {
  readonly actuators: readonly number[];
  readonly fingers: readonly number[];
}

/** Makes the grippers of a model firm, in place. */
export function firmGrip(model: MjModel, { actuators, fingers }: GripParts): void {
  const { actuator_gainprm: gain, actuator_biasprm: bias, actuator_forcerange: force } = model;
  const width = gain.length / model.nu;
  for (const actuator of actuators) {
    const at = actuator * width;
    // force = gain · control + bias₀ + bias₁ · length: the same equilibrium, more stiffly
    const factor = GRIP.stiffness / -bias[at + 1];
    gain[at] *= factor;
    for (const i of [0, 1]) bias[at + i] *= factor;
    force[2 * actuator] = -GRIP.force;
    force[2 * actuator + 1] = GRIP.force;
  }
  const { geom_bodyid: bodies, geom_solref: reference, geom_priority: priority } = model;
  for (let geom = 0; geom < model.ngeom; geom++) {
    if (!fingers.includes(bodies[geom])) continue;
    reference[2 * geom] = PADS.timeConstant;
    reference[2 * geom + 1] = PADS.damping;
    // The pads' own numbers count, not a mean with the object's.
    priority[geom] = 1;
  }
}
