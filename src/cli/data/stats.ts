/** `gear data stats` */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import pc from 'picocolors';
import { datasetStatistics } from '../../data/dataset-statistics.ts';
import { degenerateDimensions } from '../../data/degenerate.ts';
import { fitFastTo } from '../../data/fast.ts';
import { ARM_DIMENSIONS, canonicalStatistics, normalizationOf } from '../../data/normalization.ts';
import type { FeatureStatistics } from '../../data/statistics.ts';
import { toOpenpi } from '../../robot/norm-stats.ts';
import { quantileMap } from '../../robot/normalization.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { saveFast } from '../../tokens/fast-files.ts';
import type { Context } from '../context.ts';
import type { DataOptions } from '../data.ts';
import { progressOf } from '../progress.ts';
import { withDataset } from './open.ts';

/** A table of statistics, a line per dimension. */
interface Table {
  readonly title: string;
  readonly names: readonly string[];
  readonly statistics: FeatureStatistics;
  /** By dimension: what is degenerate about it */
  readonly notes: ReadonlyMap<number, string>;
}

/** Prints statistics of all features and, where a binding is known, of the canonical form. */
export async function stats(
  dir: string,
  options: DataOptions & { frames: number; normStats?: string; fast?: string },
  context: Context,
): Promise<void> {
  await withDataset(dir, options, async (source, bound, episodes) => {
    const { normStats, fast } = options;
    if ((normStats ?? fast) !== undefined && !bound) throw new Error(`${dir}: canonical statistics need a binding (--binding)`);
    const features = await datasetStatistics(source, {
      frames: options.frames,
      episodes,
      onProgress: progressOf(context, 'features: episode'),
    });
    const canonical =
      bound && (await canonicalStatistics([{ ...bound, episodes }], { onProgress: progressOf(context, 'canonical: episode') }));
    const normalization = canonical && normalizationOf(canonical);
    const written: string[] = [];
    const write = async (file: string, text: string): Promise<void> => {
      await writeFileAtomically(file, [text]);
      written.push(file);
    };
    if (normStats !== undefined && normalization) await write(normStats, toOpenpi(normalization));
    if (fast !== undefined && bound && normalization) {
      const files = saveFast(await fitFastTo([{ ...bound, episodes }], normalization));
      await mkdir(fast, { recursive: true });
      await write(path.join(fast, 'tokenizer.json'), files.tokenizer);
      await write(path.join(fast, 'processor_config.json'), files.processor);
    }

    const guarded = (key: 'state' | 'actions'): [number, string][] =>
      normalization ? quantileMap(normalization[key]).guarded.map(({ dimension, why }) => [dimension, `guarded: ${why}`]) : [];
    if (options.json) {
      context.print(
        `${JSON.stringify({ features, canonical: canonical ?? null, normalization: normalization ?? null, written }, null, 2)}\n`,
      );
      return;
    }
    const tables: Table[] = Object.entries(features).map(([name, statistics]) => {
      const camera = source.cameras.includes(name);
      const names = camera ? ['red', 'green', 'blue'] : (source.features[name]?.names ?? []);
      const degenerate = camera ? [] : degenerateDimensions(statistics, { names });
      return { title: name, names, statistics, notes: new Map(degenerate.map(({ dimension, why }) => [dimension, why])) };
    });
    if (canonical) {
      tables.push(
        { title: 'canonical state of an arm', names: ARM_DIMENSIONS, statistics: canonical.state, notes: new Map(guarded('state')) },
        { title: 'canonical actions of an arm', names: ARM_DIMENSIONS, statistics: canonical.actions, notes: new Map(guarded('actions')) },
      );
    }
    context.print(tables.map((table) => formatTable(table, context.colors)).join('\n'));
    for (const file of written) context.print(`written: ${file}\n`);
  });
}

const COLUMNS = ['min', 'q01', 'q10', 'q50', 'q90', 'q99', 'max', 'mean', 'std'] as const;

function formatTable({ title, names, statistics, notes }: Table, useColors: boolean): string {
  const { bold, dim, yellow } = pc.createColors(useColors);
  const { quantiles } = statistics;
  const valuesOf = (column: (typeof COLUMNS)[number]): readonly number[] =>
    column in quantiles ? quantiles[column as keyof typeof quantiles] : statistics[column as 'min' | 'max' | 'mean' | 'std'];
  const label = (d: number): string => names[d] ?? `${d}`;
  const width = Math.max(...statistics.min.map((_, d) => label(d).length), 4);
  const head = `  ${''.padEnd(width)}${COLUMNS.map((column) => column.padStart(10)).join('')}`;
  const lines = statistics.min.map((_, d) => {
    const cells = COLUMNS.map((column) => (valuesOf(column)[d] ?? Number.NaN).toFixed(4).padStart(10)).join('');
    const note = notes.get(d);
    return `  ${label(d).padEnd(width)}${cells}${note === undefined ? '' : `  ${yellow(note)}`}`;
  });
  return [`${bold(title)}  ${dim(`${Math.max(...statistics.count).toLocaleString('en-US')} values`)}`, dim(head), ...lines, ''].join('\n');
}
