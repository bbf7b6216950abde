/** What contact sheets show: the first moment of each task, each object, each perturbation at each strength. */
import type { Frame } from '../../data/source.ts';
import { beginEpisode, type EpisodeOptions } from '../../sim/episode.ts';
import { objectModel, objectNames, TRAINING_OBJECTS, UNSEEN_OBJECTS } from '../../sim/objects/catalogue.ts';
import { FIXTURE_NAMES, fixtureModel } from '../../sim/objects/fixtures.ts';
import { CATEGORIES, type ObjectModel } from '../../sim/objects/model.ts';
import { PERTURBATIONS, perturbation } from '../../sim/perturbations.ts';
import { lookAt } from '../../sim/reasoning/camera.ts';
import { createPicture } from '../../sim/render/picture.ts';
import type { Camera, Picture } from '../../sim/render/types.ts';
import { type SimRobot, simRobot } from '../../sim/robots.ts';
import type { Task } from '../../sim/tasks/task.ts';
import { createViews } from '../../sim/views.ts';
import { chooseRobot } from './choose.ts';
import { portrait } from './portrait.ts';
import type { Cell, Section } from './sheet.ts';

/** Called with what is done and what there is to do. */
type Progress = (done: number, total: number) => void;

const frameOf = ({ width, height, rgb }: Picture): Frame => ({ width, height, data: rgb });

/**
 * Third persons' views, by arms: from behind a robot's right shoulder, and from above the head of one with two arms, so that what is left
 * for the robot is on the left.
 */
const BEHIND: Readonly<Record<Task['arms'], Camera>> = {
  1: lookAt([-0.68, -0.56, 0.88], [0.05, 0, 0], 0.88),
  2: lookAt([-0.6, 0, 1.15], [0.02, 0, 0], 0.75),
};

/** Looks at the beginning of an episode: as the robot's head does, or from behind it. */
async function firstMoment(
  task: Task,
  robot: SimRobot,
  {
    size,
    seed = 0,
    from = 'head',
    ...options
  }: EpisodeOptions & { readonly size: number; readonly seed?: number; readonly from?: 'head' | 'behind' },
): Promise<{ frame: Frame; instruction: string }> {
  const episode = await beginEpisode(task, seed, robot, options);
  try {
    const views = createViews(episode.world, { samples: 4 });
    const picture = createPicture(size, size);
    views.update();
    if (from === 'head') views.take('head', picture);
    else views.takeFrom(BEHIND[task.arms], picture);
    return { frame: frameOf(picture), instruction: episode.instruction };
  } finally {
    episode.world.close();
  }
}

/** The first moment of each task, and what is said then; a section for each suite. */
export async function taskSheet(tasks: readonly Task[], progress: Progress): Promise<Section[]> {
  const sections = new Map<string, { heading: string; columns: number; cells: Cell[] }>();
  for (const [i, task] of tasks.entries()) {
    progress(i, tasks.length);
    const robot = await simRobot(chooseRobot(undefined, [task]));
    const { frame, instruction } = await firstMoment(task, robot, { size: 280, from: 'behind' });
    const section = sections.get(task.suite) ?? { heading: task.suite, columns: 5, cells: [] };
    sections.set(task.suite, section);
    section.cells.push({ picture: frame, title: task.name.slice(task.suite.length + 1), text: `“${instruction}”` });
  }
  progress(tasks.length, tasks.length);
  return [...sections.values()];
}

/** Every object and every fixture; objects by category, those of training before the others. */
export function objectSheet(progress: Progress): Section[] {
  const cell = (model: ObjectModel): Cell => {
    const [low, high] = model.bounds;
    const sides = low.map((least, axis) => Math.round(100 * ((high[axis] as number) - least)));
    return { picture: frameOf(portrait(model, 150)), title: model.name, text: `${sides.join(' × ')} cm` };
  };
  const groups = [
    ...[
      { what: 'to train with', names: TRAINING_OBJECTS },
      { what: 'never seen in training', names: UNSEEN_OBJECTS },
    ].flatMap(({ what, names }) =>
      CATEGORIES.map((category) => {
        const own = objectNames(category).filter((name) => names.includes(name));
        return { heading: `${category}, ${what} (${own.length})`, models: own.map((name) => () => objectModel(name)) };
      }),
    ),
    { heading: `fixtures (${FIXTURE_NAMES.length})`, models: FIXTURE_NAMES.map((name) => () => fixtureModel(name)) },
  ];
  const total = groups.reduce((sum, { models }) => sum + models.length, 0);
  let done = 0;
  return groups.flatMap(({ heading, models }) => {
    const cells = models.map((model) => {
      progress(done++, total);
      return cell(model());
    });
    return cells.length > 0 ? [{ heading, columns: 14, cells }] : [];
  });
}

/** 0 is an episode as it is */
const STRENGTHS = [0, 1, 2, 3, 4, 5] as const;

/** The first moment of an episode as it is, and with each perturbation at each strength, as the robot's head sees it. */
export async function perturbationSheet(task: Task, progress: Progress): Promise<Section[]> {
  const robot = await simRobot(chooseRobot(undefined, [task]));
  const sections: Section[] = [];
  for (const [i, kind] of PERTURBATIONS.entries()) {
    const cells: Cell[] = [];
    for (const strength of STRENGTHS) {
      progress(i * STRENGTHS.length + strength, PERTURBATIONS.length * STRENGTHS.length);
      const change = strength === 0 ? [] : [perturbation(kind, strength)];
      const { frame, instruction } = await firstMoment(task, robot, { size: 200, change });
      const text = kind === 'language' ? { text: `“${instruction}”` } : {};
      cells.push({ picture: frame, title: strength === 0 ? 'as it is' : `${kind} ${strength}`, ...text });
    }
    sections.push({ heading: kind, columns: STRENGTHS.length, cells });
  }
  progress(1, 1);
  return sections;
}
