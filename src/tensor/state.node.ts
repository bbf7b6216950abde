/** An executable's state on disk, as one safetensors file. */
import type { Executable } from './compile.ts';
import { withSafetensors, writeSafetensors } from './safetensors.node.ts';
import { type FitOptions, fitState } from './state.ts';

/** Writes all variables; `metadata` says what they are. Atomic: a failure leaves the file that was there before. */
export async function saveState(path: string, executable: Executable, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await writeSafetensors(path, { metadata, tensors: await executable.read() });
}

/**
 * Sets all variables from a checkpoint, one tensor at a time, and returns its metadata. Throws, changing nothing, when a header
 * is damaged or something does not fit.
 */
export async function loadState(path: string, executable: Executable, options: FitOptions = {}): Promise<Readonly<Record<string, string>>> {
  return withSafetensors(path, async ({ metadata, tensors, read }) => {
    for (const name of fitState(path, tensors, executable.variables, options)) await executable.write(new Map([[name, await read(name)]]));
    return metadata;
  });
}
