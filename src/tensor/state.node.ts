/** An executable's state on disk, as one safetensors file. */
import type { Executable } from './compile.ts';
import { readSafetensors, writeSafetensors } from './safetensors.node.ts';
import { type FitOptions, fitState } from './state.ts';

/** Writes all variables; `metadata` says what they are. Atomic: a failure leaves the file that was there before. */
export async function saveState(path: string, executable: Executable, metadata: Readonly<Record<string, string>> = {}): Promise<void> {
  await writeSafetensors(path, { metadata, tensors: await executable.read() });
}

/** Sets all variables from a file and returns its metadata. Throws, changing nothing, when the file is damaged or does not fit. */
export async function loadState(path: string, executable: Executable, options: FitOptions = {}): Promise<Readonly<Record<string, string>>> {
  const { metadata, tensors } = await readSafetensors(path);
  executable.write(fitState(path, tensors, executable.variables, options));
  return metadata;
}
