/** Checks of what a dataset says of itself, before any row is read. */
import { isLeRobot } from '../lerobot/source.ts';
import type { EpisodeSource } from '../source.ts';
import type { Findings } from './findings.ts';

/** Positions of episodes whose number an earlier one has: only the first listing counts. */
export function listedAgain({ episodes }: EpisodeSource): ReadonlySet<number> {
  const seen = new Set<number>();
  const again = new Set<number>();
  for (const [position, { index }] of episodes.entries()) {
    if (seen.has(index)) again.add(position);
    seen.add(index);
  }
  return again;
}

/** Metadata that contradict themselves, episodes without instructions, numbers that are missing or given twice. */
export function checkMetadata(source: EpisodeSource, findings: Findings): void {
  const { episodes } = source;
  const again = listedAgain(source);
  // These are said below, with the episode.
  const below = new Set([...again].map((position) => `episode ${episodes[position]?.index} is listed twice`));
  for (const message of isLeRobot(source) ? source.lerobot.problems : []) {
    if (!below.has(message)) findings.add({ check: 'metadata', severity: 'warning', remedy: 'mend', message });
  }
  if (episodes.length === 0) findings.add({ check: 'metadata', severity: 'error', message: 'the dataset has no episodes' });

  for (const [position, { index, length, tasks }] of episodes.entries()) {
    if (again.has(position)) {
      findings.add({
        check: 'metadata',
        severity: 'error',
        episode: index,
        remedy: 'drop',
        kind: 'listed-again',
        message: `the episode is listed twice; only its first listing counts${contradiction(
          episodes.find((one) => one.index === index),
          { length, tasks },
        )}`,
      });
      continue;
    }
    const before = episodes[position - 1]?.index ?? -1;
    if (index > before + 1) {
      const missing = before + 2 === index ? `${before + 1} is` : `${before + 1} to ${index - 1} are`;
      findings.add({
        check: 'metadata',
        severity: 'warning',
        episode: index,
        remedy: 'mend',
        message: `episode ${missing} missing before this one`,
      });
    }
    if (length === 0)
      findings.add({ check: 'metadata', severity: 'error', episode: index, remedy: 'drop', message: 'the episode has no frames' });
    if (isLeRobot(source) && tasks.length === 0) {
      findings.add({
        check: 'tasks',
        severity: 'warning',
        episode: index,
        remedy: 'mend',
        message: 'no instruction is listed for the episode',
      });
    }
  }
}

type Listing = Pick<EpisodeSource['episodes'][number], 'length' | 'tasks'>;

/** What the second listing of an episode says otherwise. */
function contradiction(first: Listing | undefined, second: Listing): string {
  const texts = (tasks: readonly string[]): string => tasks.map((task) => JSON.stringify(task)).join(', ');
  const other = [
    ...(first?.length === second.length ? [] : [`${second.length} rows instead of ${first?.length}`]),
    ...(first && texts(first.tasks) === texts(second.tasks) ? [] : [`the instruction ${texts(second.tasks) || 'none'}`]),
  ];
  return other.length > 0 ? `, though the second says otherwise: ${other.join(' and ')}` : '';
}
