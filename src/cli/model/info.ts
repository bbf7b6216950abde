/** `gear model info`: a configuration in numbers. */
import { type CallBound, chunkBound, type Device, H200, type ModelInfo, modelInfo } from '../../model/info.ts';
import type { Context } from '../context.ts';
import { readConfig } from './config.ts';

/** What the command takes: the device in TB/s, TFLOP/s and bytes. */
export interface InfoOptions {
  readonly json?: true;
  readonly bandwidth?: number;
  readonly flops?: number;
  readonly weightBytes?: number;
}

/** Prints a configuration's numbers. Throws when there is no such size or file, and when the configuration is wrong. */
export async function info(
  config: string,
  { json, bandwidth, flops, weightBytes = H200.weightBytes }: InfoOptions,
  context: Context,
): Promise<void> {
  const device: Device = {
    bandwidth: bandwidth === undefined ? H200.bandwidth : 1e12 * bandwidth,
    flops: flops === undefined ? H200.flops : 1e12 * flops,
    weightBytes,
  };
  const measured = modelInfo(await readConfig(config));
  const bound = chunkBound(measured, device);
  context.print(
    json
      ? `${JSON.stringify({ ...measured, bytes: bytesOf(measured), bound: { device, calls: bound } }, null, 2)}\n`
      : format(measured, bound, device),
  );
}

/** Bytes of all parameters. A training step keeps f32 weights and two moments of what is trained, each twice (before and after), and gradients. */
const bytesOf = ({ parameters, parts }: ModelInfo) => ({
  f32: 4 * parameters,
  bf16: 2 * parameters,
  int4: Math.ceil(parameters / 2),
  training: 4 * parameters + 24 * parts.reduce((sum, { trained }) => sum + trained, 0),
});

function format(info: ModelInfo, bound: readonly CallBound[], { bandwidth, flops: rate, weightBytes }: Device): string {
  const { name, parts, parameters, tokens, training, chunk } = info;
  const bytes = bytesOf(info);
  const table = (rows: readonly (readonly string[])[]): string[] => {
    const widths = (rows[0] as readonly string[]).map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
    return rows.map(
      (row) => `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[i] as number))).join('  ')}`,
    );
  };
  const total = bound.reduce((sum, { seconds }) => sum + seconds, 0);
  return [
    `${name}: ${short(parameters)} parameters; ${short(bytes.bf16)}B in bf16, ${short(bytes.f32)}B in f32; training with AdamW ${short(bytes.training)}B before activations`,
    '',
    ...table([
      ['part', 'parameters', 'trained'],
      ...parts.map(({ part, parameters: all, trained }) => [part, short(all), trained === 0 ? 'frozen' : short(trained)]),
    ]),
    '',
    `Training step, a sample of ${tokens.sample} tokens: ${short(training.flops)}FLOP`,
    `A chunk, from a prompt of ${tokens.prompt} tokens, and at best with ${short(bandwidth)}B/s, ${short(rate)}FLOP/s and ${weightBytes} bytes a weight:`,
    ...table([
      ['call', 'times', 'FLOP each', 'weights each', 'at least', 'bound by'],
      ...chunk.map(({ call, times, flops, weights }, i) => {
        const { seconds, by } = bound[i] as CallBound;
        return [call, `${times}`, short(flops), short(weights), `${(1000 * seconds).toFixed(2)} ms`, by];
      }),
      ['together', '', '', '', `${(1000 * total).toFixed(2)} ms`, ''],
    ]),
    '',
  ].join('\n');
}

/** 1.23 G */
function short(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${(value / 1000 ** power).toPrecision(3)} ${units[power]}`;
}
