/**
 * The simulator on one core: control steps a second without and with three views of 96 pixels (commands of an expert, given again), with
 * an expert who thinks of them, the physics beside native MuJoCo
 * (`reference/bench_mujoco.py`; the interpreter is $PYTHON, or python3) on the same scenes and controls, pictures by size, and samples
 * of reasoning. Rounds are taken in turns; figures are medians.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DemonstrationStep, demonstrate, NO_DISTURBANCES } from '../src/sim/demonstration.ts';
import { beginEpisode, type Episode } from '../src/sim/episode.ts';
import { ROBOT_FILE, SUBSTEPS, sceneMjcf } from '../src/sim/mjcf.ts';
import { createPicture } from '../src/sim/render/picture.ts';
import { type SimRobot, simRobot } from '../src/sim/robots.ts';
import type { Task } from '../src/sim/tasks/task.ts';
import { allTasks } from '../src/sim/tasks/tasks.ts';
import { createViews } from '../src/sim/views.ts';
import { goal, median, type Report, round } from './report.ts';

const ROUNDS = 5;
/** Rounds before those, in which the engine compiles what is used much */
const WARMING = 3;
/** A task of each suite, and a robot for it */
const CASES: readonly (readonly [task: string, robot: string])[] = [
  ['spatial', 'panda'],
  ['object', 'ur5e'],
  ['bimanual', 'agilex'],
  ['bimanual', 'ldt-01'],
];
/** What `firmGrip` changes of a model */
const FIRM = ['actuator_gainprm', 'actuator_biasprm', 'actuator_forcerange', 'geom_solref', 'geom_priority'] as const;
const REFERENCE = fileURLToPath(new URL('../reference/bench_mujoco.py', import.meta.url));

type Commands = readonly DemonstrationStep['command'][];

/** An expert's episode, once it has begun: control steps a second, and the commands. */
async function acted(task: Task, robot: SimRobot): Promise<{ rate: number; commands: Commands }> {
  const { world, ...episode } = await beginEpisode(task, 0, robot);
  try {
    const start = performance.now();
    const steps = [...demonstrate({ world, ...episode }, { disturbances: NO_DISTURBANCES, after: 0 })];
    return { rate: (1000 * steps.length) / (performance.now() - start), commands: steps.map(({ command }) => command) };
  } finally {
    world.close();
  }
}

/** What came of commands that were given again. */
interface Rollout {
  /** Control steps a second */
  readonly rate: number;
  /** Milliseconds that making the scene took, and its views */
  readonly beginning: number;
  /** Joint positions at its beginning */
  readonly qpos: Float64Array;
  /** Of each control step */
  readonly controls: readonly number[][];
  readonly episode: Episode;
}

/** The same commands again, as a policy would give them: control, physics, state, success and, with a size, three views. */
async function rollout(task: Task, robot: SimRobot, commands: Commands, size?: number): Promise<Rollout> {
  const begin = performance.now();
  const episode = await beginEpisode(task, 0, robot);
  const { world } = episode;
  const views = size === undefined ? undefined : createViews(world);
  const picture = createPicture(size ?? 1, size ?? 1);
  const qpos = Float64Array.from(world.data.qpos);
  const controls: number[][] = [];
  const start = performance.now();
  for (const command of commands) {
    if (views) {
      views.update();
      // A robot with one arm has two views: its wrist's is taken twice, so that there are three.
      for (const view of [...views.names, 'rightWrist' as const].slice(0, 3)) views.take(view, picture);
    }
    world.state();
    world.step(command);
    episode.succeeded();
    controls.push(Array.from(world.data.ctrl as Float64Array));
  }
  return { rate: (1000 * commands.length) / (performance.now() - start), beginning: start - begin, qpos, controls, episode };
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
    // Grippers are made firm after the model is compiled.
    const changed = Object.fromEntries(FIRM.map((field) => [field, Array.from(model[field] as Float64Array)]));
    await writeFile(path.join(folder, 'run.json'), JSON.stringify({ substeps: SUBSTEPS, qpos: Array.from(qpos), controls, changed }));
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
async function pictureTime(task: Task, robot: SimRobot, size: number): Promise<number> {
  const episode = await beginEpisode(task, 0, robot);
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
  const rows: Record<string, string | number>[] = [];
  const [blind, seeing, ratios]: [number[], number[], number[]] = [[], [], []];
  for (const [suite, robotName] of CASES) {
    const task = allTasks().find((one) => one.suite === suite) as Task;
    const robot = await simRobot(robotName);
    const rounds: { expert: number; without: number; with: number; beginning: number; ours: number; theirs: number | undefined }[] = [];
    for (let i = 0; i < WARMING + ROUNDS; i++) {
      const { rate: expert, commands } = await acted(task, robot);
      const without = await rollout(task, robot, commands);
      const { ours, native: theirs } = await physics(without);
      without.episode.world.close();
      const withViews = await rollout(task, robot, commands, 96);
      withViews.episode.world.close();
      if (i < WARMING) continue;
      rounds.push({ expert, without: without.rate, with: withViews.rate, beginning: withViews.beginning, ours, theirs });
    }
    const middle = (of: (one: (typeof rounds)[number]) => number): number => median(rounds.map(of));
    const known = rounds.flatMap(({ ours, theirs }) => (theirs === undefined ? [] : [theirs / ours]));
    const ratio = known.length > 0 ? median(known) : undefined;
    blind.push(middle((one) => one.without));
    seeing.push(middle((one) => one.with));
    if (ratio !== undefined) ratios.push(ratio);
    rows.push({
      task: task.name,
      robot: robotName,
      'control steps/s': round(middle((one) => one.without)),
      'with 3 views of 96²': round(middle((one) => one.with)),
      'with an expert': round(middle((one) => one.expert)),
      'beginning ms': round(middle((one) => one.beginning)),
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
