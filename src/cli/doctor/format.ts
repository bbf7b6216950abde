/** `gear doctor`'s record for people. */
import pc from 'picocolors';
import type { EngineReport } from './engine.ts';
import type { Facts } from './facts.ts';
import type { Machine } from './machine.ts';
import type { OptionalPart } from './optional.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** A name and what there is to say of it, on one or more lines. */
type Row = readonly [name: string, ...lines: string[]];

/** All facts as text, aligned, in colours when they are wanted. */
export function formatFacts(facts: Facts, useColors: boolean): string {
  const colors = pc.createColors(useColors);
  const { name, version } = facts.package;
  const { node, npm, platform, arch, release } = facts.runtime;
  const runtime: Row[] = [
    ['package', `${name} ${version}`],
    ['runtime', `Node ${node}, ${npm === null ? 'no npm' : `npm ${npm}`}`],
    ['system', `${platform} ${arch}, ${release}`],
  ];
  const sections: [string, Row[]][] = [
    ['Engine', engineRows(facts.engine, colors)],
    ['Software', runtime],
    ['Machine', machineRows(facts.machine)],
    ['Optional', facts.optional.map((part) => optionalRow(part, colors))],
  ];
  const width = Math.max(...sections.flatMap(([, rows]) => rows.map(([label]) => label.length)));
  const text = sections.map(([title, rows]) => [colors.bold(title), ...rows.flatMap((row) => formatRow(row, width, colors))].join('\n'));
  return `${text.join('\n\n')}\n`;
}

function formatRow([name, ...lines]: Row, width: number, colors: Colors): string[] {
  return lines.map((line, i) => `  ${colors.dim((i === 0 ? name : '').padEnd(width))}  ${line}`);
}

function engineRows(engine: EngineReport, { green, red }: Colors): Row[] {
  if (!engine.works) return [['state', red(`does not work on ${engine.provider}: ${engine.problem}`)]];
  return [
    ['state', green('works')],
    ['engine', `${engine.name} ${engine.version}, ${counted(engine.threads, 'thread')}`],
    ['providers', `${engine.providers.join(', ')} (gear doctor --provider webgpu tries another)`],
    ['self test', `matmul agrees with plain JavaScript to ${engine.largestError.toExponential(1)}`],
    ['speed', `${engine.matmulGflops.toFixed(0)} GFLOP/s (matmul of f32[1024, 1024])`],
  ];
}

function machineRows({ processor, cores, simd, wasmSimd, memory, disk }: Machine): Row[] {
  const instructions = simd === 'unknown' ? 'unknown' : simd.join(', ') || 'none';
  return [
    ['processor', `${processor}, ${counted(cores, 'core')}`],
    ['SIMD', `${instructions}; WebAssembly: ${wasmSimd ? 'yes' : 'no'}`],
    ['memory', `${gibibytes(memory.available)} available of ${gibibytes(memory.total)}`],
    ['disk', `${gibibytes(disk.available)} available of ${gibibytes(disk.total)}`],
  ];
}

function optionalRow({ name, purpose, found, add }: OptionalPart, { green, yellow, cyan, dim }: Colors): Row {
  return found === null ? [name, `${yellow('missing')} (${purpose})`, cyan(add ?? '')] : [name, `${green('found')} ${dim(found)}`];
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
