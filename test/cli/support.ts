/** Running the command line inside a test, and looking at what it wrote. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
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

/** All files of a folder by their paths in it: a hash of what is in each. */
export const contentsOf = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => statSync(path.join(root, file)).isFile())
      .sort()
      .map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(path.join(root, file)))
          .digest('hex'),
      ]),
  );
