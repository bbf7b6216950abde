/** What takes two hands: to lift what is wide, to pass on what is out of reach, to pick up two things at once. */
import { fixtureModel } from '../../objects/fixtures.ts';
import { objectModel } from '../../objects/catalogue.ts';
import { arrange } from '../layout.ts';
import type { Task } from '../task.ts';
import { anySide, onSide, opposite } from './sides.ts';

const HALF_TURN = Math.PI;

/** From one arm to the other. */
export const handoverBlock: Task = {
  name: 'bimanual/handover-block',
  suite: 'bimanual',
  description: 'A long block on one side is taken by one arm, passed to the other in the air, and put on the mat on the other side. Sides and places differ.',
  arms: 2,
  steps: 600,
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
    // Across, so that the free end points to the other arm
    const yaw = Math.PI / 2 + (random.integer(2) === 0 ? 0 : HALF_TURN);
    const things = arrange(random, [
      { id: 'block', model: fixtureModel('long red block'), region: onSide(first, [-0.06, 0.05], [0.16, 0.22]), yaw: [yaw - 0.5, yaw + 0.5] },
      { id: 'mat', model: fixtureModel('blue mat'), region: onSide(second, [-0.06, 0.05], [0.2, 0.25]), yaw: [-0.3, 0.3] },
    ]);
    return { things, goals: [{ kind: 'placed', object: 'block', target: 'mat' }], words: { first, second } };
  },
};

/** By both handles. */
export const liftPot: Task = {
  name: 'bimanual/lift-pot',
  suite: 'bimanual',
  description: 'A pot is lifted level by both handles, one in each hand. Its place and turn differ.',
  arms: 2,
  steps: 300,
  instructions: {
    training: [
      'lift the pot with both arms',
      'take the pot by both handles and lift it',
      'grab the two handles of the pot and raise it level',
      'pick up the cooking pot with two hands',
    ],
    heldOut: ['raise the pot by its handles, one in each hand', 'hold the pot up in the air with both arms', 'get the pot off the table, both hands on it'],
  },
  setup(random) {
    const yaw = random.integer(2) * HALF_TURN;
    const things = arrange(random, [
      { id: 'pot', model: fixtureModel('cooking pot'), region: { x: [-0.08, 0.03], y: [-0.03, 0.03] }, yaw: [yaw - 0.35, yaw + 0.35] },
    ]);
    return { things, goals: [{ kind: 'lifted', object: 'pot', height: 0.1, arms: 2 }] };
  },
};

/** One in each hand. */
export const pickDualBottles: Task = {
  name: 'bimanual/pick-dual-bottles',
  suite: 'bimanual',
  description: 'Two bottles, one on each side, are picked up and held up at the same time, one in each hand. Their places differ.',
  arms: 2,
  steps: 300,
  instructions: {
    training: [
      'pick up both bottles, one with each arm',
      'lift the two bottles at the same time',
      'grab a bottle with each hand and hold them up',
      'pick up the left bottle with the left arm and the right bottle with the right arm',
    ],
    heldOut: ['take one bottle in each hand and raise them', 'both bottles should be in the air, one in either gripper', 'hold up the two bottles with two hands'],
  },
  setup(random) {
    const model = objectModel('green bottle');
    const things = arrange(random, [
      { id: 'left bottle', model, region: onSide('left', [-0.1, 0.07], [0.08, 0.24]) },
      { id: 'right bottle', model, region: onSide('right', [-0.1, 0.07], [0.08, 0.24]) },
    ]);
    return { things, goals: things.map(({ id }) => ({ kind: 'lifted', object: id, height: 0.08 }) as const) };
  },
};
