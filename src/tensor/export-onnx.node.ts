/** Exported models as files. */
import { basename } from 'node:path';
import { type ExportOptions, exportOnnx } from './export-onnx.ts';
import { writeFileAtomically } from './files.node.ts';
import type { Program } from './graph.ts';

/** Writes `path`, and before it `path.data` when the weights need a file of their own. Throws, leaving nothing half-written. */
export async function writeOnnx(path: string, program: Program, options: Omit<ExportOptions, 'dataFile'>): Promise<void> {
  const { model, data } = exportOnnx(program, { ...options, dataFile: `${basename(path)}.data` });
  if (data.length > 0) await writeFileAtomically(`${path}.data`, data);
  await writeFileAtomically(path, [model]);
}
