/** `gear nano` */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import { evaluate } from '../eval/eval.ts';
import type { NanoOptions } from '../nano.ts';
import { readExperiment } from '../train/config.ts';
import { train } from '../train/train.ts';
import { UsageError } from '../usage.ts';

/** Robots that the experiments of `configs/` have demonstrations of: one with one arm, one with two */
const TRAINED_ROBOTS = { object: 'panda', all: 'panda,agilex' } as const;
const SUITES = 'spatial,object,goal,long,bimanual';

/** Trains what `configs/` says, and evaluates it; the figures are in `eval.json` and `rollouts.html` in the folder of the run. */
export async function nano({ suite, quick, out, data, trials }: NanoOptions, context: Context): Promise<void> {
  if (suite !== undefined && quick) throw new UsageError('--quick is all suites, cut short: leave out --suite');
  const name = suite ?? (quick ? 'quick' : 'nano');
  const config = fileURLToPath(new URL(`../../../configs/${name}.ts`, import.meta.url));
  if (!existsSync(config)) throw new Error('gear nano trains what is in configs/ of the repository: run it in a clone of that');
  const folder = out ?? path.join('runs', name);
  const { stages } = await readExperiment(config);
  const policy = path.join(folder, stages.at(-1)?.name as string, 'policy.safetensors');
  const begun = performance.now();
  const minutes = (): string => formatDuration((performance.now() - begun) / 1000);
  await train(config, { out: folder, ...(data !== undefined && { data }), set: [] }, context);
  const trained = minutes();
  const results = path.join(folder, 'eval.json');
  if (existsSync(results)) {
    context.print(`${results} has the figures of an earlier evaluation\n`);
    return;
  }
  await mkdir(folder, { recursive: true });
  const asked = { suite: suite ?? SUITES, robot: TRAINED_ROBOTS[suite === undefined ? 'all' : 'object'], perturb: 'none', trials };
  await evaluate(policy, { ...asked, replan: 10, batch: 10, out: results, report: path.join(folder, 'rollouts.html') }, [], context);
  context.print(`from the beginning to the policy: ${trained}; with its evaluation: ${minutes()}\n`);
}
