/** Where in the caller's code a tensor was made, and the errors that say so. */

/** A captured stack; its text is only produced when somebody asks for it. */
export interface Site {
  readonly stack?: string | undefined;
}

/**
 * Frames inside these folders are the library's own: the line to show is the first one outside them. (Bundlers would take
 * `new URL('.', import.meta.url)` for the address of a file to bundle.)
 */
const OWN_FOLDERS = ['tensor', 'nn'].map((folder) => new URL(import.meta.url).pathname.replace(/tensor\/[^/]*$/, `${folder}/`));

const STACK_DEPTH = 40;

/** The caller's stack, for an error that may come later. */
export function captureSite(): Site {
  const site: { stack?: string } = {};
  if (typeof Error.captureStackTrace !== 'function') return new Error();
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = STACK_DEPTH;
  Error.captureStackTrace(site, captureSite);
  Error.stackTraceLimit = limit;
  return site;
}

/** `model.ts:12:5`-like position of the first frame outside the library, or 'an unknown line'. */
export function formatSite(site: Site): string {
  const frames = (site.stack ?? '').split('\n').filter((line) => /:\d+:\d+\)?$/.test(line));
  const frame = frames.find((line) => !OWN_FOLDERS.some((folder) => line.includes(folder))) ?? frames[0];
  const position = frame?.match(/((?:file:\/\/|https?:\/\/|\/|\w:)[^\s()]*:\d+:\d+)\)?$/)?.[1] ?? frame?.trim().replace(/^at /, '');
  return position?.replace(/^file:\/\//, '') ?? 'an unknown line';
}

/** A mistake in the making of a graph: says the op, its operands and the line of the caller. */
export class TensorError extends Error {
  constructor(message: string, site: Site) {
    super(`${message}\n    made at ${formatSite(site)}`);
    this.name = 'TensorError';
  }
}
