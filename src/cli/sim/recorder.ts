/**
 * Demonstrations of some tasks as a dataset. The seeds of a task are tried one after the other; the dataset has the first ones that
 * succeed, task by task in turn, and is the same however many threads made them. First each demonstration is made, in a folder of its
 * own (`unfinished.ts`); then the dataset is put together of them, their videos copied.
 */
import { toStore } from '../../data/dataset.ts';
import { GUIDES_FILE } from '../../data/guides.ts';
import { createLeRobot, type EpisodeContent } from '../../data/lerobot/write.ts';
import { SHIPPED_EMBODIMENTS, type ShippedEmbodiment } from '../../robot/embodiments/shipped.ts';
import { NO_DISTURBANCES, USUAL_DISTURBANCES } from '../../sim/demonstration.ts';
import type { PerturbationSpec } from '../../sim/perturbations.ts';
import { type SimRobot, simRobot } from '../../sim/robots.ts';
import { workOff } from '../../tensor/crew.node.ts';
import { packageInfo } from '../package.ts';
import { ACTION, AIM, FPS, recordedBinding, recordedFeatures, recordedViews, STATE } from './columns.ts';
import { type DemonstrationFacts, type DemonstrationJob, folderOf, readFacts, readRows, VIDEO, videoFile } from './demonstration.ts';
import { collectGuides } from './record-guides.ts';
import { createShares, type Share } from './shares.ts';
import { workOn } from './unfinished.ts';

/** What demonstrations are of. Everything here changes what they are. */
export interface RecordingSettings {
  /** Names */
  readonly tasks: readonly string[];
  readonly robot: string;
  /** The first seed of each task */
  readonly seed: number;
  /** Pixels of a side of the views, even */
  readonly size: number;
  readonly perturb: readonly PerturbationSpec[];
  /** Does nothing take the expert off its way? */
  readonly calm: boolean;
  /** Are demonstrations that failed part of the dataset? */
  readonly keepFailures: boolean;
  /** Is the target's mask in the first picture kept, for policies that are guided? */
  readonly guides?: true;
  /** The first so many moments are all that is kept, of what the expert does to its end; all are unless given */
  readonly opening?: number;
}

/** How many, and how they are made. */
export interface RecordOptions {
  /** In all, shared out to the tasks evenly */
  readonly episodes: number;
  /** Threads */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with what was there at the beginning, what is done, and what there is to do */
  readonly onProgress?: (stage: 'demonstrations' | 'dataset', before: number, done: number, total: number) => void;
}

/** What was recorded. */
export interface RecordReport {
  readonly root: string;
  readonly episodes: number;
  readonly frames: number;
  /** Demonstrations that were there from an earlier run */
  readonly resumed: number;
  /** Seeds with which the expert failed; others took their places, unless failures are kept */
  readonly failed: readonly { readonly task: string; readonly seed: number }[];
}

/** What a thread is started with. */
export interface RecordWorkerData {
  readonly settings: RecordingSettings;
  /** Where demonstrations go */
  readonly folder: string;
}

/**
 * Records a dataset. Throws when the target is there already, when an unfinished one was begun with other settings, when the
 * expert of a task fails too often, and when the disk is full; what was made until then is kept, and the same call goes on with it.
 */
export async function recordDataset(target: string, settings: RecordingSettings, options: RecordOptions): Promise<RecordReport> {
  const robot = await simRobot(settings.robot);
  const work = {
    target,
    settings: { version: packageInfo().version, video: VIDEO, ...settings },
    wanted: `${options.episodes} demonstrations`,
  };
  return workOn(work, async (folder, isDone) => {
    const onProgress: RecordOptions['onProgress'] = (stage, ...counts) => {
      if (stage === 'demonstrations') isDone(counts[1]);
      options.onProgress?.(stage, ...counts);
    };
    const { resumed, shares } = await makeDemonstrations(folder, settings, { ...options, onProgress });
    const chosen = inTurn(shares);
    await assemble(target, folder, robot, settings, shares, chosen, options);
    return {
      root: target,
      episodes: chosen.length,
      frames: chosen.reduce((sum, { rows }) => sum + rows, 0),
      resumed,
      failed: failuresOf(shares),
    };
  });
}

/** Makes what is not there yet. */
async function makeDemonstrations(
  folder: string,
  settings: RecordingSettings,
  { episodes, workers, signal, onProgress }: RecordOptions,
): Promise<{ resumed: number; shares: readonly Share[] }> {
  const shares = createShares(settings, episodes);
  let [resumed, done] = [0, 0];
  const count = (facts: DemonstrationFacts): void => {
    shares.add(facts);
    if (facts.success || settings.keepFailures) done++;
  };
  const todo: DemonstrationJob[] = [];
  for (let job = shares.next(); job; job = shares.next()) {
    const facts = await readFacts(folderOf(folder, job));
    if (facts) {
      count(facts);
      resumed++;
    } else todo.push(job);
  }
  const before = done;
  onProgress?.('demonstrations', before, done, episodes);
  await workOff<DemonstrationJob, DemonstrationFacts>(
    {
      source: new URL('./record-worker.ts', import.meta.url),
      data: { settings, folder } satisfies RecordWorkerData,
      ...(workers !== undefined && { workers }),
      ...(signal && { signal }),
    },
    () => todo.shift() ?? shares.next(),
    (facts) => {
      count(facts);
      onProgress?.('demonstrations', before, done, episodes);
    },
  );
  return { resumed, shares: shares.all };
}

/** The first demonstration of each task, then the second of each, and so on. */
function inTurn(shares: readonly Share[]): DemonstrationFacts[] {
  const longest = Math.max(...shares.map(({ kept }) => kept.length));
  return Array.from({ length: longest }, (_, i) => shares.flatMap(({ kept }) => kept[i] ?? [])).flat();
}

const failuresOf = (shares: readonly Share[]): { task: string; seed: number }[] =>
  shares.flatMap(({ tried }) => tried.filter(({ success }) => !success).map(({ task, seed }) => ({ task, seed })));

/** Puts the dataset together. */
async function assemble(
  target: string,
  folder: string,
  robot: SimRobot,
  settings: RecordingSettings,
  shares: readonly Share[],
  chosen: readonly DemonstrationFacts[],
  { signal, onProgress }: RecordOptions,
): Promise<void> {
  const { name } = robot.embodiment;
  const shipped = SHIPPED_EMBODIMENTS.get(name) as ShippedEmbodiment;
  const writer = await createLeRobot(target, {
    fps: FPS,
    robotType: name,
    features: recordedFeatures(robot, settings.size),
    extra: { gear: toStore({ binding: recordedBinding(robot), robot: shipped }) },
  });
  try {
    for (const [i, facts] of chosen.entries()) {
      signal?.throwIfAborted();
      onProgress?.('dataset', 0, i, chosen.length);
      await writer.addEpisode(await contentOf(folderOf(folder, facts), robot, facts));
    }
    const folders = chosen.map((facts) => folderOf(folder, facts));
    await writer.finish({
      'gear-sim.json': provenance(settings, chosen, shares),
      ...(settings.guides && { [GUIDES_FILE]: await collectGuides(folders, settings.size) }),
    });
  } finally {
    // Does nothing to what is finished.
    await writer.abandon();
  }
  onProgress?.('dataset', 0, chosen.length, chosen.length);
}

/** A demonstration as the dataset takes it. */
async function contentOf(folder: string, robot: SimRobot, { instruction, rows }: DemonstrationFacts): Promise<EpisodeContent> {
  const { state, action, aim } = await readRows(folder);
  const column = (data: Float32Array) => ({ shape: [data.length / rows], data });
  return {
    length: rows,
    rows: [{ length: rows, tasks: instruction, columns: { [STATE]: column(state), [ACTION]: column(action), [AIM]: column(aim) } }],
    cameras: Object.fromEntries(recordedViews(robot).map(({ view, feature }) => [feature, { video: videoFile(folder, view) }])),
  };
}

/** Where the demonstrations come from, to be stored with them as `meta/gear-sim.json`: enough to make each of them again. */
function provenance(settings: RecordingSettings, chosen: readonly DemonstrationFacts[], shares: readonly Share[]): unknown {
  return {
    format: 'gear-vla demonstrations 1',
    version: packageInfo().version,
    ...settings,
    disturbances: settings.calm ? NO_DISTURBANCES : USUAL_DISTURBANCES,
    episodes: chosen.map(({ task, seed, success, rows }, index) => ({ index, task, seed, success, rows })),
    failed: failuresOf(shares),
  };
}
