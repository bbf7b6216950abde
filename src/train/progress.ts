/** What a long run tells about itself while it goes: one line of text per report. */

/** Where a run stands. */
export interface Progress {
  /** Steps done, counted from the beginning of the run, and to be done in all. */
  readonly step: number;
  readonly steps: number;
  /** Of the last batch */
  readonly loss: number;
  /** Since the last report */
  readonly samplesPerSecond: number;
  /** Since the last report: 10⁹ floating-point operations per second in matrix products */
  readonly gigaflops: number;
  /** Seconds until the last step, at the rate since the run was started or resumed */
  readonly secondsLeft: number;
}

/** `step  120/2000  loss 2.3145  5120 samples/s  96 GFLOP/s  ETA 0:14` */
export function formatProgress({ step, steps, loss, samplesPerSecond, gigaflops, secondsLeft }: Progress): string {
  const done = `${step}`.padStart(`${steps}`.length);
  return `step ${done}/${steps}  loss ${loss.toFixed(4)}  ${samplesPerSecond.toFixed(0)} samples/s  ${gigaflops.toFixed(0)} GFLOP/s  ETA ${formatDuration(secondsLeft)}`;
}

/** `0:05`, `12:34`, `1:02:03` */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number): string => `${n}`.padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const BARS = '▁▂▃▄▅▆▇█';

/** A curve as one line of blocks: the mean of each of `width` stretches of the values, from their minimum to their maximum. */
export function sparkline(values: readonly number[], width = 60): string {
  const columns = Math.min(width, values.length);
  const means = Array.from({ length: columns }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / columns), Math.floor(((i + 1) * values.length) / columns));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  const bar = (value: number): string =>
    BARS[Math.min(BARS.length - 1, Math.floor(((value - low) / (high - low || 1)) * BARS.length))] as string;
  return means.map(bar).join('');
}
