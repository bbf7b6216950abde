/** What every benchmark prints: rows of measurements, and goals with their values. */
import os from 'node:os';
import pc from 'picocolors';

/** A number that is to reach another. */
export interface Goal {
  readonly id: string;
  /** `not found` when what it is compared with is not on this machine. */
  readonly value: number | 'not found';
  readonly unit: string;
  /** The bound, with its direction: `≥ 0.65`. */
  readonly goal: string;
  readonly met: boolean | null;
}

/** What a benchmark found: what `--json` prints, together with the machine and the command. */
export interface Report {
  readonly name: string;
  readonly goals: readonly Goal[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
}

/** Value and bound as a goal. An undefined value was not to be had. */
export function goal(id: string, value: number | undefined, direction: '≥' | '≤', bound: number, unit: string): Goal {
  const met = value === undefined ? null : direction === '≥' ? value >= bound : value <= bound;
  return { id, value: value === undefined ? 'not found' : round(value), unit, goal: `${direction} ${bound}`, met };
}

/** Three significant digits. */
export const round = (value: number): number => Number(value.toPrecision(3));

/** The middle value; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
}

/** Processor, memory and versions, without anything that tells one machine of a kind from another. */
export function machine(): Record<string, string | number> {
  const [cpu] = os.cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** The report as tables for a terminal. */
export function formatReport({ name, goals, rows }: Report): string {
  const mark = (met: boolean | null): string => (met === null ? pc.yellow('–') : met ? pc.green('✓') : pc.red('✗'));
  const results = goals.map(({ id, value, unit, goal: bound, met }) => [
    mark(met),
    id,
    `${value} ${value === 'not found' ? '' : unit}`.trim(),
    `goal ${bound}`,
  ]);
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const body = rows.map((row) => keys.map((key) => `${row[key] ?? ''}`));
  return [pc.bold(name), '', ...align([keys, ...body]), '', ...align(results), ''].join('\n');
}

function align(lines: readonly (readonly string[])[]): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room on the screen
  const visible = (cell: string): number => cell.replace(/\u001b\[\d+m/g, '').length;
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => visible(line[column] ?? ''))));
  return lines.map((line) =>
    line
      .map((cell, column) => cell + ' '.repeat((widths[column] as number) - visible(cell)))
      .join('  ')
      .trimEnd(),
  );
}
