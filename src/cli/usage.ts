/** What is wrong with a command line: the arguments that several commands take, and errors about them. */
import { InvalidArgumentError } from 'commander';

/** The command line makes no sense: exit code 2. */
export class UsageError extends Error {}

/** Runs what looks at the command line only; its errors are the command line's. */
export async function checkingUsage<T>(check: () => T | Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** A whole number from 0 up. */
export function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 0 up');
  return Number(text);
}

/** A whole number from 1 up. */
export function parseNumber(text: string): number {
  const number = parseCount(text);
  if (number === 0) throw new InvalidArgumentError('expected a whole number from 1 up');
  return number;
}

/** Pixels of a side of a video, which encoders want even. */
export function parseSize(text: string): number {
  const size = parseCount(text);
  if (!(size > 0 && size % 2 === 0)) throw new InvalidArgumentError('expected an even number of pixels, such as 96 or 224');
  return size;
}
