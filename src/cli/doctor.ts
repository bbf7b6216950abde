/** `gear doctor`: what this machine has, whether the engine computes correctly, how fast, and what could be added. */
import { type Command, Option } from 'commander';
import type { Context } from './context.ts';
import type { Provider } from './doctor/engine.ts';

interface DoctorOptions {
  readonly json?: true;
  readonly provider: Provider;
}

/** Adds the command. Its exit code is 0 when the engine works, 1 otherwise. */
export function addDoctor(gear: Command, context: Context): void {
  gear
    .command('doctor')
    .description('check that the engine works here, measure it, and say which optional parts are missing')
    .option('--json', 'print one JSON object')
    .addOption(new Option('--provider <name>', 'what the engine should run on').choices(['cpu', 'webgpu', 'cuda']).default('cpu'))
    .action(async ({ json, provider }: DoctorOptions) => {
      const { collectFacts } = await import('./doctor/facts.ts');
      const { formatFacts } = await import('./doctor/format.ts');
      const facts = await collectFacts({ provider });
      context.print(json ? `${JSON.stringify(facts, null, 2)}\n` : formatFacts(facts, context.colors));
      if (!facts.engine.works) context.exitCode = 1;
    });
}
