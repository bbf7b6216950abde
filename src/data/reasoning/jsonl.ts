/** Samples as lines of JSON, read line by line wherever they are in the file. */
import { open } from 'node:fs/promises';
import type { ReasoningSample } from '../reasoning.ts';
import type { Shard } from './files.ts';

/** A sample as a line of JSON, with the newline. */
export function jsonLine(sample: ReasoningSample): string {
  const images = sample.images.map((image) => {
    if ('path' in image) return image;
    const { buffer, byteOffset, byteLength } = image.bytes;
    return { base64: Buffer.from(buffer, byteOffset, byteLength).toString('base64'), width: image.width, height: image.height };
  });
  return `${JSON.stringify({ ...sample, images })}\n`;
}

/** Opens a file of lines: goes through it once to find where they begin. Empty lines at its end are no rows. */
export async function openJsonl(file: string): Promise<Shard> {
  const handle = await open(file, 'r');
  try {
    // Where each line begins, and where the last one that is not empty ends
    const starts = [0];
    let length = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false, start: 0 }) as AsyncIterable<Uint8Array>) {
      for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, i + 1)) starts.push(length + i + 1);
      length += chunk.length;
    }
    if (starts.at(-1) !== length) starts.push(length);

    async function readLines(from: number, to: number): Promise<string[]> {
      const [begin, end] = [starts[from] as number, starts[to] as number];
      const bytes = new Uint8Array(end - begin);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, begin + done);
        if (bytesRead === 0) throw new Error(`${file} ended at byte ${begin + done} while it was read`);
        done += bytesRead;
      }
      return Array.from({ length: to - from }, (_, i) =>
        Buffer.from(bytes.subarray((starts[from + i] as number) - begin, (starts[from + i + 1] as number) - begin))
          .toString('utf8')
          .trim(),
      );
    }

    let rows = starts.length - 1;
    while (rows > 0 && (await readLines(rows - 1, rows))[0] === '') rows--;
    const read = async (from: number, to: number): Promise<unknown[]> =>
      (await readLines(from, to)).map((line, i) => parseLine(line, `${file}: row ${from + i}`));
    return { file, rows, read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A line's value, with bytes for base64. */
function parseLine(line: string, where: string): unknown {
  let value: { images?: unknown };
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`${where}: no JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(value?.images)) return value;
  const images = value.images.map((image: Record<string, unknown> | null, i) => {
    if (typeof image?.base64 !== 'string') return image;
    const { base64, ...rest } = image;
    const bytes = new Uint8Array(Buffer.from(base64 as string, 'base64'));
    // Buffer.from skips what is no base64.
    if (bytes.length !== Math.floor(((base64 as string).replace(/=+$/, '').length * 3) / 4)) {
      throw new Error(`${where}: images.${i}.base64: it is no base64`);
    }
    return { ...rest, bytes };
  });
  return { ...value, images };
}
