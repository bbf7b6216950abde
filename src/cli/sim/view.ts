/** `gear sim view` */

import { CONTROL_RATE } from '../../robot/canonical.ts';
import { beginEpisode } from '../../sim/episode.ts';
import { parsePerturbations, perturbation } from '../../sim/perturbations.ts';
import { simRobot } from '../../sim/robots.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { Context } from '../context.ts';
import type { ViewOptions } from '../sim.ts';
import { checkingUsage } from '../usage.ts';
import { chooseRobot, chooseTasks } from './choose.ts';
import { checkPlace } from './place.ts';
import { rolloutPage } from './view/page.ts';
import { rollOut } from './view/rollout.ts';

/** Writes a page of one episode: the one that `gear sim record` would record with the same options. The exit code is 1 when the expert fails. */
export async function view(name: string, options: ViewOptions, context: Context): Promise<void> {
  const { seed, size, out, perturb, calm = false } = options;
  const { task, robot, perturbations } = await checkingUsage(async () => {
    await checkPlace(out, 'a page', ['.html']);
    const [found, ...more] = chooseTasks([name]);
    if (!found || more.length > 0) throw new Error(`${name} is ${more.length + 1} tasks: a page shows an episode of one`);
    return { task: found, robot: chooseRobot(options.robot, [found]), perturbations: parsePerturbations(perturb) };
  });
  const change = perturbations.map(({ kind, strength }) => perturbation(kind, strength));
  const episode = await beginEpisode(task, seed, await simRobot(robot), { change });
  try {
    const rollout = await rollOut(episode, { size, calm });
    const { rows } = rollout.data;
    const more = [perturbations.length > 0 ? ` --perturb ${perturb}` : '', calm ? ' --calm' : ''].join('');
    const page = rolloutPage({
      ...rollout,
      task: task.name,
      instruction: episode.instruction,
      description: task.description,
      facts: [
        ['robot', robot],
        ['seed', `${seed}`],
        ['duration', `${(rows / CONTROL_RATE).toFixed(1)} s of at most ${(task.steps / CONTROL_RATE).toFixed(1)} s`],
        ['room', episode.scene.room.name],
        ['disturbances', calm ? 'none' : 'the usual ones'],
        ['perturbations', perturbations.map(({ kind, strength }) => `${kind} ${strength}`).join(', ') || 'none'],
      ],
      commands: [
        { line: `npx gear sim view ${task.name} --robot ${robot} --seed ${seed}${more} --out page.html`, what: 'this page' },
        {
          line: `npx gear sim record ${task.name} --robot ${robot} --seed ${seed} --episodes 100${more} --out demonstrations`,
          what: 'a dataset that begins with it',
        },
      ],
    });
    await writeFileAtomically(out, [page]);
    if (!rollout.success) context.exitCode = 1;
    const { success } = rollout;
    const facts = { page: out, task: task.name, robot, seed, success, rows, instruction: episode.instruction };
    context.print(
      options.json
        ? `${JSON.stringify(facts, null, 2)}\n`
        : `${out}: ${success ? 'success' : 'failure'} after ${(rows / CONTROL_RATE).toFixed(1)} s\n`,
    );
  } finally {
    episode.world.close();
  }
}
