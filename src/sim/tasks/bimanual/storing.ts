/** Putting things away, into what is in the middle. */
import { objectModel } from '../../objects/catalogue.ts';
import { fixtureModel } from '../../objects/fixtures.ts';
import { arrange } from '../layout.ts';
import type { Task } from '../task.ts';
import { anySide, onSide } from './sides.ts';

/** One from each side. */
export const placeDualShoes: Task = {
  name: 'bimanual/place-dual-shoes',
  suite: 'bimanual',
  description: 'Two shoes, one on each side, are put in the shoe box in the middle, each by its arm. Their places and turns differ.',
  arms: 2,
  steps: 450,
  instructions: {
    training: [
      'put both shoes in the shoe box',
      'place the two shoes into the box, one with each arm',
      'pick up the left shoe and the right shoe and put them in the box',
      'pack the pair of shoes into the shoe box with both arms',
    ],
    heldOut: [
      'the shoes on either side belong in their box',
      'tidy the two blue shoes away into the shoe box',
      'box up the pair of shoes, one hand for each',
    ],
  },
  setup(random) {
    const model = objectModel('blue shoe');
    const things = arrange(random, [
      { id: 'box', model: fixtureModel('shoe box'), region: { x: [-0.04, 0.03], y: [-0.02, 0.02] }, yaw: [-0.15, 0.15] },
      { id: 'left shoe', model, region: onSide('left', [-0.06, 0.07], [0.19, 0.26]) },
      { id: 'right shoe', model, region: onSide('right', [-0.06, 0.07], [0.19, 0.26]) },
    ]);
    const goals = ['left shoe', 'right shoe'].map((object) => ({ kind: 'placed', object, target: 'box' }) as const);
    return { things, goals };
  },
};

/** One arm loads, both lift. */
export const liftTray: Task = {
  name: 'bimanual/lift-tray',
  suite: 'bimanual',
  description:
    'The white cup, on either side, is put on the tray in the middle; then the tray is lifted level by its two ends, with the cup on it.',
  arms: 2,
  steps: 450,
  instructions: {
    training: [
      'put the white cup on the tray, then lift the tray with both arms',
      'place the cup on the tray and pick the tray up by both ends',
      'load the cup onto the tray and raise the tray with two hands',
      'move the white cup onto the tray, then lift the tray level',
    ],
    heldOut: [
      'serve the cup: set it on the tray and hold the tray up with both hands',
      'the cup goes on the tray, and the tray goes up, one arm at each end',
      'lift the tray off the table with the white cup standing on it',
    ],
  },
  setup(random) {
    const things = arrange(random, [
      { id: 'tray', model: fixtureModel('tray'), region: { x: [-0.05, 0.02], y: [-0.02, 0.02] }, yaw: [-0.12, 0.12] },
      { id: 'cup', model: objectModel('white cup'), region: onSide(anySide(random), [-0.06, 0.06], [0.22, 0.27]) },
    ]);
    const goals = [
      { kind: 'placed', object: 'cup', target: 'tray' },
      { kind: 'lifted', object: 'tray', height: 0.08, arms: 2 },
    ] as const;
    return { things, goals };
  },
};
