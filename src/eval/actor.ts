/** Who decides what a robot does: a policy, or something simple to compare it with. */
import type { PerArm } from '../robot/actions.ts';
import { ARMS, type Arm } from '../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../robot/rotation.ts';
import { add3, scale3, type Vec3 } from '../robot/vectors.ts';
import type { ArmCommand } from '../sim/controller.ts';
import type { Episode } from '../sim/episode.ts';
import { randomStream } from '../tensor/random.ts';

/** Acts in an episode. */
export interface Actor {
  /** Where the tools should be one control step later. Arms that are not mentioned stay where they were told to be. */
  act(): PerArm<ArmCommand> | Promise<PerArm<ArmCommand>>;
}

/** What policies are compared with: the expert that sees all, tools that wander at random, and staying where one is. */
export const SCRIPTED = ['expert', 'random', 'still'] as const;
/** See SCRIPTED. */
export type Scripted = (typeof SCRIPTED)[number];

/** One of them, for an episode. */
export function scriptedActor(kind: Scripted, episode: Episode): Actor {
  switch (kind) {
    case 'expert':
      return episode.expert();
    case 'random':
      return wanderer(episode);
    case 'still':
      return { act: () => ({}) };
  }
}

/** How far a tool is pushed at random in a control step, standard deviations in metres and radians, and what is left of a velocity */
const WANDERING = { metres: 0.004, radians: 0.01, kept: 0.9 } as const;
/** How often a gripper opens or closes, per control step */
const GRIPPING = 0.05;

/** Tools that wander, and grippers that open and close. */
function wanderer({ world, seed, task }: Episode): Actor {
  const random = randomStream(seed, `${task.name} wandering`);
  const draw = (size: number): Vec3 => scale3([random.normal(), random.normal(), random.normal()], size);
  const motions: { [arm in Arm]?: { linear: Vec3; angular: Vec3; gripper: number } } = {};
  return {
    act() {
      const told = world.told();
      const commands: { [arm in Arm]?: ArmCommand } = {};
      for (const arm of ARMS) {
        const from = told[arm];
        if (!from) continue;
        const { linear, angular, gripper } = motions[arm] ?? { linear: [0, 0, 0], angular: [0, 0, 0], gripper: 1 };
        const now = {
          linear: add3(scale3(linear, WANDERING.kept), draw(WANDERING.metres)),
          angular: add3(scale3(angular, WANDERING.kept), draw(WANDERING.radians)),
          gripper: random.uniform() < GRIPPING ? random.integer(2) : gripper,
        };
        motions[arm] = now;
        const pose = {
          position: add3(from.pose.position, now.linear),
          rotation: multiplyRotations(matrixFromAxisAngle(now.angular), from.pose.rotation),
        };
        commands[arm] = { pose, gripper: now.gripper };
      }
      return commands;
    },
  };
}
