/**
 * Demonstrations: an episode as the expert acts it out, with disturbances that take it off its way. What is to be learnt from is the
 * command that the undisturbed expert gives in every state that it is brought into (Laskey et al. 2017, "DART: noise injection for
 * robust imitation learning"); what is carried out is that command, disturbed.
 */
import type { PerArm } from '../robot/actions.ts';
import { ARMS, type Arm, CONTROL_RATE } from '../robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../robot/rotation.ts';
import { add3, scale3, type Vec3 } from '../robot/vectors.ts';
import { sin } from '../tensor/portable-math.ts';
import { type RandomStream, randomStream } from '../tensor/random.ts';
import { beginElsewhere } from './beginning.ts';
import type { ArmCommand } from './controller.ts';
import type { Episode } from './episode.ts';
import { holders } from './goals.ts';
import { armsOf } from './robots.ts';
import type { ArmState } from './world.ts';

/** What takes an expert off its way. Rates are per second of an episode. */
export interface Disturbances {
  /** Share of demonstrations that do not begin at home, but in the middle of the work and with the tools anywhere (`beginElsewhere`) */
  readonly elsewhere: number;
  /** Drifts of a tool, each of up to so many metres and radians over a third of a second */
  readonly drift: { readonly rate: number; readonly metres: number; readonly radians: number };
  /** A gripper that opens for a moment, where it holds something */
  readonly slip: { readonly rate: number };
  /** Pushes of a thing that stands on the table, of up to so many metres per second */
  readonly push: { readonly rate: number; readonly speed: number };
}

/** What demonstrations are recorded with unless told otherwise. */
export const USUAL_DISTURBANCES: Disturbances = {
  elsewhere: 0.8,
  drift: { rate: 0.7, metres: 0.03, radians: 0.15 },
  slip: { rate: 0.01 },
  push: { rate: 0.03, speed: 0.25 },
};
/** None at all. */
export const NO_DISTURBANCES: Disturbances = {
  elsewhere: 0,
  drift: { rate: 0, metres: 0, radians: 0 },
  slip: { rate: 0 },
  push: { rate: 0, speed: 0 },
};

/** One moment of a demonstration. */
export interface DemonstrationStep {
  /** What the robot measures now */
  readonly state: PerArm<ArmState>;
  /**
   * What the expert would have it do next: where the tools should be one control step later, as near to that as the robot's joints
   * allow, and whether grippers should open or close
   */
  readonly command: PerArm<ArmCommand>;
}

/** How to demonstrate. */
export interface DemonstrationOptions {
  readonly disturbances?: Disturbances;
  /** Control steps that it goes on for after success; 10 by default */
  readonly after?: number;
}

/** Control steps of a drift, of a slip */
const DRIFT_STEPS = 10;
const SLIP_STEPS = 6;

/**
 * Acts an episode out, from home or from elsewhere. Each moment is yielded before it is acted on, so that pictures can be taken of it. Returns whether the goals
 * held within the limit, and still do at the end.
 */
export function* demonstrate(episode: Episode, options: DemonstrationOptions = {}): Generator<DemonstrationStep, boolean, void> {
  const { disturbances = USUAL_DISTURBANCES, after = 10 } = options;
  const { world, limit } = episode;
  const random = randomStream(episode.seed, `${episode.task.name} disturbances`);
  const beginning = randomStream(episode.seed, `${episode.task.name} beginning`);
  if (beginning.uniform() < disturbances.elsewhere) beginElsewhere(episode, beginning);
  const expert = episode.expert();
  const disturb = createDisturber(episode, disturbances, random);
  let left = Number.POSITIVE_INFINITY;
  for (let step = 0; step < limit && left > 0; step++) {
    const command = expert.act();
    yield { state: world.state(), command: withinReach(command, world.attainable(command)) };
    // When all is done, nothing disturbs any more.
    world.step(left < Number.POSITIVE_INFINITY ? command : disturb(command));
    if (left < Number.POSITIVE_INFINITY) left--;
    else if (episode.succeeded()) left = after;
  }
  return left < Number.POSITIVE_INFINITY && episode.succeeded();
}

/** Commands with the poses that can be attained. */
function withinReach(commands: PerArm<ArmCommand>, attainable: PerArm<ArmCommand>): PerArm<ArmCommand> {
  const within: { [arm in Arm]?: ArmCommand } = {};
  for (const arm of ARMS) {
    const [command, near] = [commands[arm], attainable[arm]];
    if (command && near) within[arm] = { pose: near.pose, gripper: command.gripper };
  }
  return within;
}

/** What is going wrong with an arm at the moment. */
interface Trouble {
  /** Steps since the drift began; DRIFT_STEPS when there is none */
  drifting: number;
  linear: Vec3;
  angular: Vec3;
  /** Steps that the gripper is still open for */
  slipping: number;
}

/** Makes disturbed commands of commands, one call per control step. */
function createDisturber(
  { world }: Episode,
  { drift, slip, push }: Disturbances,
  random: RandomStream,
): (command: PerArm<ArmCommand>) => PerArm<ArmCommand> {
  const troubles = new Map<Arm, Trouble>();
  const happens = (rate: number): boolean => random.uniform() < rate / CONTROL_RATE;
  const direction = (): Vec3 => {
    const v: Vec3 = [random.normal(), random.normal(), random.normal()];
    return scale3(v, 1 / Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]));
  };
  const loose = world.scene.things.filter(({ model }) => !model.fixed && model.grasps.length > 0);
  return (commands) => {
    if (happens(push.rate) && loose.length > 0) {
      const { id } = loose[random.integer(loose.length)] as (typeof loose)[number];
      const [x, y] = direction();
      const by = push.speed * random.uniform();
      if (holders(world, id).length === 0) world.push(id, [x * by, y * by, 0]);
    }
    const disturbed: { [arm in Arm]?: ArmCommand } = {};
    for (const arm of armsOf(world.robot)) {
      const command = commands[arm];
      if (!command) continue;
      const trouble = troubles.get(arm) ?? { drifting: DRIFT_STEPS, linear: [0, 0, 0], angular: [0, 0, 0], slipping: 0 };
      troubles.set(arm, trouble);
      if (trouble.drifting >= DRIFT_STEPS && happens(drift.rate)) {
        trouble.drifting = 0;
        trouble.linear = scale3(direction(), drift.metres * random.uniform());
        trouble.angular = scale3(direction(), drift.radians * random.uniform());
      }
      if (happens(slip.rate) && command.gripper < 0.2) trouble.slipping = SLIP_STEPS;
      disturbed[arm] = carryOut(command, trouble);
    }
    return disturbed;
  };
}

/** A command as it is carried out in a trouble, which goes on by a step. */
function carryOut({ pose, gripper }: ArmCommand, trouble: Trouble): ArmCommand {
  let moved = pose;
  if (trouble.drifting < DRIFT_STEPS) {
    // A drift begins and ends gently: its shares add up to 1.
    const share = (sin((Math.PI * (trouble.drifting + 0.5)) / DRIFT_STEPS) * Math.PI) / 2 / DRIFT_STEPS;
    moved = {
      position: add3(pose.position, scale3(trouble.linear, share)),
      rotation: multiplyRotations(matrixFromAxisAngle(scale3(trouble.angular, share)), pose.rotation),
    };
    trouble.drifting++;
  }
  if (trouble.slipping > 0) trouble.slipping--;
  return { pose: moved, gripper: trouble.slipping > 0 ? 1 : gripper };
}
