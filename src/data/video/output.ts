/** mp4 files of one video stream that are there whole or not at all. */

import { existsSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FormatContext, type Packet, type Rational, type Stream } from 'node-av/lib';
import { check } from './ffmpeg.ts';

/** An mp4 file under a temporary name. */
export interface Output {
  /** The time base that the container chose: what times of packets are rounded to */
  readonly timeBase: Rational;
  /** Writes a packet whose times are in `timeBase`, and empties it. Throws when the disk is full. */
  write(packet: Packet, timeBase: Rational): void;
  /** Writes the index of the file, flushes it to the disk and puts it in its place. */
  finish(): Promise<void>;
  /** Removes what was written, unless it was finished. */
  abandon(): void;
}

/** Tells temporary files of one process apart. */
let created = 0;

/** Begins an mp4 file beside `path`. `describe` sets the parameters of its stream. Throws an Error that names the file. */
export function createOutput(path: string, describe: (stream: Stream) => void): Output {
  if (!existsSync(dirname(path))) throw new Error(`could not write ${path}: there is no folder ${dirname(path)}`);
  const temporary = `${path}.${process.pid}.${++created}.tmp`;
  const context = new FormatContext();
  let state: 'open' | 'closed' | 'finished' = 'open';

  const close = (): void => {
    state = 'closed';
    context.closeOutputSync();
    context.freeContext();
  };
  const abandon = (): void => {
    if (state === 'open') close();
    if (state !== 'finished') rmSync(temporary, { force: true });
  };
  const wanted = `could not write ${path}`;
  try {
    check(context.allocOutputContext2(null, 'mp4', `file:${temporary}`), wanted);
    const stream = context.newStream();
    describe(stream);
    check(context.openOutputSync(), wanted);
    check(context.writeHeaderSync(), wanted);
    return {
      timeBase: stream.timeBase,
      write(packet, timeBase) {
        packet.streamIndex = stream.index;
        packet.rescaleTs(timeBase, stream.timeBase);
        check(context.interleavedWriteFrameSync(packet), wanted);
      },
      async finish() {
        try {
          check(context.writeTrailerSync(), wanted);
          close();
          await flush(temporary);
          await rename(temporary, path);
          state = 'finished';
        } catch (error) {
          abandon();
          throw error;
        }
        if (process.platform !== 'win32') await flush(dirname(path));
      },
      abandon,
    };
  } catch (error) {
    abandon();
    throw error;
  }
}

/** Waits until a file, or the names in a folder, are on the disk. */
async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}
