/** What rows and videos say of the rate at which an episode was recorded, and where frames are missing in between. */

/** Rates that differ by more are not the same: clocks of cameras are off by far less. */
const SAME_RATE = 0.02;
/** Rows on either side of a gap that are looked at: two of five may have bad times. */
const BESIDE = 5;

/** Whether two rates are the same, as clocks go. */
export const sameRate = (a: number, b: number): boolean => Math.abs(a / b - 1) <= SAME_RATE;

/** Rates that were seen in an episode, while it is looked at; in frames per second. */
export interface SeenRates {
  /** By timestamps of rows; known at the end of the episode */
  rows?: () => number | undefined;
  /** By times of frames, of each video */
  readonly videos: number[];
}

/** The rate of rows and all videos, where they agree with each other, but not with `fps`. */
export function otherRate({ rows: ofRows, videos }: SeenRates, fps: number): number | undefined {
  const rows = ofRows?.();
  if (rows === undefined || sameRate(rows, fps) || videos.length === 0) return undefined;
  return videos.every((rate) => sameRate(rate, rows)) ? rows : undefined;
}

/** What a series of times says of itself. */
export interface Pace {
  /** Steps per second, by the median step; undefined where time does not go on */
  readonly rate?: number;
  /** The first place after which time is missing: more than half a step that does not come back */
  readonly gap?: { readonly place: number; readonly seconds: number };
}

/** The pace of times at places that increase. Single times that are wrong do not count. */
export function paceOf(places: ArrayLike<number>, times: ArrayLike<number>): Pace {
  const count = places.length;
  const at = (i: number): readonly [place: number, time: number] => [places[i] as number, times[i] as number];
  const steps = new Float64Array(Math.max(0, count - 1));
  for (let i = 0; i < steps.length; i++) {
    const [[place, time], [nextPlace, nextTime]] = [at(i), at(i + 1)];
    steps[i] = (nextTime - time) / (nextPlace - place);
  }
  const step = median(steps.slice());
  if (!(step > 0)) return {};
  const rate = 1 / step;
  // How much later than the pace would have it
  const late = Float64Array.from({ length: count }, (_, i) => at(i)[1] - at(i)[0] * step);
  for (let i = 1; i < count; i++) {
    // Most of the time nothing happens between two neighbours.
    if (Math.abs((late[i] as number) - (late[i - 1] as number)) <= 0.5 * step) continue;
    const before = median(late.slice(Math.max(0, i - BESIDE), i));
    const after = median(late.slice(i, i + BESIDE));
    if (after - before > 0.5 * step) return { rate, gap: { place: at(i)[0], seconds: after - before + step } };
  }
  return { rate };
}

/** Of an array that it may sort; NaN of nothing. */
const median = (values: Float64Array): number => values.sort()[values.length >> 1] ?? Number.NaN;
