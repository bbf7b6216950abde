/**
 * The simulator on one core: control steps a second without and with three views of 96 pixels, the physics beside native MuJoCo
 * (`reference/bench_mujoco.py`; the interpreter is $PYTHON, or python3) on the same scenes and controls, pictures by size, and samples
 * of reasoning. Rounds are taken in turns; figures are medians.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { demonstrate, NO_DISTURBANCES } from '../src/sim/demonstration.ts';
import { beginEpisode, type Episode } from '../src/sim/episode.ts';
import { ROBOT_FILE, SUBSTEPS, sceneMjcf } from '../src/sim/mjcf.ts';
import { createPicture } from '../src/sim/render/picture.ts';
import { simRobot } from '../src/sim/robots.ts';
import { taskNamed } from '../src/sim/tasks/tasks.ts';
import { createViews } from '../src/sim/views.ts';
import { goal, median, type Report, round } from './report.ts';

const ROUNDS = 3;
/** A task of each suite, and a robot for it */
const CASES: readonly (readonly [task: string, robot: string])[] = [
  ['spatial', 'panda'],
  ['object', 'ur5e'],
  ['bimanual', 'agilex'],
  ['bimanual', 'ldt-01'],
];
const REFERENCE = fileURLToPath(new URL('../reference/bench_mujoco.py', import.meta.url));

/** An expert's episode. */
interface Rollout {
  /** Control steps a second */
  readonly rate: number;
  /** Joint positions at its beginning */
  readonly qpos: Float64Array;
  /** Of each control step */
  readonly controls: readonly number[][];
  readonly episode: Episode;
}

/** Control steps a second of an expert's episode: scene, physics, expert and, with a size, three views of it. */
async function rollout(task: string, robotName: string, size?: number): Promise<Rollout> {
  const robot = await simRobot(robotName);
  const start = performance.now();
  const episode = await beginEpisode(taskNamed(task), 0, robot);
  const views = size === undefined ? undefined : createViews(episode.world);
  const picture = createPicture(size ?? 1, size ?? 1);
  const qpos = Float64Array.from(episode.world.data.qpos);
  const controls: number[][] = [];
  const steps = demonstrate(episode, { disturbances: NO_DISTURBANCES, after: 0 });
  while (!steps.next().done) {
    controls.push(Array.from(episode.world.data.ctrl as Float64Array));
    if (!views) continue;
    views.update();
    // A robot with one arm has two views: its head's is taken twice, so that there are three.
    for (const view of [...views.names, 'head' as const].slice(0, 3)) views.take(view, picture);
  }
  const rate = (1000 * episode.world.steps) / (performance.now() - start);
  return { rate, qpos, controls, episode };
}

/** Physics steps a second: ours, and native ones; undefined when Python is not to be had. */
async function physics({ episode, qpos, controls }: Rollout): Promise<{ ours: number; native: number | undefined }> {
  const { world } = episode;
  const { mujoco, model, data } = world;
  mujoco.mj_resetData(model, data);
  data.qpos.set(qpos);
  const folder = await mkdtemp(path.join(tmpdir(), 'gear-sim-'));
  try {
    await writeFile(path.join(folder, 'scene.xml'), sceneMjcf(episode.scene, world.robot));
    await writeFile(path.join(folder, ROBOT_FILE), world.robot.model);
    await writeFile(path.join(folder, 'run.json'), JSON.stringify({ substeps: SUBSTEPS, qpos: Array.from(qpos), controls }));
    const start = performance.now();
    for (const row of controls) {
      data.ctrl.set(row);
      for (let i = 0; i < SUBSTEPS; i++) mujoco.mj_step(model, data);
    }
    const ours = (1000 * controls.length * SUBSTEPS) / (performance.now() - start);
    return { ours, native: await native(folder) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function native(folder: string): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)(process.env.PYTHON ?? 'python3', [REFERENCE, folder]);
    const { seconds, steps } = JSON.parse(stdout) as { seconds: number; steps: number };
    return steps / seconds;
  } catch (error) {
    process.stderr.write(
      `native MuJoCo left out: ${String((error as { stderr?: string }).stderr || error)
        .trim()
        .split('\n')
        .at(-1)}\n`,
    );
    return undefined;
  }
}

/** Milliseconds of one square picture, shadows included. */
async function pictureTime(task: string, robotName: string, size: number): Promise<number> {
  const episode = await beginEpisode(taskNamed(task), 0, await simRobot(robotName));
  try {
    const views = createViews(episode.world);
    const picture = createPicture(size, size);
    const times = Array.from({ length: 30 }, () => {
      episode.world.step({});
      const start = performance.now();
      views.update();
      views.take('head', picture);
      return performance.now() - start;
    });
    return median(times.slice(5));
  } finally {
    episode.world.close();
  }
}

/** The benchmark. */
export async function sim(): Promise<Report> {
  const { allTasks } = await import('../src/sim/tasks/tasks.ts');
  const first = (suite: string): string => (allTasks().find((task) => task.suite === suite) as { name: string }).name;
  const rows: Record<string, string | number>[] = [];
  const [blind, seeing, ratios]: [number[], number[], number[]] = [[], [], []];
  for (const [suite, robot] of CASES) {
    const task = first(suite);
    const rounds: { without: number; with: number; ours: number; theirs: number | undefined }[] = [];
    for (let i = 0; i <= ROUNDS; i++) {
      const without = await rollout(task, robot);
      const { ours, native: theirs } = await physics(without);
      without.episode.world.close();
      const withViews = await rollout(task, robot, 96);
      withViews.episode.world.close();
      // The first round warms up.
      if (i > 0) rounds.push({ without: without.rate, with: withViews.rate, ours, theirs });
    }
    const middle = (of: (one: (typeof rounds)[number]) => number): number => median(rounds.map(of));
    const known = rounds.flatMap(({ ours, theirs }) => (theirs === undefined ? [] : [theirs / ours]));
    const ratio = known.length > 0 ? median(known) : undefined;
    blind.push(middle((one) => one.without));
    seeing.push(middle((one) => one.with));
    if (ratio !== undefined) ratios.push(ratio);
    rows.push({
      task,
      robot,
      'control steps/s': round(middle((one) => one.without)),
      'with 3 views of 96²': round(middle((one) => one.with)),
      'physics steps/s': round(middle((one) => one.ours)),
      'native / ours': ratio === undefined ? '–' : round(ratio),
      'picture 96² ms': round(await pictureTime(task, robot, 96)),
      '112² ms': round(await pictureTime(task, robot, 112)),
      '224² ms': round(await pictureTime(task, robot, 224)),
    });
  }
  return {
    name: 'Simulator, one core',
    rows,
    goals: [
      goal('control steps without images', Math.min(...blind), '≥', 600, '/s'),
      goal('control steps with three views of 96²', Math.min(...seeing), '≥', 200, '/s'),
      goal('native physics / ours', ratios.length > 0 ? Math.max(...ratios) : undefined, '≤', 1.5, '×'),
    ],
  };
}
