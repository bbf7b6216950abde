/** What a long run tells about itself while it goes: one line of text per report, or a few that are drawn in place. */

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

/** Where a stage stands: means of its outputs since the last report. */
export interface StageProgress extends Progress {
  readonly metrics: Readonly<Record<string, number>>;
}

/** A line of a stage's log. */
export interface LogLine extends StageProgress {
  /** Seconds that this session of the run has trained for */
  readonly seconds: number;
}

/** What is measured of a stage; in this order it is shown. */
export const METRIC_KINDS = ['loss', 'accuracy', 'perplexity', 'gradient'] as const;
/** One of them. */
export type MetricKind = (typeof METRIC_KINDS)[number];

/** What a metric is, by its name: a loss unless that says otherwise. */
export function metricKind(name: string): MetricKind {
  if (/accuracy$/i.test(name)) return 'accuracy';
  if (/^perplexity/i.test(name)) return 'perplexity';
  return name === 'gradientNorm' ? 'gradient' : 'loss';
}

/** A metric's value as people read it: `53.2 %` of accuracies, four digits of others. */
export const formatMetric = (name: string, value: number): string =>
  metricKind(name) === 'accuracy' ? `${(100 * value).toFixed(1)} %` : shortNumber(value);

/** Four digits, without zeros at the end: `1.502`, `0.0042`, `12300`, `1.2e-7`. */
export function shortNumber(value: number): string {
  if (!Number.isFinite(value)) return `${value}`;
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? rounded.toExponential().replace('e+', 'e') : `${rounded}`;
}

/** Metrics by kind, the stage's own loss first. */
export const metricsByKind = (metrics: Readonly<Record<string, number>>): [kind: MetricKind, names: string[]][] =>
  METRIC_KINDS.map((kind): [MetricKind, string[]] => [
    kind,
    Object.keys(metrics)
      .filter((name) => metricKind(name) === kind)
      .sort((a, b) => Number(b === 'loss') - Number(a === 'loss')),
  ]).filter(([, names]) => names.length > 0);

/** `policy: step  120/2000  loss 2.3145  …  tokens 1.38  fast 1.87  fastAccuracy 53.2 %  gradientNorm 1.24` */
export function stageLine(stage: string, progress: StageProgress): string {
  const { loss = progress.loss, ...others } = progress.metrics;
  const names = metricsByKind(others).flatMap(([, names]) => names);
  return `${stage}: ${formatProgress({ ...progress, loss })}  ${names.map((name) => said(name, progress)).join('  ')}`.trimEnd();
}

/**
 * A stage in a few lines of at most `width` columns, to be drawn in place: how far it is, its losses with a curve of `losses` (of all reports,
 * the last one included), what else is measured, and its speed.
 */
export function stageBlock(stage: string, progress: StageProgress, losses: readonly number[], width: number): string[] {
  const { step, steps, samplesPerSecond, gigaflops, secondsLeft } = progress;
  const head = `${stage}  ${step}/${steps}`;
  const tail = `${Math.floor((100 * step) / steps)} %  ETA ${formatDuration(secondsLeft)}`;
  const room = Math.max(0, Math.min(48, width - head.length - tail.length - 4));
  const full = Math.round((room * step) / steps);
  const lines = metricsByKind(progress.metrics).map(
    ([kind, names]) => [KIND_TITLES[kind], names.map((name) => said(name, progress))] as const,
  );
  const speed = `${shortNumber(Math.round(samplesPerSecond))} samples/s  ${gigaflops.toFixed(0)} GFLOP/s`;
  return [
    `${head}  ${'█'.repeat(full)}${'░'.repeat(room - full)}  ${tail}`,
    `  ${sparkline(losses, Math.min(48, width - 2))}`,
    ...lines.map(([title, all]) => `  ${title.padEnd(TITLE_WIDTH)}${all.join('  ')}`),
    `  ${'speed'.padEnd(TITLE_WIDTH)}${speed}`,
  ].map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
}

const KIND_TITLES: Readonly<Record<MetricKind, string>> = {
  loss: 'losses',
  accuracy: 'accuracies',
  perplexity: 'codebook',
  gradient: 'gradient',
};
const TITLE_WIDTH = 12;

const said = (name: string, { metrics }: StageProgress): string => `${name} ${formatMetric(name, metrics[name] as number)}`;

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
