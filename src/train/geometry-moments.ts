/** Moments of posed views as the 3D encoder is trained on them, in the units of their scenes. */
import { CAMERA_DIMS, type PosedViews } from '../data/posed-views.ts';
import type { Feeds } from '../tensor/compile.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';

/**
 * A moment as the network takes it, in units of its scene: the mean distance from the first camera of all points that are seen (VGGT, section
 * 3.4). That camera is in the frame of another at its translation, so distances there need no rotation.
 */
export function momentFeeds({ images, depth, cameras, there }: PosedViews): Feeds {
  const [views, size] = depth.shape as [number, number];
  const [metres, poses] = [depth.data as Float32Array, cameras.data as Float32Array];
  const valid = Float32Array.from(metres, (z, i) => (there.data[Math.floor(i / size ** 2)] === 1 && Number.isFinite(z) ? 1 : 0));
  let [distances, count] = [0, 0];
  for (let i = 0; i < metres.length; i++) {
    if (valid[i] === 0) continue;
    const [view, pixel] = [Math.floor(i / size ** 2), i % size ** 2];
    const at = (d: number): number => poses[view * CAMERA_DIMS + d] as number;
    const slope = Math.tan(at(CAMERA_DIMS - 1) / 2) / (size / 2);
    const z = metres[i] as number;
    const [x, y] = [((pixel % size) + 0.5 - size / 2) * slope * z, (Math.floor(pixel / size) + 0.5 - size / 2) * slope * z];
    distances += Math.hypot(x - at(0), y - at(1), z - at(2));
    count++;
  }
  if (count === 0) throw new Error('a moment of posed views shows nothing at all');
  const unit = distances / count;
  return {
    images,
    depth: hostTensor(
      'f32',
      depth.shape,
      Float32Array.from(metres, (z, i) => (valid[i] === 1 ? z / unit : 0)),
    ),
    valid: hostTensor('f32', depth.shape, valid),
    cameras: hostTensor(
      'f32',
      cameras.shape,
      Float32Array.from(poses, (value, i) => (i % CAMERA_DIMS < 3 ? value / unit : value)),
    ),
    there: hostTensor('f32', [views], Float32Array.from(there.data as Uint8Array)),
  };
}

/** Moments [...] → a batch [B, ...] */
export function stackFeeds(moments: readonly Feeds[]): Feeds {
  const first = moments[0] as Feeds;
  return Object.fromEntries(
    Object.entries(first).map(([name, { dtype, shape, data }]) => {
      const all = dtype === 'u8' ? new Uint8Array(data.length * moments.length) : new Float32Array(data.length * moments.length);
      for (const [i, moment] of moments.entries()) all.set((moment[name] as HostTensor).data as Float32Array, i * data.length);
      return [name, hostTensor(dtype, [moments.length, ...shape], all)];
    }),
  );
}

/** What can be said of views without looking, by their numbers, in units of scenes. */
export interface Baseline {
  /** f32[S, S] each */
  readonly depth: readonly Float32Array[];
  /** f32[CAMERA_DIMS] each */
  readonly cameras: readonly Float32Array[];
}

/** What can be said without looking: of each view, the mean depth of each pixel and the mean camera of all moments that are trained on. */
export function baselineOf(moments: readonly Feeds[]): Baseline {
  const part = (moment: Feeds, name: string): Float32Array => (moment[name] as HostTensor).data as Float32Array;
  const shape = ((moments[0] as Feeds).depth as HostTensor).shape as [number, number];
  const [views, pixels] = [shape[0], shape[1] ** 2];
  const means = (name: string, each: number, weight: (moment: Feeds, view: number, i: number) => number): Float32Array[] =>
    Array.from({ length: views }, (_, view) =>
      Float32Array.from({ length: each }, (__, i) => {
        let [sum, count] = [0, 0];
        for (const moment of moments) {
          const counts = weight(moment, view, i);
          sum += counts * (part(moment, name)[view * each + i] as number);
          count += counts;
        }
        return count > 0 ? sum / count : 1;
      }),
    );
  return {
    depth: means('depth', pixels, (moment, view, i) => part(moment, 'valid')[view * pixels + i] as number),
    cameras: means('cameras', CAMERA_DIMS, (moment, view) => part(moment, 'there')[view] as number),
  };
}
