/** Small tasks for rollouts, with any things of a split: to put one or two things on or into others. */
import type { RandomStream } from '../../tensor/random.ts';
import type { Goal } from '../goals.ts';
import type { ObjectModel } from '../objects/model.ts';
import { arrange, type Placement, type Region } from '../tasks/layout.ts';
import type { Setup, Task } from '../tasks/task.ts';
import { containers, graspables, roomsOf, widthOf } from './layouts.ts';
import { pick, shuffled } from './lists.ts';
import { couldBe } from './names.ts';
import type { Split } from './sample.ts';

const INSTRUCTIONS = {
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

/** Where the things of an errand are, and where they go: for two arms, all within the reach of one */
const REGIONS: Readonly<Record<1 | 2, readonly { readonly objects: Region; readonly targets: Region }[]>> = {
  1: [{ objects: { x: [-0.15, 0.15], y: [-0.25, 0.25] }, targets: { x: [-0.12, 0.14], y: [-0.22, 0.22] } }],
  2: [1, -1].map((side) => ({
    objects: { x: [-0.12, 0.1], y: side > 0 ? [0.06, 0.26] : [-0.26, -0.06] },
    targets: { x: [-0.1, 0.08], y: side > 0 ? [0, 0.1] : [-0.1, 0] },
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
    instructions: INSTRUCTIONS[two ? 'two' : 'one'],
    setup: (stream) => drawSetup(stream, split, arms, two ? 2 : 1),
  };
}

/** How wide something may be that is put into something else: of that one's place, and metres */
const FITS = { share: 1.6, most: 0.1 };

function drawSetup(random: RandomStream, split: Split, arms: 1 | 2, count: 1 | 2): Setup {
  const targets = shuffled(containers(), random).slice(0, 1 + random.integer(count));
  const all = shuffled(graspables(split), random).filter(
    (model) => !targets.some((other) => couldBe(model, other) || couldBe(other, model)),
  );
  const suits = (model: ObjectModel): boolean => model.grasps.length > 0 && targets.every((target) => fits(model, target));
  const objects = distinct(all.filter(suits)).slice(0, count);
  const others = distinct(all.filter((model) => !objects.some((object) => couldBe(model, object) || couldBe(object, model)))).slice(
    0,
    random.integer(4),
  );
  const { objects: near, targets: far } = pick(REGIONS[arms], random);
  const place = (model: ObjectModel, region: Region): Placement => ({ id: model.name, model, region });
  const placements = [...targets.map((model) => place(model, far)), ...[...objects, ...others].map((model) => place(model, near))];
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
  return { things: withRoom(random, placements, objects.length + targets.length), goals, words, room: pick(roomsOf(split), random) };
}

/** Whether a thing can be put where a target has room. */
function fits(model: ObjectModel, { places = [] }: ObjectModel): boolean {
  const [place] = places;
  return place !== undefined && widthOf(model) < Math.min(FITS.most, FITS.share * 2 * Math.min(...place.extent));
}

/** None that could be taken for another. */
function distinct(models: readonly ObjectModel[]): ObjectModel[] {
  return models.filter((model, i) => !models.slice(0, i).some((other) => couldBe(model, other) || couldBe(other, model)));
}

/** Arranged; where there is no room for all, without those that are not needed. */
function withRoom(random: RandomStream, placements: readonly Placement[], needed: number): Setup['things'] {
  for (let count = placements.length; count > needed; count--) {
    try {
      return arrange(random, placements.slice(0, count), 0.03);
    } catch {
      // One less, then.
    }
  }
  return arrange(random, placements.slice(0, needed), 0.02);
}
