/** `gear eval`: how often a policy does what it is told. */
import type { Command } from 'commander';
import { FIRST_SEED } from '../eval/evaluation.ts';
import type { Context } from './context.ts';
import { parseCount, parseNumber } from './usage.ts';

/** As commander reads the command line. */
export interface EvalOptions {
  readonly suite: string;
  readonly robot?: string;
  readonly perturb: string;
  readonly trials: number;
  readonly seed: number;
  readonly replan: number;
  readonly batch: number;
  readonly workers?: number;
  readonly out?: string;
  readonly replay?: string;
  readonly json?: boolean;
}

/** Adds the command. Exit codes: 0 well, 1 the evaluation failed or a replay differs, 2 the command line makes no sense. */
export function addEval(gear: Command, context: Context): void {
  gear
    .command('eval <policy>')
    .description('let a policy act in simulation, and count its successes. POLICY is a checkpoint, or "expert" for the scripted one')
    .option('--suite <tasks>', 'tasks, suites or patterns such as spatial/*, with commas between them', 'object')
    .option('--robot <name>', 'panda, ur5e; agilex, ldt-01 (two arms); the first that fits unless given')
    .option('--perturb <list>', 'what is different, and how much: camera:3,light:5 (strengths 1 to 5)', '')
    .option('--trials <n>', 'episodes of each task', parseNumber, 20)
    .option('--seed <n>', 'first seed of each task', parseCount, FIRST_SEED)
    .option('--replan <steps>', 'of a chunk that are carried out before the next one is predicted', parseNumber, 10)
    .option('--batch <n>', 'episodes that a thread predicts for together', parseNumber, 10)
    .option('--workers <n>', 'threads; one for each core unless given', parseNumber)
    .option('--out <file>', 'write all that made the numbers, and every trial, as JSON')
    .option('--replay <file>', 'do again what such a file says; fails with the first trial that is different')
    .option('--json', 'print one JSON object')
    .action(async (policy: string, options: EvalOptions) => (await import('./eval/evaluate.ts')).evaluate(policy, options, context));
}
