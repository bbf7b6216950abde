/** Ctrl-C and SIGTERM end long commands in order: what was half-written is removed. */

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs `work` with a signal that Ctrl-C, or who ends the process by SIGTERM, aborts. A second one ends the process at once. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error('interrupted'));
  for (const name of SIGNALS) process.once(name, abort);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of SIGNALS) process.removeListener(name, abort);
  }
}
