/**
 * Packed samples: what training needs of episodes, decoded, resized and with their latent actions once and for all, in records of one length
 * that are read at any place. A policy that sees each sample several times does not decode a video for each of them.
 *
 * A folder with `packed.json` (`PackedInfo`) and a file `<i>.bin` for each shard: one record after the other, of
 *
 *   images u8[V, S, S, 3] · codes u8[L] · stateMask u8[2, STATE_DIMS] · actionMask u8[K, 2, ACTION_DIMS] · aimMask u8[2, 3]
 *   state f32[2, STATE_DIMS] · actions f32[K, 2, ACTION_DIMS] · aims f32[2, 3, 2] · instruction, episode, moment u32
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ACTION_DIMS, ARMS, STATE_DIMS, VIEWS } from '../robot/canonical.ts';
import { randomStream } from '../tensor/random.ts';
import { augment, drawAugmentation } from './augment.ts';
import { type CanonicalSample, cropAims, LATENT_TIMES, type SampleOptions, type SamplePixels } from './samples.ts';

const count = z.int().min(0);

const info = z.strictObject({
  format: z.literal('gear-vla packed samples 2'),
  /** What decides what is in it: another of these is another pack */
  settings: z.record(z.string(), z.unknown()),
  /** Pixels of a side of the views, steps of a chunk, entries of a sample's latent actions */
  viewSize: z.int().min(1),
  steps: z.int().min(1),
  codes: count,
  /** The views that there are, in their order */
  views: z.array(z.enum(VIEWS)).min(1),
  embodiment: z.string(),
  /** Of each shard, its samples and the texts that its records have by number */
  shards: z.array(z.strictObject({ samples: count, instructions: z.array(z.string()) })),
});

/** What a folder of packed samples holds: `packed.json`. */
export type PackedInfo = z.output<typeof info>;

/** The size of records. */
export type PackedShape = Pick<PackedInfo, 'viewSize' | 'steps' | 'codes' | 'views'>;

/** A record, unpacked. Views are those that there are. */
export interface PackedRecord {
  readonly images: Uint8Array;
  readonly codes: Uint8Array;
  readonly stateMask: Uint8Array;
  readonly actionMask: Uint8Array;
  readonly aimMask: Uint8Array;
  readonly state: Float32Array;
  readonly actions: Float32Array;
  readonly aims: Float32Array;
  readonly instruction: number;
  readonly episode: number;
  readonly moment: number;
}

/** Bytes of the parts of a record, in their order. */
function partsOf({ viewSize, steps, codes, views }: PackedShape): number[] {
  const [state, actions, aims] = [ARMS.length * STATE_DIMS, steps * ARMS.length * ACTION_DIMS, ARMS.length * VIEWS.length];
  return [views.length * 3 * viewSize ** 2, codes, state, actions, aims, 4 * state, 4 * actions, 8 * aims, 12];
}

/** Bytes of a record. */
export const recordBytes = (shape: PackedShape): number => partsOf(shape).reduce((sum, bytes) => sum + bytes, 0);

/** A record as bytes. Throws when a part has not the size that the shape says. */
export function packRecord(record: PackedRecord, shape: PackedShape): Uint8Array {
  const { images, codes, stateMask, actionMask, aimMask, state, actions, aims, instruction, episode, moment } = record;
  const raw = (data: Float32Array | Uint32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const numbers = raw(Uint32Array.of(instruction, episode, moment));
  const parts = [images, codes, stateMask, actionMask, aimMask, raw(state), raw(actions), raw(aims), numbers];
  const bytes = new Uint8Array(recordBytes(shape));
  let at = 0;
  for (const [i, size] of partsOf(shape).entries()) {
    const part = parts[i] as Uint8Array;
    if (part.length !== size) throw new Error(`part ${i} of a packed record has ${part.length} bytes, but ${size} are expected`);
    bytes.set(part, at);
    at += size;
  }
  return bytes;
}

/** What bytes hold; the arrays of numbers of one byte are views of them. */
export function unpackRecord(bytes: Uint8Array, shape: PackedShape): PackedRecord {
  let at = 0;
  const parts = partsOf(shape).map((size) => {
    at += size;
    return bytes.subarray(at - size, at);
  });
  const [images, codes, stateMask, actionMask, aimMask, state, actions, aims, numbers] = parts as [
    ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array],
    ...[Uint8Array, Uint8Array, Uint8Array, Uint8Array],
  ];
  const [instruction, episode, moment] = new Uint32Array(numbers.slice().buffer) as unknown as [number, number, number];
  const floats = (part: Uint8Array): Float32Array => new Float32Array(part.slice().buffer);
  const whole = { images, codes, stateMask, actionMask, aimMask };
  return { ...whole, state: floats(state), actions: floats(actions), aims: floats(aims), instruction, episode, moment };
}

/** The files of a folder. */
export const [PACKED_INFO, shardFile] = ['packed.json', (shard: number): string => `${shard}.bin`] as const;

/** Packed samples that are open. */
export interface PackedSamples {
  readonly info: PackedInfo;
  readonly length: number;
  record(n: number): PackedRecord;
  /** Where a sample is from; reads no more than that */
  place(n: number): { readonly episode: number; readonly moment: number };
  /** As `canonicalSample` gives it, with its latent actions; augmented by the same streams, after views were made square. */
  sample(
    n: number,
    options: SampleOptions,
    draw: { readonly seed: number; readonly draw: number },
    pixels: SamplePixels,
  ): Promise<CanonicalSample>;
  close(): void;
}

/** Reads what a folder holds. Throws when it is no packed dataset. */
export async function readPackedInfo(folder: string): Promise<PackedInfo> {
  const file = path.join(folder, PACKED_INFO);
  const { success, data, error } = info.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!success) throw new Error(`${file} is not that of packed samples: ${z.prettifyError(error)}`);
  return data;
}

/** Opens a folder. Throws when it is no packed dataset; reading throws where a shard is cut off. */
export async function openPacked(folder: string): Promise<PackedSamples> {
  const meta = await readPackedInfo(folder);
  const bytes = recordBytes(meta);
  const files = meta.shards.map((_, i) => openSync(path.join(folder, shardFile(i)), 'r'));
  const starts = meta.shards.map((_, i) => meta.shards.slice(0, i).reduce((sum, { samples }) => sum + samples, 0));
  const length = meta.shards.reduce((sum, { samples }) => sum + samples, 0);
  const shardOf = (n: number): number => starts.findLastIndex((start) => start <= n);

  /** The bytes of a sample from `from` on */
  function read(n: number, from = 0): Uint8Array {
    const shard = shardOf(n);
    const at = n - (starts[shard] as number);
    const buffer = new Uint8Array(bytes - from);
    const got = readSync(files[shard] as number, buffer, 0, buffer.length, at * bytes + from);
    if (got < buffer.length) throw new Error(`${path.join(folder, shardFile(shard))} ends in the middle of sample ${at}`);
    return buffer;
  }

  const record = (n: number): PackedRecord => unpackRecord(read(n), meta);

  function place(n: number): { episode: number; moment: number } {
    const [episode, moment] = new Uint32Array(read(n, bytes - 8).buffer) as unknown as [number, number];
    return { episode, moment };
  }

  async function sample(
    n: number,
    { viewSize, steps, latent, augment: how }: SampleOptions,
    { seed, draw }: { readonly seed: number; readonly draw: number },
    { images, latentFrames }: SamplePixels,
  ): Promise<CanonicalSample> {
    if (viewSize !== meta.viewSize || (steps !== undefined && steps !== meta.steps) || latent)
      throw new Error(
        `${folder} has views of ${meta.viewSize} pixels, chunks of ${meta.steps} steps and no frames for latent actions, but others are asked for`,
      );
    const { images: shown, instruction, episode: _, moment: __, ...rest } = record(n);
    const each = 3 * viewSize ** 2;
    const viewMask = new Uint8Array(VIEWS.length);
    for (const [i, view] of meta.views.entries()) {
      const slot = VIEWS.indexOf(view);
      const data = shown.subarray(i * each, (i + 1) * each);
      const change = how && drawAugmentation(randomStream(seed, `augment ${view}`, draw), how);
      if (change) cropAims(rest.aims, view, change.crop);
      images.set(change ? augment({ width: viewSize, height: viewSize, data }, change).data : data, slot * each);
      viewMask[slot] = 1;
    }
    return {
      ...rest,
      images,
      viewMask,
      latentFrames,
      latentMask: new Uint8Array(LATENT_TIMES.length),
      instruction: meta.shards[shardOf(n)]?.instructions[instruction] ?? '',
      answer: '',
      embodiment: meta.embodiment,
    };
  }

  return { info: meta, length, record, place, sample, close: () => files.forEach(closeSync) };
}
