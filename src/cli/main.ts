/** The command line, `gear …`: finds the command, and turns what can go wrong into one line and an exit code. */
import { Command, CommanderError } from 'commander';
import { addAdapt } from './adapt.ts';
import { type Context, processContext } from './context.ts';
import { addData } from './data.ts';
import { addDemo } from './demo.ts';
import { addDoctor } from './doctor.ts';
import { addEval } from './eval.ts';
import { addImport } from './import.ts';
import { addModel } from './model.ts';
import { addNano } from './nano.ts';
import { packageInfo } from './package.ts';
import { addSim } from './sim.ts';
import { addTrain } from './train.ts';
import { UsageError } from './usage.ts';
import { addVerify } from './verify.ts';

/** Runs one command line. Returns the exit code: 0 well, 1 the command failed, 2 the command line makes no sense. */
export async function main(args: readonly string[], context: Context = processContext()): Promise<number> {
  const { version, description } = packageInfo();
  const gear = new Command('gear')
    .description(description)
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .exitOverride()
    .configureOutput({
      writeOut: context.print,
      writeErr: context.complain,
      outputError: (message, write) => write(usageError(message)),
    });
  addDoctor(gear, context);
  addDemo(gear, context);
  addData(gear, context);
  addSim(gear, context);
  addModel(gear, context);
  addTrain(gear, context);
  addNano(gear, context);
  addAdapt(gear, context);
  addEval(gear, context);
  addImport(gear, context);
  addVerify(gear, context);

  if (args.length === 0) {
    context.print(gear.helpInformation());
    return 0;
  }
  try {
    await gear.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    context.complain(`gear: ${(error as Error).message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** commander's message on one line: what was wrong, and the nearest name or where to look. */
function usageError(message: string): string {
  const line = message
    .trim()
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ');
  return `gear: ${line}${line.endsWith(')') ? '' : ' (see gear --help)'}\n`;
}
