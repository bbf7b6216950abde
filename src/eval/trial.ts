/** Trials: which episodes a policy is tried in, and what became of one. */
import { SHIPPED_EMBODIMENTS } from '../robot/embodiments/shipped.ts';
import { beginEpisode, type Episode, type EpisodePlan, planEpisode } from '../sim/episode.ts';
import { PERTURBATIONS, parsePerturbations, perturbation } from '../sim/perturbations.ts';
import { SIM_ROBOTS, type SimRobot, simRobot } from '../sim/robots.ts';
import type { Task } from '../sim/tasks/task.ts';
import { taskNamed } from '../sim/tasks/tasks.ts';
import type { FailureKind } from './failures.ts';

/** The first seed of trials unless told otherwise: far from those of demonstrations, which begin at 0. */
export const FIRST_SEED = 1_000_000;

/** The condition in which nothing is perturbed. */
export const NOMINAL = 'none';

/** An episode to try a policy in. */
export interface Trial {
  /** Name of a task */
  readonly task: string;
  /** Name of a robot with as many arms as the task takes */
  readonly robot: string;
  /** A condition, as `parseConditions` has them */
  readonly perturbation: string;
  readonly seed: number;
}

/** A trial, and what became of it. */
export interface TrialResult extends Trial {
  readonly instruction: string;
  /** The thing that is to be moved first */
  readonly object: string;
  readonly success: boolean;
  /** Control steps taken */
  readonly steps: number;
  /** What went wrong, and with which thing */
  readonly failure?: FailureKind;
  readonly thing?: string;
}

/** Which trials. */
export interface TrialPlan {
  /** Names */
  readonly tasks: readonly string[];
  readonly robots: readonly string[];
  /** Conditions */
  readonly perturbations: readonly string[];
  /** The first seed */
  readonly seed: number;
  /** Seeds of each task, robot and condition: the same for all of them */
  readonly trials: number;
}

/**
 * Conditions from a text: `none,camera:3,light:5` are three of them; `all:3` stands for each kind of perturbation with this strength, and
 * `camera:3+light:5` is both at the same time. Throws for unknown kinds, strengths that are none, and conditions that are there twice.
 */
export function parseConditions(text: string): string[] {
  const conditions = text.split(',').flatMap((part) => {
    const item = part.trim();
    const [, strength] = /^all:(.*)$/.exec(item) ?? [];
    const named = strength === undefined ? [item] : PERTURBATIONS.map((kind) => `${kind}:${strength}`);
    return named.map(canonical);
  });
  const twice = conditions.find((name, i) => conditions.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`the condition ${twice} is there twice in ${JSON.stringify(text)}`);
  return conditions;
}

/** A condition as it is always written. */
function canonical(item: string): string {
  if (item === NOMINAL) return item;
  if (item === '') throw new Error(`a condition is empty: expected ${NOMINAL}, or perturbations such as camera:3`);
  return specsOf(item)
    .map(({ kind, strength }) => `${kind}:${strength}`)
    .join('+');
}

const specsOf = (condition: string) => (condition === NOMINAL ? [] : parsePerturbations(condition.replaceAll('+', ',')));

/** What a condition does to the plans of episodes. */
const changesOf = (condition: string) => specsOf(condition).map(({ kind, strength }) => perturbation(kind, strength));

/** Arms of a robot that can be simulated. */
export const armCount = (robot: string): number => SHIPPED_EMBODIMENTS.get(robot)?.file.arms.length ?? 0;

/** The robots that have as many arms as a task takes, of those given or of all that can be simulated. */
export const robotsFor = ({ arms }: Task, robots: readonly string[] = SIM_ROBOTS): string[] =>
  robots.filter((robot) => armCount(robot) === arms);

/** All trials of a plan; the first seed of everything comes first, so that any beginning is a sample of the whole. */
export function trialsOf({ tasks, robots, perturbations, seed, trials }: TrialPlan): Trial[] {
  return Array.from({ length: trials }, (_, i) =>
    perturbations.flatMap((perturbed) =>
      tasks.flatMap((task) =>
        robotsFor(taskNamed(task), robots).map((robot) => ({ task, robot, perturbation: perturbed, seed: seed + i })),
      ),
    ),
  ).flat();
}

/** `object/red-can, seed 1000000, panda, camera:3` */
export const trialName = ({ task, robot, perturbation: condition, seed }: Trial): string =>
  `${task}, seed ${seed}, ${robot}${condition === NOMINAL ? '' : `, ${condition}`}`;

/** Robots that were loaded. */
const loaded = new Map<string, Promise<SimRobot>>();

function robotNamed(name: string): Promise<SimRobot> {
  const robot = loaded.get(name) ?? simRobot(name);
  loaded.set(name, robot);
  return robot;
}

/** Begins the episode of a trial. Throws for names of nothing, and when the robot has another number of arms than the task takes. */
export const beginTrial = async ({ task, robot, perturbation: condition, seed }: Trial): Promise<Episode> =>
  beginEpisode(taskNamed(task), seed, await robotNamed(robot), { change: changesOf(condition) });

/** What is decided before the episode of a trial begins. Throws as `beginTrial` does, but for the arms. */
export async function planTrial({ task, robot, perturbation: condition, seed }: Trial): Promise<EpisodePlan> {
  const found = await robotNamed(robot);
  return changesOf(condition).reduce((plan, change) => change(plan, found), planEpisode(taskNamed(task), seed));
}
