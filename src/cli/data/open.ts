/** Opening a dataset for a command, and closing it after. */
import { bindDataset, openDataset } from '../../data/dataset.ts';
import type { EpisodeSource } from '../../data/source.ts';
import type { BoundSource } from '../../data/tracks.ts';
import type { DataOptions } from '../data.ts';

/** Calls `use` with the dataset and the positions of the episodes that are meant. */
export async function withSource<T>(
  dir: string,
  { episodes }: DataOptions,
  use: (source: EpisodeSource, episodes: readonly number[]) => Promise<T>,
): Promise<T> {
  const source = await openDataset(dir);
  try {
    const positions = episodes?.map((number) => {
      const position = source.episodes.findIndex(({ index }) => index === number);
      if (position < 0) throw new Error(`${dir} has ${source.episodes.length} episodes, but none with the number ${number}`);
      return position;
    });
    if (source.episodes.length === 0) throw new Error(`${dir} has no episodes`);
    return await use(source, positions ?? [...source.episodes.keys()]);
  } finally {
    await source.close();
  }
}

/** The same, with the dataset bound to its robot where a binding is known. */
export function withDataset<T>(
  dir: string,
  options: DataOptions,
  use: (source: EpisodeSource, bound: BoundSource | undefined, episodes: readonly number[]) => Promise<T>,
): Promise<T> {
  const { binding } = options;
  return withSource(dir, options, async (source, episodes) =>
    use(source, await bindDataset(source, binding === undefined ? {} : { binding }), episodes),
  );
}
