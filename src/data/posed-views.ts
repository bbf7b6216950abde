/**
 * Posed views: pictures of one moment from several cameras, with depth, and where the cameras are. 3D encoders learn from these.
 *
 * A folder with `views.safetensors`, of N moments with V views of S × S pixels:
 *
 *   images   u8[N, V, S, S, 3]
 *   depth    f32[N, V, S, S]: metres along the optical axis; infinity where nothing is
 *   cameras  f32[N, V, CAMERA_DIMS]: see `encodeCamera`
 *   there    u8[N, V]: 0 for views that a robot lacks, whose numbers are all 0
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { View } from '../robot/canonical.ts';
import { multiplyRotations, quaternionFromMatrix } from '../robot/rotation.ts';
import { type Pose, relativePose } from '../robot/se3.ts';
import { type HostTensor, hostTensor, hostZeros } from '../tensor/host.ts';
import { readSafetensors, writeSafetensors } from '../tensor/safetensors.node.ts';
import { sizeOf } from '../tensor/shape.ts';

/** Numbers of a camera. */
export const CAMERA_DIMS = 9;

/** One moment, or N of them with a first axis N. Shapes are those of the file. */
export interface PosedViews {
  readonly images: HostTensor;
  readonly depth: HostTensor;
  readonly cameras: HostTensor;
  readonly there: HostTensor;
}

/** A file's moments, and the views that their second axis stands for. */
export interface PosedDataset extends PosedViews {
  readonly views: readonly View[];
}

/** What is a moment's axes, after N. */
const PARTS = ['images', 'depth', 'cameras', 'there'] as const;

/** From the axes of a camera here (right, up, back) to those of computer vision (right, down, forward) */
const FORWARD = [1, 0, 0, 0, -1, 0, 0, 0, -1] as const;

/**
 * A camera as VGGT has it (`absT_quaR_FoV` of `vggt/utils/pose_enc.py`): how points get from the first camera's frame into its own, axes right,
 * down, forward: translation in metres, quaternion x, y, z, w with w ≥ 0; then its vertical and horizontal field of view in radians. Poses are in one
 * frame, with axes right, up, back; pictures are square.
 */
export function encodeCamera(first: Pose, camera: Pose, fovy: number): number[] {
  const seen = ({ position, rotation }: Pose): Pose => ({ position, rotation: multiplyRotations(rotation, FORWARD) });
  const { position, rotation } = relativePose(seen(camera), seen(first));
  const [w, x, y, z] = quaternionFromMatrix(rotation);
  const sign = w < 0 ? -1 : 1;
  return [...position, sign * x, sign * y, sign * z, sign * w, fovy, fovy];
}

const fileIn = (folder: string): string => path.join(folder, 'views.safetensors');

/** Writes a folder with moments [V, …] each, in their order: there whole or not at all. Throws when there are none. */
export async function writePosedViews(folder: string, views: readonly View[], moments: readonly PosedViews[]): Promise<void> {
  const [first] = moments;
  if (!first) throw new Error('there are no moments to write');
  const unfinished = `${folder}.tmp`;
  const stacked = new Map(PARTS.map((part) => [part as string, stack(moments.map((moment) => moment[part]))]));
  try {
    await mkdir(unfinished, { recursive: true });
    await writeSafetensors(fileIn(unfinished), { metadata: { views: JSON.stringify(views) }, tensors: stacked });
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Tensors of one shape [...] → [N, ...] */
function stack(parts: readonly HostTensor[]): HostTensor {
  const { dtype, shape } = parts[0] as HostTensor;
  const all = hostZeros(dtype, [parts.length, ...shape]);
  for (const [i, { data }] of parts.entries()) all.data.set(data as never, i * sizeOf(shape));
  return all;
}

/** Reads a folder, all of it into memory. Throws when it is not one of posed views. */
export async function readPosedViews(folder: string): Promise<PosedDataset> {
  const { metadata, tensors } = await readSafetensors(fileIn(folder));
  const part = (name: (typeof PARTS)[number]): HostTensor => {
    const found = tensors.get(name);
    if (!found) throw new Error(`${fileIn(folder)} has no "${name}": it is not of posed views`);
    return found;
  };
  const views = JSON.parse(metadata.views ?? '[]') as View[];
  return { views, images: part('images'), depth: part('depth'), cameras: part('cameras'), there: part('there') };
}

/** Moment i of N: [V, …]. Its numbers are a view of those of all. */
export function momentOf(all: PosedViews, i: number): PosedViews {
  const one = ({ dtype, shape, data }: HostTensor): HostTensor => {
    const size = sizeOf(shape.slice(1));
    return hostTensor(dtype, shape.slice(1), (data as Float32Array).subarray(i * size, (i + 1) * size));
  };
  return { images: one(all.images), depth: one(all.depth), cameras: one(all.cameras), there: one(all.there) };
}
