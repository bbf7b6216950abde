/** Running the command line inside a test. */
import type { Context } from '../../src/cli/context.ts';
import { main } from '../../src/cli/main.ts';

/** What a command line wrote, and its exit code. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `gear …` in this process. */
export async function gear(...args: string[]): Promise<Outcome> {
  const written = { out: '', err: '' };
  const context: Context = {
    print: (text) => {
      written.out += text;
    },
    complain: (text) => {
      written.err += text;
    },
    progress: () => undefined,
    colors: false,
    exitCode: 0,
  };
  const code = await main(args, context);
  return { code, ...written };
}
