/**
 * Motion at other times than those it was recorded at: positions on straight lines, rotations along geodesics, grippers as declared.
 * Camera frames are never blended; `FrameReader.at` takes the nearest.
 */
import { interpolatePose, type Pose } from '../robot/se3.ts';

/** Times closer to a row than this are the row itself: LeRobot's tolerance, and more than f32 timestamps err. Seconds. */
const SAME_TIME = 1e-4;

/** Between which rows a time lies: `row` and `row + 1`, and how far between them, 0 ≤ fraction < 1. */
export interface Location {
  readonly row: number;
  readonly fraction: number;
}

/**
 * Where `time` lies among increasing `times` (seconds). Before the first row and after the last, by no more than 10⁻⁴ s, it is that
 * row; undefined farther out.
 */
export function locate(times: Float64Array, time: number): Location | undefined {
  const last = times.length - 1;
  if (last < 0 || time < (times[0] as number) - SAME_TIME || time > (times[last] as number) + SAME_TIME) return undefined;
  let [low, high] = [0, last];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] as number) <= time + SAME_TIME) low = middle;
    else high = middle - 1;
  }
  const start = times[low] as number;
  if (low === last || time - start <= SAME_TIME) return { row: low, fraction: 0 };
  return { row: low, fraction: (time - start) / ((times[low + 1] as number) - start) };
}

/** The pose at a location, on the shortest way between two rows. */
export function poseAt(poses: readonly Pose[], { row, fraction }: Location): Pose {
  return fraction === 0 ? (poses[row] as Pose) : interpolatePose(poses[row] as Pose, poses[row + 1] as Pose, fraction);
}

/** The value at a location: of the nearest row (the earlier one of two equally near), or on a straight line between two. */
export function valueAt(values: ArrayLike<number>, { row, fraction }: Location, between: 'nearest' | 'linear'): number {
  const value = values[row] as number;
  if (fraction === 0) return value;
  const next = values[row + 1] as number;
  // What times are off by must not decide between two rows that are equally near.
  if (between === 'nearest') return fraction < 0.5 + 1e-6 ? value : next;
  return value + fraction * (next - value);
}

/**
 * How many times at `rate` fit into `rows` rows at `fps`: 0, 1/rate, 2/rate, … up to the last row.
 * Throws when either frequency is not positive.
 */
export function resampledLength(rows: number, fps: number, rate: number): number {
  if (!(fps > 0 && rate > 0)) throw new Error(`resampling needs positive frequencies, got ${fps} and ${rate} Hz`);
  return rows === 0 ? 0 : Math.floor(((rows - 1) / fps) * rate + 1e-6) + 1;
}

/** Throws, naming the row, unless the times increase from row to row. `from` is the number of the first row. */
export function requireIncreasing(times: Float64Array, from: number, where: string): void {
  for (let i = 0; i < times.length; i++) {
    if (!Number.isFinite(times[i])) throw new Error(`${where}, frame ${from + i}: the timestamp is ${times[i]}`);
    if (i > 0 && (times[i] as number) <= (times[i - 1] as number)) {
      throw new Error(
        `${where}, frame ${from + i}: timestamp ${times[i]} s does not come after ${times[i - 1]} s; "gear data doctor --repair" mends this`,
      );
    }
  }
}
