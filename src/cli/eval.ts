/** `gear eval`: how often a policy does what it is told, and what goes wrong otherwise. */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { parseCount, parseNumber } from './usage.ts';

/** As commander reads the command line. */
export interface EvalOptions {
  readonly suite: string;
  readonly robot?: string;
  readonly perturb: string;
  readonly trials: number;
  readonly seed?: number;
  readonly replan: number;
  readonly batch: number;
  readonly workers?: number;
  readonly out?: string;
  readonly videos?: string;
  readonly markdown?: string;
  readonly perTask?: true;
  readonly replay?: string;
  readonly json?: true;
}

/** Adds the command. Exit codes: 0 well, 1 the evaluation failed or a replay differs, 2 the command line makes no sense. */
export function addEval(gear: Command, context: Context): void {
  gear
    .command('eval [policy]')
    .description(
      'let a policy act in simulation, and count its successes. POLICY is a checkpoint, or one of expert (scripted, sees all), random, still',
    )
    .option('--suite <tasks>', 'tasks, suites or patterns such as spatial/*, with commas between them', 'object')
    .option('--robot <names>', 'panda, ur5e; agilex, ldt-01 (two arms), with commas; the first that fits each task unless given')
    .option(
      '--perturb <list>',
      'conditions, each on its own: none,camera:3,all:2 (strengths 1 to 5); camera:3+light:5 is both together',
      'none',
    )
    .option('--trials <n>', 'episodes of each task, robot and condition', parseNumber, 20)
    .option('--seed <n>', 'the first seed; 1000000 unless given', parseCount)
    .option('--replan <steps>', 'of a chunk that are carried out before the next one is predicted', parseNumber, 10)
    .option('--batch <n>', 'observations that a thread predicts for together', parseNumber, 10)
    .option('--workers <n>', 'threads; one for each core unless given', parseNumber)
    .option('--out <file>', 'write all that made the numbers, and every trial: *.json; what was interrupted goes on with the same command')
    .option('--videos <dir>', 'of the first success and the first failure of each task, robot and condition')
    .option('--markdown <file>', 'write the tables as Markdown, too')
    .option('--per-task', 'a table with a row for each task, too')
    .option('--replay <file>', 'do again what such a file says; fails with the first trial that is different')
    .option('--json', 'print one JSON object')
    .action(async (policy: string | undefined, options: EvalOptions, command: Command) => {
      const given = Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'cli');
      await (await import('./eval/eval.ts')).evaluate(policy, options, given, context);
    });
}
