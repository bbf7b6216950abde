/**
 * How often the scripted experts succeed, task by task: undisturbed, with the usual disturbances, and, for comparison, a policy that
 * moves at random. EPISODES (100) seeds each undisturbed, a quarter of them disturbed and a tenth at random, in a process for each core. The table of `docs/sim.md`.
 *
 * EPISODES=20 TASKS=spatial,grasp/sparse ROBOTS=panda narrows it down.
 */
import { execFile } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { SIM_ROBOTS } from '../src/sim/robots.ts';
import { allTasks } from '../src/sim/tasks/tasks.ts';
import type { Tried } from './experts-worker.ts';
import { goal, type Report, round } from './report.ts';

const EPISODES = Number(process.env.EPISODES ?? 100);
const CASES = ['nominal', 'disturbed', 'random'] as const;

/** Of the seeds */
const SHARE = { nominal: 1, disturbed: 0.25, random: 0.1 } as const;

/** What a worker is to try. */
export interface Trial {
  readonly task: string;
  readonly robot: string;
  readonly kind: (typeof CASES)[number];
  readonly seed: number;
}

const WORKER = fileURLToPath(new URL('experts-worker.ts', import.meta.url));

/** Tries everything in as many processes as there are cores. */
async function tryAll(trials: readonly Trial[]): Promise<Tried[]> {
  const cores = os.availableParallelism();
  const share = (core: number): Promise<{ stdout: string }> => {
    const process_ = promisify(execFile)(process.execPath, ['--import', import.meta.resolve('tsx'), WORKER], { maxBuffer: 2 ** 28 });
    process_.child.stdin?.end(JSON.stringify(trials.filter((_, i) => i % cores === core)));
    return process_;
  };
  const results = await Promise.all(Array.from({ length: cores }, (_, core) => share(core)));
  return results.flatMap(({ stdout }) => JSON.parse(stdout) as Tried[]);
}

/** The interval of a success rate that holds in 95 of 100 cases (Wilson 1927), in per cent. */
function wilson(successes: number, n: number): [low: number, high: number] {
  const z = 1.96;
  const [p, scale] = [successes / n, 1 / (1 + (z * z) / n)];
  const middle = scale * (p + (z * z) / (2 * n));
  const half = scale * z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return [100 * (middle - half), 100 * (middle + half)];
}

/** The benchmark. */
export async function experts(): Promise<Report> {
  const wanted = (process.env.TASKS ?? '').split(',').filter(Boolean);
  const robots = process.env.ROBOTS?.split(',') ?? SIM_ROBOTS;
  const tasks = allTasks().filter(({ name }) => wanted.length === 0 || wanted.some((prefix) => name.startsWith(prefix)));
  const oneArmed = (robot: string): boolean => robot === 'panda' || robot === 'ur5e';
  const trials = tasks.flatMap((task) =>
    robots
      .filter((robot) => oneArmed(robot) === (task.arms === 1))
      .flatMap((robot) =>
        CASES.flatMap((kind) =>
          Array.from({ length: Math.ceil(SHARE[kind] * EPISODES) }, (_, seed): Trial => ({ task: task.name, robot, kind, seed })),
        ),
      ),
  );
  const tried = await tryAll(trials);
  const of = (task: string, robot: string, kind: Trial['kind']): Tried[] =>
    tried.filter((one) => one.task === task && one.robot === robot && one.kind === kind);
  const rate = (some: readonly Tried[]): number => some.filter(({ succeeded }) => succeeded).length / some.length;
  const rows = tasks.flatMap(({ name, steps }) =>
    robots
      .filter((robot) => of(name, robot, 'nominal').length > 0)
      .map((robot) => {
        const nominal = of(name, robot, 'nominal');
        const [low, high] = wilson(nominal.filter(({ succeeded }) => succeeded).length, nominal.length);
        const done = nominal.filter(({ succeeded }) => succeeded);
        return {
          task: name,
          robot,
          'success %': round(100 * rate(nominal)),
          '95 %': `${low.toFixed(0)}–${high.toFixed(0)}`,
          'disturbed %': round(100 * rate(of(name, robot, 'disturbed'))),
          'random %': round(100 * rate(of(name, robot, 'random'))),
          seconds: round(done.reduce((sum, one) => sum + one.steps, 0) / done.length / 30),
          limit: round(steps / 30),
          'largest step mm': round(Math.max(...nominal.map(({ largestStep }) => 1000 * largestStep))),
          'failed seeds': nominal
            .filter(({ succeeded }) => !succeeded)
            .map(({ seed }) => seed)
            .join(' '),
        };
      }),
  );
  const least = (key: 'success %' | 'disturbed %'): number => Math.min(...rows.map((row) => row[key]));
  return {
    name: `Experts, ${EPISODES} episodes each`,
    rows,
    goals: [
      goal('least success of an expert', least('success %'), '≥', 95, '%'),
      goal('least success with disturbances', least('disturbed %'), '≥', 90, '%'),
      goal('success at random, all tasks', 100 * rate(tried.filter(({ kind }) => kind === 'random')), '≤', 1, '%'),
      goal('satisfied at the beginning', tried.filter(({ atBeginning }) => atBeginning).length, '≤', 0, 'episodes'),
    ],
  };
}
