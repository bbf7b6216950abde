/** `gear data convert` */
import { convert } from '../../data/convert.ts';
import { findBinding } from '../../data/dataset.ts';
import { letterbox } from '../../robot/views.ts';
import type { Context } from '../context.ts';
import type { DataOptions } from '../data.ts';
import { interruptible } from '../interrupt.ts';
import { progressOf } from '../progress.ts';
import { withSource } from './open.ts';

/** Writes a dataset as LeRobot v3.0. Its binding goes with it, so that it is understood without this command's options. */
export async function convertTo(
  dir: string,
  target: string,
  options: DataOptions & { size?: number; codec?: 'h264' | 'av1' },
  context: Context,
): Promise<void> {
  const { size, codec } = options;
  const report = await withSource(dir, options, async (source, episodes) => {
    const found = await findBinding(source, options.binding === undefined ? {} : { binding: options.binding });
    const progress = progressOf(context, 'frames');
    return interruptible((signal) =>
      convert(source, target, {
        episodes,
        signal,
        ...(codec && { videoCodec: codec }),
        ...(size !== undefined && { resize: { width: size, height: size, apply: (frame) => letterbox(frame, size) } }),
        ...(found && { binding: found }),
        onProgress: ({ done, total }) => progress(done, total),
      }),
    );
  });
  if (options.json) {
    context.print(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const { episodes, frames, copiedVideos, encodedVideos, repairedTimestamps, resampled } = report;
  context.print(`${target}: ${episodes} episodes, ${frames} frames; ${copiedVideos} videos copied, ${encodedVideos} encoded\n`);
  if (resampled.length > 0) context.print(`videos of another rate were resampled: episodes ${resampled.join(', ')}\n`);
  if (repairedTimestamps.length > 0) {
    context.print(`timestamps were not those of their frames, and are now: episodes ${repairedTimestamps.join(', ')}\n`);
  }
}
