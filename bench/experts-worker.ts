/** Tries the trials on its standard input, a JSON list, and prints what became of them. For `experts.ts`. */
import { text } from 'node:stream/consumers';
import { ARMS } from '../src/robot/canonical.ts';
import { matrixFromAxisAngle, multiplyRotations } from '../src/robot/rotation.ts';
import { add3, length3, scale3, subtract3, type Vec3 } from '../src/robot/vectors.ts';
import { demonstrate, NO_DISTURBANCES, USUAL_DISTURBANCES } from '../src/sim/demonstration.ts';
import { beginEpisode, type Episode } from '../src/sim/episode.ts';
import { type SimRobot, simRobot } from '../src/sim/robots.ts';
import { taskNamed } from '../src/sim/tasks/tasks.ts';
import { randomStream } from '../src/tensor/random.ts';
import type { Trial } from './experts.ts';

/** A trial, and what became of it. */
export interface Tried extends Trial {
  readonly succeeded: boolean;
  /** Whether the goals held before anything was done */
  readonly atBeginning: boolean;
  readonly steps: number;
  /** The longest way that a tool was told to go in a control step, metres */
  readonly largestStep: number;
}

/** Acts a trial out; what it says of itself is added to. */
function attempt(episode: Episode, kind: Trial['kind']): { succeeded: boolean; largestStep: number } {
  if (kind === 'random') return { succeeded: moveAtRandom(episode), largestStep: 0 };
  const steps = demonstrate(episode, { disturbances: kind === 'nominal' ? NO_DISTURBANCES : USUAL_DISTURBANCES, after: 0 });
  let largestStep = 0;
  const last = new Map<string, Vec3>();
  for (;;) {
    const { value, done } = steps.next();
    if (done) return { succeeded: value, largestStep };
    for (const arm of ARMS) {
      const command = value.command[arm];
      if (!command) continue;
      const before = last.get(arm) ?? command.pose.position;
      largestStep = Math.max(largestStep, length3(subtract3(command.pose.position, before)));
      last.set(arm, command.pose.position);
    }
  }
}

/** Tools that wander, and grippers that open and close, at random. */
function moveAtRandom(episode: Episode): boolean {
  const { world, limit } = episode;
  const random = randomStream(episode.seed, 'random policy');
  const draw = (): Vec3 => [random.normal(), random.normal(), random.normal()];
  const velocity = new Map<string, { linear: Vec3; angular: Vec3; gripper: number }>();
  for (let step = 0; step < limit; step++) {
    const told = world.told();
    const commands = Object.fromEntries(
      ARMS.flatMap((arm) => {
        const from = told[arm];
        if (!from) return [];
        const before = velocity.get(arm) ?? { linear: [0, 0, 0], angular: [0, 0, 0], gripper: 1 };
        const now = {
          linear: add3(scale3(before.linear, 0.9), scale3(draw(), 0.004)),
          angular: add3(scale3(before.angular, 0.9), scale3(draw(), 0.01)),
          gripper: random.uniform() < 0.05 ? random.integer(2) : before.gripper,
        };
        velocity.set(arm, now);
        const pose = {
          position: add3(from.pose.position, now.linear),
          rotation: multiplyRotations(matrixFromAxisAngle(now.angular), from.pose.rotation),
        };
        return [[arm, { pose, gripper: now.gripper }]];
      }),
    );
    world.step(commands);
    if (episode.succeeded()) return true;
  }
  return false;
}

const robots = new Map<string, SimRobot>();
const results: Tried[] = [];
for (const trial of JSON.parse(await text(process.stdin)) as Trial[]) {
  const robot = robots.get(trial.robot) ?? (await simRobot(trial.robot));
  robots.set(trial.robot, robot);
  const episode = await beginEpisode(taskNamed(trial.task), trial.seed, robot);
  const atBeginning = episode.succeeded();
  results.push({ ...trial, atBeginning, ...attempt(episode, trial.kind), steps: episode.world.steps });
  episode.world.close();
}
process.stdout.write(JSON.stringify(results));
