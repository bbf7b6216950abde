/** What a command gets from its surroundings, so that tests can stand in for them. */
import pc from 'picocolors';

/** Where a command writes, and how it says that it failed. */
export interface Context {
  /** Results: standard output. */
  readonly print: (text: string) => void;
  /** Errors: standard error. */
  readonly complain: (text: string) => void;
  /** Replaces the last line of progress by another, or by nothing, where somebody watches a terminal. */
  readonly progress: (line: string) => void;
  /** Whether `print` may colour its text. */
  readonly colors: boolean;
  /** 0 until a command finds otherwise; 2 when the command line itself was wrong. */
  exitCode: number;
}

/** The process's own surroundings. A reader that has gone away, as in `gear … | head -1`, ends the process quietly. */
export function processContext(): Context {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    print: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    progress: (line) => void (process.stderr.isTTY && process.stderr.write(`\r\x1b[K${line}`)),
    colors: process.stdout.isTTY === true && pc.isColorSupported,
    exitCode: 0,
  };
}
