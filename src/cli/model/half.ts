/** `gear model half` */
import { stat } from 'node:fs/promises';
import { isFloat } from '../../tensor/dtype.ts';
import { convert, type HostTensor, numbers } from '../../tensor/host.ts';
import { readSafetensors, writeSafetensors } from '../../tensor/safetensors.node.ts';
import type { Context } from '../context.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';

/** Writes a checkpoint again with its numbers as f16. Throws, and writes nothing, where one is too large for that. */
export async function half(file: string, out: string, context: Context): Promise<void> {
  await checkingUsage(() => checkPlace(out, 'a checkpoint', ['.safetensors']));
  const { metadata = {}, tensors } = await readSafetensors(file);
  const halves = new Map([...tensors].map(([name, value]) => [name, isFloat(value.dtype) ? halved(name, value) : value] as const));
  await writeSafetensors(out, { metadata, tensors: halves });
  const [before, after] = await Promise.all([file, out].map(async (each) => ((await stat(each)).size / 1e6).toFixed(1)));
  context.print(`${out}: ${after} MB instead of ${before} MB\n`);
}

function halved(name: string, value: HostTensor): HostTensor {
  const result = convert(value, 'f16');
  if (!numbers(result).every(Number.isFinite)) throw new Error(`"${name}" has numbers that half precision has no place for`);
  return result;
}
