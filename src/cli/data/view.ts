/** `gear data view` */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fitFastTo } from '../../data/fast.ts';
import { canonicalStatistics, normalizationOf } from '../../data/normalization.ts';
import type { BoundSource } from '../../data/tracks.ts';
import { type ViewOptions, viewEpisode } from '../../data/view/view.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { Context } from '../context.ts';
import type { DataOptions } from '../data.ts';
import { progressOf } from '../progress.ts';
import { withDataset } from './open.ts';

/**
 * Writes a page for each episode. Actions are normalised and made tokens of as those of all these episodes together. An episode that
 * cannot be shown is said to be so, and the others are; the exit code is 1 then.
 */
export async function view(dir: string, options: DataOptions & { out: string }, context: Context): Promise<void> {
  await withDataset(dir, options, async (source, bound, episodes) => {
    const shared = bound ? await whole(bound, episodes, context) : {};
    await mkdir(options.out, { recursive: true });
    const progress = progressOf(context, 'page');
    const pages: string[] = [];
    const problems: { episode: number; message: string }[] = [];
    for (const [i, episode] of episodes.entries()) {
      progress(i, episodes.length);
      const number = source.episodes[episode]?.index ?? episode;
      const page = path.join(options.out, `episode_${String(number).padStart(6, '0')}.html`);
      try {
        const html = await viewEpisode(source, bound, episode, shared);
        await writeFileAtomically(page, [html]);
        pages.push(page);
      } catch (error) {
        const { message } = error as Error;
        problems.push({ episode: number, message });
        context.complain(`gear: episode ${number} cannot be shown: ${message}\n`);
        context.exitCode = 1;
      }
    }
    progress(episodes.length, episodes.length);
    context.print(options.json ? `${JSON.stringify({ pages, problems }, null, 2)}\n` : pages.map((page) => `${page}\n`).join(''));
  });
}

/** What the pages of a dataset share; what cannot be made, as in a broken dataset, each page makes of its own episode or explains. */
async function whole(
  bound: BoundSource,
  episodes: readonly number[],
  context: Context,
): Promise<Pick<ViewOptions, 'normalization' | 'fast'>> {
  try {
    const statistics = await canonicalStatistics([{ ...bound, episodes }], { onProgress: progressOf(context, 'statistics: episode') });
    const normalization = normalizationOf(statistics);
    return { normalization, fast: await fitFastTo([{ ...bound, episodes }], normalization) };
  } catch (error) {
    context.complain(`gear: tokens and statistics of each episode alone: ${(error as Error).message}\n`);
    return {};
  }
}
