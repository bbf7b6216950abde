/** Checks of what a dataset says of itself, before any row is read. */
import { isLeRobot } from '../lerobot/source.ts';
import type { EpisodeSource } from '../source.ts';
import type { Findings } from './findings.ts';

/** How an episode is called that has the number of another one: `repair` keeps the first. */
export const LISTED_TWICE = 'the episode is listed twice';

/** Metadata that contradict themselves, episodes without instructions, numbers that are missing or given twice. */
export function checkMetadata(source: EpisodeSource, findings: Findings): void {
  const { episodes } = source;
  for (const message of isLeRobot(source) ? source.lerobot.problems : []) {
    // That is said below, with the episode.
    if (!message.endsWith('is listed twice')) findings.add({ check: 'metadata', severity: 'warning', remedy: 'mend', message });
  }
  if (episodes.length === 0) findings.add({ check: 'metadata', severity: 'error', message: 'the dataset has no episodes' });

  for (const [position, { index, length, tasks }] of episodes.entries()) {
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
    if (index === before) findings.add({ check: 'metadata', severity: 'error', episode: index, remedy: 'drop', message: LISTED_TWICE });
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
