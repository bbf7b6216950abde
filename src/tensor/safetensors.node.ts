/** Safetensors files on disk: written whole or not at all, read tensor by tensor. */
import { type FileHandle, open } from 'node:fs/promises';
import { writeFileAtomically } from './files.node.ts';
import type { HostTensor } from './host.ts';
import {
  headerLength,
  parseHeader,
  type SafetensorsFile,
  type SafetensorsHeader,
  safetensorsParts,
  tensorFromBytes,
} from './safetensors.ts';

/** Writes a whole file or, when something goes wrong, leaves what was there: see `writeFileAtomically`. */
export async function writeSafetensors(path: string, file: SafetensorsFile): Promise<void> {
  await writeFileAtomically(path, safetensorsParts(file));
}

/** The whole file. Throws a SafetensorsError when it is damaged. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  return withSafetensors(path, async ({ metadata, tensors }, read) => {
    const values = new Map<string, HostTensor>();
    for (const name of tensors.keys()) values.set(name, await read(name));
    return { metadata, tensors: values };
  });
}

/** Calls `use` with the header and a function that reads one tensor at a time: memory stays bounded however large the file is. */
export async function withSafetensors<T>(
  path: string,
  use: (header: SafetensorsHeader, read: (name: string) => Promise<HostTensor>) => Promise<T>,
): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const header = parseHeader(await readAt(handle, 8, headerLength(await readAt(handle, 0, Math.min(8, size)), size)), size);
    return await use(header, async (name) => {
      const entry = header.tensors.get(name);
      if (!entry) throw new Error(`${path} has no tensor "${name}"`);
      return tensorFromBytes(entry, await readAt(handle, header.dataStart + entry.begin, entry.end - entry.begin));
    });
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (bytesRead === 0) throw new Error(`the file ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
  return bytes;
}
