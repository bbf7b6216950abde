/** `gear demo`: the shipped policy acts in every suite, in a few minutes, and a page shows how. */
import { type Command, Option } from 'commander';
import type { Context } from './context.ts';
import { SHIPPED_POLICY } from './demo/shipped.ts';
import { parseNumber } from './usage.ts';

/** As commander reads the command line. */
export interface DemoOptions {
  readonly policy: string;
  readonly suites?: string;
  readonly trials: number;
  readonly out: string;
  readonly workers?: number;
}

/** Adds the command. Exit codes: 0 well, 1 it failed, 2 the command line makes no sense. */
export function addDemo(gear: Command, context: Context): void {
  gear
    .command('demo')
    .description('watch the shipped policy act in simulation: a live view, a table, and a page with videos')
    .addOption(new Option('--policy <file>', 'another checkpoint, or expert').default(SHIPPED_POLICY, 'the shipped one'))
    .option('--suites <tasks>', 'suites, tasks or patterns such as spatial/*, with commas between them; all suites unless given')
    .option('--trials <n>', 'episodes of each task', parseNumber, 3)
    .option('--out <file>', 'the page: *.html', 'report.html')
    .option('--workers <n>', 'threads; one for each core unless given', parseNumber)
    .action(async (options: DemoOptions) => (await import('./demo/demo.ts')).demo(options, context));
}
