/** `gear replay` */
import { nodeEngine } from '../../tensor/ort.node.ts';
import { replayDiverged } from '../../train/replay.node.ts';
import { replayText } from '../../train/replay.ts';
import type { Context } from '../context.ts';
import type { ReplayCommandOptions } from '../train.ts';

/** Computes a batch with which training diverged again, and prints where its numbers go wrong. */
export async function replay(file: string, { threads, json }: ReplayCommandOptions, context: Context): Promise<void> {
  const engine = nodeEngine({ flushDenormals: true, ...(threads !== undefined && { threads }) });
  const result = await replayDiverged(file, engine);
  context.print(json ? `${JSON.stringify(result)}\n` : replayText(result));
}
