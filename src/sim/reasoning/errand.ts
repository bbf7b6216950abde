/** Small tasks for rollouts, with any things of a split: to put one or two things on or into others. */
import type { RandomStream } from '../../tensor/random.ts';
import type { Goal } from '../goals.ts';
import type { ObjectModel } from '../objects/model.ts';
import type { Placement, Region } from '../tasks/layout.ts';
import type { Setup, Task } from '../tasks/task.ts';
import { containers, fitting, graspables, widthOf } from './layouts.ts';
import { pick, shuffled } from './lists.ts';
import { couldBe } from './names.ts';
import type { Split } from './sample.ts';

/** What is said of errands, by how many things are to be put somewhere. */
export const ERRANDS = {
  one: {
    training: [
      'put the {a} {how} the {b}',
      'place the {a} {how} the {b}',
      'pick up the {a} and put it {how} the {b}',
      'bring the {a} to the {b} and set it down {how} it',
    ],
    heldOut: ['the {a} belongs {how} the {b}', 'see to it that the {a} ends up {how} the {b}'],
  },
  two: {
    training: [
      'put the {a} {how} the {b}, then the {c} {also} the {d}',
      'first put the {a} {how} the {b}, and after that the {c} {also} the {d}',
    ],
    heldOut: ['the {a} goes {how} the {b}, and next the {c} {also} the {d}'],
  },
};

/** Seconds for each thing, after which an errand is given up */
const SECONDS = 9;

/** Where the things of an errand are, and where they go: the first of these no wider than `widest`, the second than `second`, metres */
interface Ground {
  readonly objects: Region;
  readonly targets: Region;
  readonly widest: number;
  readonly second: number;
}

/** For two arms, all is within the reach of one. */
const GROUNDS: Readonly<Record<1 | 2, readonly Ground[]>> = {
  1: [{ objects: { x: [-0.15, 0.15], y: [-0.25, 0.25] }, targets: { x: [-0.1, 0.14], y: [-0.2, 0.2] }, widest: 0.27, second: 0.19 }],
  2: [1, -1].map((side) => ({
    objects: { x: [-0.12, 0.1], y: side > 0 ? [0.06, 0.26] : [-0.26, -0.06] },
    targets: { x: [-0.1, 0.08], y: side > 0 ? [0, 0.1] : [-0.1, 0] },
    widest: 0.2,
    second: 0.1,
  })),
};

/** An errand for a robot with so many arms. The task is another one with each draw of its setup. */
export function drawErrand(random: RandomStream, split: Split, arms: 1 | 2): Task {
  const two = random.uniform() < 0.4;
  return {
    name: `errand/${two ? 'two' : 'one'}`,
    suite: 'goal',
    description: 'Something is put on or into something else; things and places differ from draw to draw.',
    arms,
    steps: (two ? 2 : 1) * SECONDS * 30,
    instructions: ERRANDS[two ? 'two' : 'one'],
    setup: (stream) => drawSetup(stream, split, arms, two ? 2 : 1),
  };
}

/** How wide something may be that is put somewhere: of the place there, and metres */
const FITS = { share: 1.3, most: 0.1 };

function drawSetup(random: RandomStream, split: Split, arms: 1 | 2, count: 1 | 2): Setup {
  const ground = pick(GROUNDS[arms], random);
  const wide = shuffled(containers(), random).filter((model) => widthOf(model) <= ground.widest);
  const targets = distinct(wide, 1 + random.integer(count), []).filter((model, i) => i === 0 || widthOf(model) <= ground.second);
  const all = shuffled(graspables(split), random);
  const suits = (model: ObjectModel): boolean => model.grasps.length > 0 && targets.every((target) => fits(model, target));
  const objects = distinct(all.filter(suits), count, targets);
  // Two things in one place need room.
  const crowded =
    objects.length > targets.length && objects.reduce((sum, model) => sum + widthOf(model), 0) > roomIn(targets[0] as ObjectModel);
  if (crowded || objects.length < count) return drawSetup(random, split, arms, count);
  const others = distinct(all, random.integer(4), [...targets, ...objects]);
  const at = (region: Region, models: readonly ObjectModel[]): Placement[] => models.map((model) => ({ id: model.name, model, region }));
  const needed = [...at(ground.targets, targets), ...at(ground.objects, objects)];
  const standing = fitting(random, needed);
  // Where there is no room, something else is drawn.
  if (standing.length < needed.length) return drawSetup(random, split, arms, count);
  const things = fitting(random, at(ground.objects, others), standing);
  const goals = objects.map(
    (model, i): Goal => ({ kind: 'placed', object: model.name, target: (targets[i] ?? (targets[0] as ObjectModel)).name }),
  );
  const words = Object.fromEntries(
    goals.flatMap((goal, i) => {
      if (goal.kind !== 'placed') return [];
      const [object, target, how] = i === 0 ? ['a', 'b', 'how'] : ['c', 'd', 'also'];
      const kind = targets.find(({ name }) => name === goal.target)?.places?.[0]?.kind ?? 'on';
      return [
        [object, goal.object],
        [target, goal.target],
        [how, kind === 'in' ? 'into' : 'onto'],
      ];
    }),
  );
  return { things, goals, words };
}

/** The narrower side of a target's place, metres. */
const roomIn = ({ places = [] }: ObjectModel): number => 2 * Math.min(...(places[0]?.extent ?? [0]));

/** Whether a thing can be put where a target has room. */
const fits = (model: ObjectModel, target: ObjectModel): boolean => widthOf(model) < Math.min(FITS.most, FITS.share * roomIn(target));

/** The first ones none of which could be taken for another, or for one of those that are there. */
function distinct(models: readonly ObjectModel[], count: number, there: readonly ObjectModel[]): ObjectModel[] {
  const chosen: ObjectModel[] = [];
  for (const model of models) {
    if (chosen.length === count) break;
    if (![...there, ...chosen].some((other) => couldBe(model, other) || couldBe(other, model))) chosen.push(model);
  }
  return chosen;
}
