/** Pictures and bars made of characters. */
import type { TrialResult } from '../../eval/trial.ts';

/** How far a suite is. */
export interface SuiteProgress {
  readonly suite: string;
  readonly done: number;
  readonly successes: number;
  readonly trials: number;
}

/**
 * A square picture as lines of `▀`, each two pixels high: the upper one is the colour of the character (24 bits), the lower one that of what
 * is behind it. rgb u8[size, size, 3], size even.
 */
export function halfBlocks(rgb: Uint8Array, size: number): string[] {
  const colour = (x: number, y: number): string => {
    const at = 3 * (y * size + x);
    return `${rgb[at]};${rgb[at + 1]};${rgb[at + 2]}`;
  };
  return Array.from({ length: size / 2 }, (_, row) => {
    let [line, last] = ['', ''];
    for (let x = 0; x < size; x++) {
      const now = `\x1b[38;2;${colour(x, 2 * row)};48;2;${colour(x, 2 * row + 1)}m`;
      line += now === last ? '▀' : `${now}▀`;
      last = now;
    }
    return `${line}\x1b[0m`;
  });
}

const paint = (code: number, text: string, colours: boolean): string => (colours && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text);

/** Columns of a bar's names and numbers */
const NAME = 9;
const NUMBERS = 15;

/** A bar for each suite, `width` columns wide: successes, failures, and what is still to be done. */
export function barsOf(progress: readonly SuiteProgress[], width: number, colours: boolean): string[] {
  const room = Math.max(8, width - NAME - NUMBERS);
  return progress.map(({ suite, done, successes, trials }) => {
    const good = Math.round((room * successes) / trials);
    const all = Math.max(good, Math.round((room * done) / trials));
    const bar = `${paint(32, '█'.repeat(good), colours)}${paint(33, '▒'.repeat(all - good), colours)}${paint(90, '·'.repeat(room - all), colours)}`;
    const share = done > 0 ? `${Math.round((100 * successes) / done)} %` : '';
    return `${suite.slice(0, NAME - 1).padEnd(NAME)}${bar} ${`${successes}/${done}`.padStart(7)}${share.padStart(NUMBERS - 8)}`;
  });
}

/** How a trial ended, in at most `width` columns: `✓ put the red can in the basket`. */
export function tidingOf({ success, instruction, failure }: TrialResult, width: number, colours: boolean): string {
  const text = success ? instruction : `${instruction} (${failure})`;
  const said = text.length > width - 2 ? `${text.slice(0, width - 3)}…` : text;
  return `${paint(success ? 32 : 33, success ? '✓' : '✗', colours)} ${paint(90, said, colours)}`;
}

/** Lines with others to their right; those on the left are `width` columns wide. */
export function sideBySide(left: readonly string[], right: readonly string[], width: number): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${left[i] ?? ' '.repeat(width)}   ${right[i] ?? ''}`.trimEnd(),
  );
}
