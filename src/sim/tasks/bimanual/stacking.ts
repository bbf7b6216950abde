/** Stacks that both arms build. */
import type { RandomStream } from '../../../tensor/random.ts';
import { fixtureModel } from '../../objects/fixtures.ts';
import { arrange } from '../layout.ts';
import type { Task } from '../task.ts';
import { anySide, IN_THE_MIDDLE, onSide, opposite } from './sides.ts';

const COLORS = ['red', 'green', 'blue', 'yellow'] as const;

/** So many blocks in random colours, on both sides of a mat; they go onto it, one on top of the other. */
function blocksToStack(random: RandomStream, count: 2 | 3) {
  const colors = random.permutation(COLORS.length).map((i) => COLORS[i] as string);
  const blocks = colors.slice(0, count).map((color) => `${color} block`);
  const first = anySide(random);
  const sides = [first, opposite(first), anySide(random)];
  const things = arrange(random, [
    { id: 'mat', model: fixtureModel('blue mat'), region: IN_THE_MIDDLE, yaw: [-0.3, 0.3] },
    ...blocks.map((block, i) => ({ id: block, model: fixtureModel(block), region: onSide(sides[i] as 'left' | 'right') })),
  ]);
  const goals = blocks.map((object, i) => ({ kind: 'placed', object, target: blocks[i - 1] ?? 'mat' }) as const);
  return {
    things,
    goals,
    words: Object.fromEntries(['bottom', 'second', 'third'].slice(0, count).map((word, i) => [word, colors[i] as string])),
  };
}

/** One block from each side. */
export const stackTwoBlocks: Task = {
  name: 'bimanual/stack-blocks-two',
  suite: 'bimanual',
  description: 'Two blocks, one on each side, are stacked on the mat in the middle. Their colours and places differ.',
  arms: 2,
  steps: 400,
  instructions: {
    training: [
      'put the {bottom} block on the mat and the {second} block on top of it',
      'stack the {second} block on the {bottom} block on the mat',
      'use both arms to stack the {second} block on the {bottom} one in the middle of the mat',
      'build a stack on the mat: the {bottom} block below, the {second} block above',
    ],
    heldOut: [
      'make a tower of two on the mat with the {second} block at the top and the {bottom} one at the bottom',
      'the {bottom} block goes on the mat, and the {second} one goes on the {bottom} one',
      'pile up the two blocks on the mat, {bottom} first, then {second}',
    ],
  },
  setup: (random) => blocksToStack(random, 2),
};

/** A third block on either side. */
export const stackThreeBlocks: Task = {
  name: 'bimanual/stack-blocks-three',
  suite: 'bimanual',
  description:
    'Three blocks from both sides are stacked on the mat in the middle, in the order that is told. Their colours and places differ.',
  arms: 2,
  steps: 600,
  instructions: {
    training: [
      'stack the blocks on the mat: {bottom} at the bottom, {second} on it, {third} on top',
      'put the {bottom} block on the mat, the {second} block on it and the {third} block on top',
      'build a tower on the mat from the {bottom}, the {second} and the {third} block, in this order',
      'use both arms to stack {third} on {second} on {bottom} on the mat',
    ],
    heldOut: [
      'make a tower of three on the mat, from the bottom up: {bottom}, {second}, {third}',
      'the {third} block goes on the {second} one, which goes on the {bottom} one, which goes on the mat',
      'pile the blocks up on the mat with {third} at the top, {second} in between and {bottom} at the bottom',
    ],
  },
  setup: (random) => blocksToStack(random, 3),
};

const BOWLS = ['black bowl', 'white bowl', 'blue bowl', 'striped bowl'] as const;

/** A bowl on each side. */
export const stackTwoBowls: Task = {
  name: 'bimanual/stack-bowls-two',
  suite: 'bimanual',
  description: 'Two bowls, one on each side, are stacked on the mat in the middle. Which bowls they are and their places differ.',
  arms: 2,
  steps: 500,
  instructions: {
    training: [
      'put the {bottom} on the mat and the {top} into it',
      'stack the {top} on the {bottom} on the mat',
      'use both arms to stack the bowls on the mat, the {bottom} below, the {top} above',
      'move the {bottom} onto the mat, then put the {top} into the {bottom}',
    ],
    heldOut: [
      'nest the bowls on the mat, the {bottom} outside and the {top} inside',
      'the {bottom} goes on the mat and the {top} goes in the {bottom}',
      'pile up the two bowls in the middle of the mat, with the {top} on top',
    ],
  },
  setup(random) {
    const [bottom, top] = random.permutation(BOWLS.length).map((i) => BOWLS[i]) as [string, string];
    const side = anySide(random);
    const things = arrange(random, [
      { id: 'mat', model: fixtureModel('red mat'), region: IN_THE_MIDDLE, yaw: [-0.3, 0.3] },
      { id: bottom, model: fixtureModel(bottom), region: onSide(side) },
      { id: top, model: fixtureModel(top), region: onSide(opposite(side)) },
    ]);
    const goals = [
      { kind: 'placed', object: bottom, target: 'mat' },
      { kind: 'placed', object: top, target: bottom },
    ] as const;
    return { things, goals, words: { bottom, top } };
  },
};
