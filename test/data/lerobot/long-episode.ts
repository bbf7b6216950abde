/**
 * Run by a test in a process of its own, with little memory: writes an episode of a million rows, reads a range of it, and all of it
 * in blocks. Prints what it saw as JSON. Argument: a folder to write to.
 */

import path from 'node:path';
import { peakBytes } from '../../../bench/peak.ts';
import { openLeRobot } from '../../../src/data/lerobot/open.ts';
import { createLeRobot, type RowBlock } from '../../../src/data/lerobot/write.ts';

const ROWS = 1_000_000;
const BLOCK = 10_000;
const WIDTH = 4;

/** Value `d` of row `row`: a whole number that f32 has. */
const valueAt = (row: number, d: number): number => ((row * 7 + d) % 1_000_003) % 65_536;

function* blocks(): Generator<RowBlock> {
  for (let from = 0; from < ROWS; from += BLOCK) {
    const data = Float32Array.from({ length: BLOCK * WIDTH }, (_, i) => valueAt(from + Math.floor(i / WIDTH), i % WIDTH));
    yield { length: BLOCK, tasks: 'run', columns: { state: { shape: [WIDTH], data } } };
  }
}

const megabytes = (): number => Math.round(peakBytes() / 2 ** 20);

async function main(): Promise<void> {
  const root = path.join(process.argv[2] as string, 'long');
  const start = megabytes();
  const writer = await createLeRobot(root, { fps: 30, features: { state: { dtype: 'float32', shape: [WIDTH] } } });
  await writer.addEpisode({ length: ROWS, rows: blocks() });
  const written = megabytes();
  await writer.finish();
  const finished = megabytes();

  const source = await openLeRobot(root);
  const check = async (from: number, to: number): Promise<void> => {
    const { columns, timestamps } = await source.readRows(0, { from, to });
    const data = columns.state?.data as Float32Array;
    const wrong = data.findIndex((value, i) => value !== valueAt(from + Math.floor(i / WIDTH), i % WIDTH));
    if (wrong >= 0 || data.length !== (to - from) * WIDTH) throw new Error(`rows ${from} to ${to}: value ${wrong} is ${data[wrong]}`);
    if (timestamps[0] !== Math.fround(from / 30)) throw new Error(`row ${from} has the time ${timestamps[0]}`);
  };
  const time = performance.now();
  for (let i = 0; i < 50; i++) await check((i * 19_997) % (ROWS - 16), ((i * 19_997) % (ROWS - 16)) + 16);
  const windowMilliseconds = (performance.now() - time) / 50;
  for (let from = 0; from < ROWS; from += BLOCK) await check(from, from + BLOCK);
  await source.close();
  console.log(JSON.stringify({ start, written, finished, read: megabytes(), windowMilliseconds }));
}

await main();
