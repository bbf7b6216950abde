/** What takes two hands: to lift what is wide, to pass on what is out of reach, to pick up two things at once. */
import type { RandomStream } from '../../../tensor/random.ts';
import { objectModel } from '../../objects/catalogue.ts';
import { fixtureModel } from '../../objects/fixtures.ts';
import { arrange } from '../layout.ts';
import type { Task } from '../task.ts';
import { anySide, onSide, opposite } from './sides.ts';

const HALF_TURN = Math.PI;

/** The turn of what is long in x so that it lies along y, either way round: an end points to the other arm. */
const acrossTheTable = (random: RandomStream): number => Math.PI / 2 + HALF_TURN * random.integer(2);

/** From one arm to the other. */
export const handoverBlock: Task = {
  name: 'bimanual/handover-block',
  suite: 'bimanual',
  description:
    'A long block on one side is taken by one arm, passed to the other in the air, and put on the mat on the other side. Sides and places differ.',
  arms: 2,
  steps: 400,
  instructions: {
    training: [
      'pick up the long red block with the {first} arm, hand it to the {second} arm and put it on the mat',
      'hand the long block over from the {first} to the {second} arm and put it on the mat',
      'pass the long red block to the other arm, then put it on the blue mat',
      'move the long red block to the mat on the other side',
    ],
    heldOut: [
      'take the long block on the {first}, give it to the {second} hand and lay it on the mat',
      'the long red block belongs on the mat at the {second}: pass it from hand to hand',
      'bring the long block over to the mat, changing hands on the way',
    ],
  },
  setup(random) {
    const first = anySide(random);
    const second = opposite(first);
    const yaw = acrossTheTable(random);
    const things = arrange(random, [
      {
        id: 'block',
        model: fixtureModel('long red block'),
        region: onSide(first, [-0.06, 0.05], [0.16, 0.22]),
        yaw: [yaw - 0.5, yaw + 0.5],
      },
      { id: 'mat', model: fixtureModel('blue mat'), region: onSide(second, [-0.06, 0.05], [0.2, 0.25]), yaw: [-0.3, 0.3] },
    ]);
    return { things, goals: [{ kind: 'placed', object: 'block', target: 'mat' }], words: { first, second } };
  },
};

/** Into a basket. */
export const handoverBaguette: Task = {
  name: 'bimanual/handover-baguette',
  suite: 'bimanual',
  description:
    'A baguette on one side is taken by one arm, passed to the other in the air, and put in the basket on the other side. Sides and places differ.',
  arms: 2,
  steps: 400,
  instructions: {
    training: [
      'pass the baguette to the other arm and put it in the bread basket',
      'hand the baguette over from the {first} to the {second} arm, then put it in the basket',
      'pick up the baguette with the {first} arm, give it to the {second} arm and place it in the bread basket',
      'put the baguette in the basket on the other side',
    ],
    heldOut: [
      'take the baguette on the {first}, change hands, and lay it in the basket on the {second}',
      'the baguette belongs in the bread basket: one arm gives it to the other',
      'bring the loaf over to the basket, from hand to hand',
    ],
  },
  setup(random) {
    const first = anySide(random);
    const second = opposite(first);
    const yaw = acrossTheTable(random);
    const things = arrange(random, [
      { id: 'baguette', model: fixtureModel('baguette'), region: onSide(first, [-0.06, 0.05], [0.14, 0.2]), yaw: [yaw - 0.5, yaw + 0.5] },
      { id: 'basket', model: fixtureModel('bread basket'), region: onSide(second, [-0.05, 0.03], [0.21, 0.25]), yaw: [-0.12, 0.12] },
    ]);
    return { things, goals: [{ kind: 'placed', object: 'baguette', target: 'basket' }], words: { first, second } };
  },
};

/** By both handles. */
export const liftPot: Task = {
  name: 'bimanual/lift-pot',
  suite: 'bimanual',
  description: 'A pot is lifted level by both handles, one in each hand. Its place and turn differ.',
  arms: 2,
  steps: 180,
  instructions: {
    training: [
      'lift the pot with both arms',
      'take the pot by both handles and lift it',
      'grab the two handles of the pot and raise it level',
      'pick up the cooking pot with two hands',
    ],
    heldOut: [
      'raise the pot by its handles, one in each hand',
      'hold the pot up in the air with both arms',
      'get the pot off the table, both hands on it',
    ],
  },
  setup(random) {
    const yaw = random.integer(2) * HALF_TURN;
    const things = arrange(random, [
      { id: 'pot', model: fixtureModel('cooking pot'), region: { x: [-0.04, 0.04], y: [-0.03, 0.03] }, yaw: [yaw - 0.35, yaw + 0.35] },
    ]);
    return { things, goals: [{ kind: 'lifted', object: 'pot', height: 0.08, arms: 2 }] };
  },
};

/** By both ends. */
export const grabRoller: Task = {
  name: 'bimanual/grab-roller',
  suite: 'bimanual',
  description: 'A rolling pin is lifted level by both handles, one in each hand. Its place and turn differ.',
  arms: 2,
  steps: 180,
  instructions: {
    training: [
      'lift the rolling pin with both arms',
      'grab the rolling pin by both handles and lift it',
      'pick up the rolling pin with two hands',
      'take both ends of the rolling pin and raise it level',
    ],
    heldOut: [
      'hold the rolling pin up, one hand at each end',
      'raise the roller off the table with both grippers',
      'get hold of the two handles of the rolling pin and bring it up',
    ],
  },
  setup(random) {
    const yaw = random.integer(2) * HALF_TURN;
    const things = arrange(random, [
      {
        id: 'rolling pin',
        model: fixtureModel('rolling pin'),
        region: { x: [-0.05, 0.06], y: [-0.05, 0.05] },
        yaw: [yaw - 0.4, yaw + 0.4],
      },
    ]);
    return { things, goals: [{ kind: 'lifted', object: 'rolling pin', height: 0.1, arms: 2 }] };
  },
};

/** One in each hand. */
export const pickDualBottles: Task = {
  name: 'bimanual/pick-dual-bottles',
  suite: 'bimanual',
  description: 'Two bottles, one on each side, are picked up and held up at the same time, one in each hand. Their places differ.',
  arms: 2,
  steps: 150,
  instructions: {
    training: [
      'pick up both bottles, one with each arm',
      'lift the two bottles at the same time',
      'grab a bottle with each hand and hold them up',
      'pick up the left bottle with the left arm and the right bottle with the right arm',
    ],
    heldOut: [
      'take one bottle in each hand and raise them',
      'both bottles should be in the air, one in either gripper',
      'hold up the two bottles with two hands',
    ],
  },
  setup(random) {
    const model = objectModel('green bottle');
    const things = arrange(random, [
      { id: 'left bottle', model, region: onSide('left', [-0.06, 0.08], [0.08, 0.24]) },
      { id: 'right bottle', model, region: onSide('right', [-0.06, 0.08], [0.08, 0.24]) },
    ]);
    return { things, goals: things.map(({ id }) => ({ kind: 'lifted', object: id, height: 0.08 }) as const) };
  },
};
