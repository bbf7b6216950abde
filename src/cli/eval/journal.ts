/** Results of an evaluation that is going on, line by line, so that nothing is lost when it ends in the middle. */
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import type { TrialResult } from '../../eval/trial.ts';

/** A journal that is open. */
export interface Journal {
  /** What was there */
  readonly results: readonly TrialResult[];
  /** Throws when the disk is full; what was there before is kept. */
  add(result: TrialResult): void;
}

/** Opens a file, or begins it. A line that was not finished does not count, and is removed. */
export function openJournal(file: string): Journal {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
  return {
    results: whole
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as TrialResult),
    add: (result) => appendFileSync(file, `${JSON.stringify(result)}\n`),
  };
}
