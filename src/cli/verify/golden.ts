/** `gear verify golden`: every output of a golden, how far ours is off, and how far it may be. */
import pc from 'picocolors';
import { type GoldenReport, verifyGolden } from '../../model/golden/verify.ts';
import { nodeEngine } from '../../tensor/ort.node.ts';
import { readSafetensors } from '../../tensor/safetensors.node.ts';
import { formatShape } from '../../tensor/shape.ts';
import type { Context } from '../context.ts';

/** Prints a report. The exit code is 1 when an output is beyond its tolerance; throws when the file is no golden, or a broken one. */
export async function golden(file: string, { json }: { readonly json?: true }, context: Context): Promise<void> {
  const content = await readSafetensors(file).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? new Error(`there is no file ${file}`, { cause: error }) : error;
  });
  const report = await verifyGolden(nodeEngine(), content).catch((error: Error) => {
    throw new Error(`${file}: ${error.message}`, { cause: error });
  });
  context.print(json ? `${JSON.stringify({ file, ...report }, null, 2)}\n` : format(report, context.colors));
  if (!report.passed) context.exitCode = 1;
}

function format({ model, passed, outputs, notCompared, unusedWeights }: GoldenReport, colors: boolean): string {
  const { red, green, dim } = pc.createColors(colors);
  const rows = outputs.map(({ name, shape, error, tolerance, passed }) => ({
    cells: [name, formatShape(shape), error === 0 ? '0' : error.toExponential(1), tolerance === 0 ? 'exact' : tolerance.toExponential(0)],
    verdict: passed ? green('ok') : red('BEYOND'),
  }));
  const titles = ['output', 'shape', 'max error', 'tolerance'];
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map(({ cells }) => (cells[i] as string).length)));
  const line = (cells: readonly string[]): string => cells.map((cell, i) => cell.padEnd(widths[i] as number)).join('  ');
  const beyond = outputs.filter((output) => !output.passed).length;
  return [
    dim(line(titles)),
    ...rows.map(({ cells, verdict }) => `${line(cells)}  ${verdict}`),
    ...(notCompared.length > 0 ? [dim(`not in the file: ${notCompared.join(', ')}`)] : []),
    ...(unusedWeights.length > 0 ? [dim(`not used: ${unusedWeights.join(', ')}`)] : []),
    passed
      ? green(`${model}: all ${outputs.length} outputs within tolerance`)
      : red(`${model}: ${beyond} of ${outputs.length} outputs beyond tolerance`),
    '',
  ].join('\n');
}
