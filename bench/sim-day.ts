/**
 * A day in the simulator: 24 hours of simulated time in one process, one episode after the other, a picture now and then.
 * One episode in EXPERT_EVERY is acted out by its expert, with disturbances, all tasks by turns; in the others a robot stands still over a
 * pot, which is faster.
 * The memory of the process after every hour; it must not grow. HOURS=1 makes it shorter.
 */
import { CONTROL_RATE } from '../src/robot/canonical.ts';
import { demonstrate } from '../src/sim/demonstration.ts';
import { beginEpisode, type Episode } from '../src/sim/episode.ts';
import { createPicture } from '../src/sim/render/picture.ts';
import { type SimRobot, simRobot } from '../src/sim/robots.ts';
import type { Task } from '../src/sim/tasks/task.ts';
import { allTasks, taskNamed } from '../src/sim/tasks/tasks.ts';
import { createViews } from '../src/sim/views.ts';
import { goal, type Report, round } from './report.ts';

const HOURS = Number(process.env.HOURS ?? 24);
const EXPERT_EVERY = 8;
const LIGHT_TASK = 'bimanual/lift-pot';
/** Control steps of an episode without an expert */
const IDLE_STEPS = 300;
/** Control steps from one picture to the next */
const PICTURE_EVERY = 300;

/** An episode in which the robot stays where it is. */
function* idle({ world, succeeded }: Episode): Generator<undefined, boolean, void> {
  for (let step = 0; step < IDLE_STEPS; step++) {
    yield;
    world.step({});
  }
  return succeeded();
}

/** The benchmark. */
export async function simDay(): Promise<Report> {
  const robots = { 1: [await simRobot('panda'), await simRobot('ur5e')], 2: [await simRobot('agilex'), await simRobot('ldt-01')] };
  const tasks = allTasks();
  const picture = createPicture(96, 96);
  const rows: Record<string, number>[] = [];
  let [steps, episodes, succeeded] = [0, 0, 0];
  const start = performance.now();
  for (let hour = 1; hour <= HOURS; hour++) {
    while (steps < hour * 3600 * CONTROL_RATE) {
      const acted = episodes % EXPERT_EVERY === 0;
      const task = acted ? (tasks[(episodes / EXPERT_EVERY) % tasks.length] as Task) : taskNamed(LIGHT_TASK);
      const choice = robots[task.arms];
      const episode = await beginEpisode(task, episodes, choice[episodes % choice.length] as SimRobot);
      const views = createViews(episode.world);
      const run = acted ? demonstrate(episode) : idle(episode);
      for (let step = run.next(); ; step = run.next()) {
        if (step.done) {
          if (acted && step.value) succeeded++;
          break;
        }
        if (steps++ % PICTURE_EVERY > 0) continue;
        views.update();
        views.take('head', picture);
      }
      episode.world.close();
      episodes++;
    }
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    const row = {
      hour,
      'rss MiB': round(rss / 2 ** 20),
      'heap MiB': round(heapUsed / 2 ** 20),
      'external MiB': round(external / 2 ** 20),
      episodes,
      succeeded,
      minutes: round((performance.now() - start) / 60_000),
    };
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
  }
  const [early, late] = [rows[Math.floor((rows.length - 1) / 4)], rows.at(-1)] as [Record<string, number>, Record<string, number>];
  return {
    name: `${HOURS} simulated hours in one process`,
    rows,
    goals: [goal('memory at the end / after a quarter', (late['rss MiB'] as number) / (early['rss MiB'] as number), '≤', 1.1, '×')],
  };
}
