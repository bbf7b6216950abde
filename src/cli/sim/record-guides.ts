/**
 * Guides of demonstrations, for policies that are to be told by a mask which thing is meant: what the expert's first picture shows of the
 * target, exactly. Beside the folder of each demonstration while it is unfinished, and in `meta/guides.json` of the dataset.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DatasetGuides, EpisodeGuide } from '../../data/guides.ts';
import { colorOf } from '../../eval/guided/exact.ts';
import { recordedTarget } from '../../eval/guided/recorded.ts';
import { demonstrate, NO_DISTURBANCES, USUAL_DISTURBANCES } from '../../sim/demonstration.ts';
import { beginEpisode } from '../../sim/episode.ts';
import type { SimRobot } from '../../sim/robots.ts';
import type { Task } from '../../sim/tasks/task.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { DemonstrationSettings } from './demonstration.ts';

const guideFile = (folder: string): string => `${folder}.guide.json`;

/**
 * Writes the guide of the demonstration that goes into `folder`, unless it is there. It is of the first moment that is recorded, which need
 * not be that in which the episode began. Throws for tasks whose instruction does not name the target.
 */
export async function recordGuide(
  folder: string,
  task: Task,
  seed: number,
  robot: SimRobot,
  { size, change, calm }: DemonstrationSettings,
): Promise<void> {
  const file = guideFile(folder);
  if (existsSync(file)) return;
  const episode = await beginEpisode(task, seed, robot, change ? { change } : {});
  try {
    demonstrate(episode, { disturbances: calm ? NO_DISTURBANCES : USUAL_DISTURBANCES }).next();
    const target = recordedTarget(episode, size);
    const guide: EpisodeGuide | null = target ? { phrase: target.phrase, color: colorOf(episode), counts: [...target.mask.counts] } : null;
    await mkdir(path.dirname(file), { recursive: true });
    await writeFileAtomically(file, [JSON.stringify(guide)]);
  } finally {
    episode.world.close();
  }
}

/** The guides of a dataset whose demonstrations are in these folders, in their order. */
export async function collectGuides(folders: readonly string[], size: number): Promise<DatasetGuides> {
  const episodes: (EpisodeGuide | null)[] = [];
  for (const folder of folders) episodes.push(JSON.parse(await readFile(guideFile(folder), 'utf8')));
  return { format: 'gear-vla guides 1', size, episodes };
}
