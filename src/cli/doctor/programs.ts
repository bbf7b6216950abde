/** Asking other programs. */
import { execFile } from 'node:child_process';

/** What a program prints to its standard output; undefined when it is not there, fails, or takes longer than ten seconds. */
export function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    // On Windows npm and others are command scripts, which only a shell starts.
    const shell = process.platform === 'win32';
    execFile(program, [...args], { timeout: 10_000, shell }, (error, stdout) => resolve(error ? undefined : stdout.trim()));
  });
}

/** npm says its version to what it starts, `npm/11.19.1 node/v20.20.2 linux x64`; otherwise it is asked. null: there is none. */
export async function npmVersion(env: NodeJS.ProcessEnv): Promise<string | null> {
  const told = /\bnpm\/(\S+)/.exec(env.npm_config_user_agent ?? '')?.[1];
  return told ?? (await outputOf('npm', ['--version'])) ?? null;
}
