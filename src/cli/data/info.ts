/** `gear data info` */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import pc from 'picocolors';
import { camerasOf, momentsOf } from '../../data/samples.ts';
import type { EpisodeSource } from '../../data/source.ts';
import type { BoundSource } from '../../data/tracks.ts';
import { VIEWS } from '../../robot/canonical.ts';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import type { DataOptions } from '../data.ts';
import { withDataset } from './open.ts';

/** What `gear data info --json` prints. */
export interface DatasetInfo {
  readonly name: string;
  readonly format: string;
  readonly robotType: string | null;
  /** Name of the embodiment and its arms; null where no binding is known */
  readonly embodiment: { readonly name: string; readonly arms: readonly { readonly slot: string; readonly joints: number }[] } | null;
  readonly episodes: number;
  readonly frames: number;
  /** Frames of the shortest and the longest episode */
  readonly lengths: readonly [number, number];
  readonly seconds: number;
  /** Rows per second */
  readonly fps: number;
  readonly cameras: readonly { readonly name: string; readonly slot: string | null; readonly width: number; readonly height: number }[];
  /** Views of the canonical record that the dataset lacks; they are padded and masked. A single wrist's other side is not counted. */
  readonly missingViews: readonly string[];
  readonly features: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly names: readonly string[];
  }[];
  /** Episodes by instruction */
  readonly tasks: readonly { readonly text: string; readonly episodes: number }[];
  /** Moments at which a training sample can begin */
  readonly samples: number;
  readonly bytes: number;
}

/** Prints what a dataset holds. */
export async function info(dir: string, options: DataOptions, context: Context): Promise<void> {
  const facts = await withDataset(dir, options, (source, bound, episodes) => collect(source, bound, episodes));
  context.print(options.json ? `${JSON.stringify(facts, null, 2)}\n` : format(facts, context.colors));
}

async function collect(source: EpisodeSource, bound: BoundSource | undefined, episodes: readonly number[]): Promise<DatasetInfo> {
  const lengths = episodes.map((episode) => source.episodes[episode]?.length ?? 0);
  const frames = lengths.reduce((a, b) => a + b, 0);
  // A camera on the only wrist goes to either side with its arm.
  const slots = camerasOf({ source, bound }, 'left');
  const wrist = bound?.binding.cameras.wrist;
  const slotOf = (camera: string): string | null => (camera === wrist ? 'wrist' : (VIEWS.find((view) => slots[view] === camera) ?? null));
  const tasks = new Map<string, number>();
  for (const episode of episodes) for (const task of source.episodes[episode]?.tasks ?? []) tasks.set(task, (tasks.get(task) ?? 0) + 1);
  return {
    name: source.name,
    format: source.format,
    robotType: source.robotType ?? null,
    embodiment: bound
      ? { name: bound.embodiment.name, arms: bound.embodiment.arms.map(({ slot, chain }) => ({ slot, joints: chain.joints.length })) }
      : null,
    episodes: episodes.length,
    frames,
    lengths: [lengths.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY), lengths.reduce((a, b) => Math.max(a, b), 0)],
    seconds: frames / source.fps,
    fps: source.fps,
    cameras: source.cameras.map((name) => {
      const [height = 0, width = 0] = source.features[name]?.shape ?? [];
      return { name, slot: slotOf(name), width, height };
    }),
    missingViews: VIEWS.filter((view) => slots[view] === undefined && !(wrist && view === 'rightWrist')),
    features: Object.entries(source.features).map(([name, { dtype, shape, names = [] }]) => ({ name, dtype, shape, names })),
    tasks: [...tasks].map(([text, count]) => ({ text, episodes: count })).sort((a, b) => b.episodes - a.episodes),
    samples: episodes.reduce((sum, episode) => sum + momentsOf(source, episode), 0),
    bytes: await sizeOf(source.root),
  };
}

async function sizeOf(root: string): Promise<number> {
  const whole = await stat(root);
  if (whole.isFile()) return whole.size;
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map((entry) => stat(path.join(entry.parentPath, entry.name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

/** As many instructions and column names as fit a screen. */
const SHOWN = 8;

function format(facts: DatasetInfo, useColors: boolean): string {
  const { bold, dim, yellow } = pc.createColors(useColors);
  const count = (n: number): string => n.toLocaleString('en-US');
  const [least, most] = facts.lengths;
  const robot = facts.embodiment
    ? `${facts.embodiment.name} (${facts.embodiment.arms.map(({ slot, joints }) => `${slot} arm, ${joints} joints`).join('; ')})`
    : yellow(`${facts.robotType ?? 'unknown'}: no binding says what its numbers mean (--binding)`);
  const more = (n: number, what: string): string[] => (n > SHOWN ? [dim(`… and ${n - SHOWN} more ${what}`)] : []);
  const rows: [string, string[]][] = [
    ['format', [facts.format]],
    ['robot', [robot]],
    ['episodes', [`${count(facts.episodes)} of ${count(least)} to ${count(most)} frames`]],
    ['frames', [`${count(facts.frames)} at ${facts.fps} Hz: ${formatDuration(facts.seconds)}`]],
    ['samples', [`${count(facts.samples)} moments at which a training sample can begin`]],
    ['size', [`${(facts.bytes / 1e6).toFixed(1)} MB`]],
    [
      'cameras',
      [
        ...facts.cameras.map(
          ({ name, slot, width, height }) => `${name}  ${width}×${height}  ${slot ? `→ ${slot}` : yellow('in no slot')}`,
        ),
        ...(facts.missingViews.length > 0 ? [dim(`${facts.missingViews.join(', ')}: none, padded and masked`)] : []),
      ],
    ],
    [
      'tasks',
      [...facts.tasks.slice(0, SHOWN).map(({ text, episodes }) => `${count(episodes)} × ${text}`), ...more(facts.tasks.length, 'tasks')],
    ],
    [
      'features',
      facts.features.map(({ name, dtype, shape, names }) => {
        const list =
          names.length > 0 && names.length === shape.reduce((a, b) => a * b, 1)
            ? dim(`  ${names.slice(0, SHOWN).join(' ')}${names.length > SHOWN ? ' …' : ''}`)
            : '';
        return `${name}  ${dtype}[${shape.join(', ')}]${list}`;
      }),
    ],
  ];
  const lines = rows.flatMap(([label, texts]) =>
    (texts.length > 0 ? texts : [dim('none')]).map((line, i) => `  ${dim((i === 0 ? label : '').padEnd(8))}  ${line}`),
  );
  return [bold(facts.name), ...lines, ''].join('\n');
}
