/**
 * Weights in a temporary file beside the models that use them, as ONNX's external data: ONNX Runtime maps the file, so that
 * weights are in memory once for all sessions, as pages that the system may drop, and a model may be larger than protobuf's 2 GiB.
 */
import { rmSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Weight } from './engine.ts';
import { bytesOf, bytesOfAll, checkType } from './host.ts';
import type { StoredWeight } from './onnx.ts';
import type { OrtWeights } from './ort.ts';

/** The file's name, and what each weight begins at a multiple of: a page. Smaller ones go into the models. */
const [WEIGHTS, ALIGNMENT] = ['weights.bin', 4096];

/** How folders begin, before the number of their process */
const PREFIX = 'gear-weights-';

/** One write of Node's takes no more than 2 GiB. */
const CHUNK = 2 ** 28;

/**
 * Writes each weight when it is asked for, and forgets it. The folder is removed on `release`, and when something fails, a full
 * disk for example, at once. One whose process was ended meanwhile is removed by the next call of any process.
 */
export async function keepInFile(weights: readonly Weight[]): Promise<OrtWeights> {
  await removeOrphans(tmpdir());
  const folder = await mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  const onExit = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', onExit);
  // Where a file that is mapped cannot be removed, as on Windows, it goes when the process ends.
  const release = (): Promise<void> =>
    rm(folder, { recursive: true, force: true }).then(
      () => void process.off('exit', onExit),
      () => undefined,
    );
  let models = 0;
  try {
    const tensors = await writeWeights(path.join(folder, WEIGHTS), weights);
    const place = async (model: Uint8Array): Promise<string> => {
      const file = path.join(folder, `model-${models++}.onnx`);
      await writeFile(file, model);
      return file;
    };
    return { tensors, place, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Removes the folders of processes that there are no longer. */
async function removeOrphans(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is somebody else's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function writeWeights(file: string, weights: readonly Weight[]): Promise<Map<string, StoredWeight>> {
  const tensors = new Map<string, StoredWeight>();
  const handle = await open(file, 'w');
  try {
    let offset = 0;
    for (const { name, dtype, shape, value } of weights) {
      const tensor = await value();
      checkType(`the value of "${name}"`, tensor, { dtype, shape });
      const bytes = bytesOf(tensor);
      if (bytes.length < ALIGNMENT) {
        tensors.set(name, { type: dtype, dims: shape, data: bytes });
        continue;
      }
      await writeAt(handle, bytes, offset).catch((error: Error) => {
        const gigabytes = (bytesOfAll(weights) / 1e9).toFixed(1);
        throw new Error(`could not write ${gigabytes} GB of weights to ${file}: ${error.message}`, { cause: error });
      });
      tensors.set(name, { type: dtype, dims: shape, external: { location: WEIGHTS, offset, length: bytes.length } });
      offset = Math.ceil((offset + bytes.length) / ALIGNMENT) * ALIGNMENT;
    }
  } finally {
    await handle.close();
  }
  return tensors;
}

async function writeAt(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(CHUNK, bytes.length - done), position + done);
    done += bytesWritten;
  }
}
