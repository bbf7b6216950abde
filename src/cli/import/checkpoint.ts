/** `gear import`: what came from where. */
import { importCheckpoint } from '../../model/import.node.ts';
import { type ImportedTensor, ImportMismatch, type ImportPlan, type ImportSource } from '../../model/import.ts';
import { DTYPES } from '../../tensor/dtype.ts';
import { describe, type TensorType } from '../../tensor/host.ts';
import { sizeOf } from '../../tensor/shape.ts';
import type { Context } from '../context.ts';
import type { ImportCommandOptions } from '../import.ts';
import { interruptible } from '../interrupt.ts';
import { readConfig } from '../model/config.ts';
import { progressOf } from '../progress.ts';
import { checkingUsage } from '../usage.ts';

/**
 * Makes a checkpoint and prints what became of every tensor. With `--json` that is printed also when tensors are missing or do not fit.
 * Throws as `importCheckpoint` does.
 */
export async function importInto(options: ImportCommandOptions, context: Context): Promise<void> {
  const { qwen, vggt, out, dtype, seed, json } = options;
  const config = options.config === undefined ? undefined : await checkingUsage(() => readConfig(options.config as string));
  const progress = progressOf(context, `${out}: MB written`);
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
  const report = await interruptible((signal) =>
    importCheckpoint({
      ...{ qwen, vggt, out, config, dtype, seed, signal },
      onProgress: (done, total) => progress(megabytes(done), megabytes(total)),
    }),
  ).catch((error: Error) => {
    context.progress('');
    if (json && error instanceof ImportMismatch) context.print(`${JSON.stringify({ out, ...counted(error.plan) }, null, 2)}\n`);
    throw error;
  });
  if (json) {
    context.print(`${JSON.stringify({ out, config: report.config.name, bytes: report.bytes, ...counted(report) }, null, 2)}\n`);
  } else {
    context.print(format(report, `${out}: ${report.config.name}, ${size(report.bytes)} in ${dtype ?? 'the dtypes as published'}`));
  }
}

/** Tensors of a plan by what became of them, each list with its length and its bytes. */
function counted({ used, kept, leftOver, initial, missing, wrong }: ImportPlan): Record<string, unknown> {
  const list = <T extends TensorType>(tensors: readonly T[]) => ({
    count: tensors.length,
    bytes: bytesOf(tensors),
    tensors: tensors.map((tensor) => ({ ...tensor, bytes: bytesOf([tensor]) })),
  });
  return { used: list(used), kept: list(kept), leftOver: list(leftOver), initial: list(initial), missing: list(missing), wrong };
}

const bytesOf = (tensors: readonly TensorType[]): number =>
  tensors.reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * DTYPES[dtype].bytes, 0);

/** `7.51 GB` */
function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toPrecision(3)} ${units[power]}`;
}

/** Every tensor, those of blocks that are alike on one line. */
function format({ used, kept, leftOver, initial }: ImportPlan, title: string): string {
  const from = (source: ImportSource): ImportedTensor[] => used.filter((tensor) => tensor.source === source);
  const rest = leftOver.map((tensor) => ({ ...tensor, name: tensor.published }));
  const rows = used.flatMap(({ name, newRows }) => (newRows === undefined ? [] : [`${newRows} of ${name}`]));
  return [
    title,
    ...section('used, of Qwen2.5-VL', from('qwen')),
    ...section('used, of VGGT', from('vggt')),
    ...section("kept, VGGT's heads", kept),
    ...section('left over', rest),
    ...section('in no published model, so not in the checkpoint: initial values', initial),
    `new rows: ${rows.join(', ') || 'none'}`,
    'missing: none',
    '',
  ].join('\n');
}

/** A title and lines such as `28 × model.layers.*.mlp.up_proj.weight bf16[18944, 3584]`. */
function section(title: string, tensors: readonly (TensorType & { readonly name: string })[]): string[] {
  if (tensors.length === 0) return [`${title}: none`];
  const alike = new Map<string, string[]>();
  for (const { name, ...type } of tensors) {
    const key = `${name.replace(/(?<=\.)\d+(?=\.)/g, '*')} ${describe(type)}`;
    alike.set(key, [...(alike.get(key) ?? []), `${name} ${describe(type)}`]);
  }
  const lines = [...alike].map(([key, all]) => (all.length === 1 ? `  ${all[0]}` : `  ${all.length} × ${key}`));
  return [`${title}: ${tensors.length} tensor${tensors.length === 1 ? '' : 's'}, ${size(bytesOf(tensors))}`, ...lines];
}
