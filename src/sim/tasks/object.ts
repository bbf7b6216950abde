/**
 * After LIBERO-Object (Liu et al. 2023): always the same to do, put something into the basket, and each time something else. What else
 * there is are some of the others.
 */
import type { RandomStream } from '../../tensor/random.ts';
import { objectModel } from '../objects/catalogue.ts';
import { fixtureModel } from '../objects/fixtures.ts';
import { arrange, type Placement, type Region } from './layout.ts';
import type { Setup, Task } from './task.ts';

/** What is put into the basket, one for each task. */
const OBJECTS = [
  'green bottle',
  'red can',
  'yellow soup tin',
  'purple jam jar',
  'white candle',
  'white salt shaker',
  'red apple',
  'brown box',
  'red book',
  'yellow sponge',
] as const;

/** Where objects are, next to the basket */
const GROCERIES: Region = { x: [-0.18, 0.18], y: [-0.3, 0.06] };

/** The basket, to the left. */
export const basket = (): Placement => ({
  id: 'basket',
  model: fixtureModel('basket'),
  region: { x: [-0.06, 0.06], y: [0.24, 0.3] },
  yaw: [-0.4, 0.4],
});

/** Something of the catalogue among the groceries: its id is its name. */
export const grocery = (name: string): Placement => ({ id: name, model: objectModel(name), region: GROCERIES });

/** Some of the objects but for these, at random. */
export function others(random: RandomStream, but: readonly string[], count: number): Placement[] {
  const left = OBJECTS.filter((name) => !but.includes(name));
  return random
    .permutation(left.length)
    .slice(0, count)
    .map((i) => grocery(left[i] as string));
}

/** The ten tasks. */
export const OBJECT_TASKS: readonly Task[] = OBJECTS.map((name) => ({
  name: `object/${name.replaceAll(' ', '-')}`,
  suite: 'object',
  description: `Put the ${name} into the basket; what else there is, and where, differs`,
  arms: 1,
  steps: 240,
  instructions: {
    training: [
      `pick up the ${name} and place it in the basket`,
      `put the ${name} in the basket`,
      `take the ${name} and put it into the basket`,
      `move the ${name} into the basket`,
    ],
    heldOut: [
      `grab the ${name} and drop it in the basket`,
      `the ${name} goes in the basket`,
      `into the basket with the ${name}, please`,
      `would you add the ${name} to the basket?`,
    ],
  },
  setup: (random): Setup => ({
    things: arrange(random, [basket(), grocery(name), ...others(random, [name], 4 + random.integer(3))], 0.025),
    goals: [{ kind: 'placed', object: name, target: 'basket' }],
  }),
}));
