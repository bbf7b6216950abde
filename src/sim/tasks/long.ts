/** After LIBERO-Long (Liu et al. 2023): two things to do, one after the other. */
import type { RandomStream } from '../../tensor/random.ts';
import type { Goal } from '../goals.ts';
import { objectModel } from '../objects/catalogue.ts';
import { fixtureModel } from '../objects/fixtures.ts';
import type { Thing } from '../scene.ts';
import { CLEAR_OF_DRAWERS, cabinet, OPEN_DRAWER, round, stove } from './kitchen.ts';
import { arrange, type Region, upon } from './layout.ts';
import { basket, grocery, others } from './object.ts';
import type { Task } from './task.ts';

/** What is to be done, and where. */
interface Errand extends Pick<Task, 'name' | 'description' | 'steps' | 'instructions'> {
  readonly things: (random: RandomStream) => Thing[];
  readonly goals: readonly Goal[];
}

const ERRANDS: readonly Errand[] = [
  bothInBasket('red can', 'yellow soup tin'),
  bothInBasket('brown box', 'yellow sponge'),
  bothInBasket('green bottle', 'red book'),
  {
    name: 'pan-on-hot-stove',
    description: 'Turn on the stove and put the frying pan on it',
    steps: 540,
    goals: [
      { kind: 'joint', object: 'stove', part: 'knob', to: 'upper' },
      { kind: 'placed', object: 'pan', target: 'stove' },
    ],
    things: (random) =>
      arrange(random, [
        cabinet(),
        stove(),
        { id: 'pan', model: fixtureModel('frying pan'), region: PAN },
        round('bowl', fixtureModel('white bowl')),
      ]),
    instructions: {
      training: [
        'turn on the stove and put the frying pan on it',
        'turn the stove on, then place the pan on it',
        'switch on the stove and move the frying pan onto it',
        'put the pan on the stove after turning it on',
      ],
      heldOut: [
        'get the stove going and set the pan down on the hot plate',
        'we want to fry something: stove on, pan on top',
        'twist the knob of the stove, then bring the frying pan over',
      ],
    },
  },
  {
    name: 'box-in-bottom-drawer',
    description: 'Put the brown box into the bottom drawer and close it',
    steps: 540,
    goals: [
      { kind: 'placed', object: 'box', target: 'cabinet', part: 'bottom drawer' },
      { kind: 'joint', object: 'cabinet', part: 'bottom drawer', to: 'lower' },
    ],
    things: (random) =>
      arrange(random, [
        cabinet({ 'bottom drawer': OPEN_DRAWER }),
        stove(),
        { id: 'box', model: objectModel('brown box'), region: CLEAR_OF_DRAWERS },
        round('plate', fixtureModel('white plate'), { region: CLEAR_OF_DRAWERS }),
        round('bowl', fixtureModel('black bowl'), { region: CLEAR_OF_DRAWERS }),
      ]),
    instructions: {
      training: [
        'put the brown box in the bottom drawer of the cabinet and close it',
        'place the box in the bottom drawer, then close the drawer',
        'put the box into the open drawer and push it shut',
        'pick up the brown box, put it in the bottom drawer and close the drawer',
      ],
      heldOut: [
        'store the box away in the lowest drawer and shut it',
        'the brown box belongs in the bottom drawer, which should be closed in the end',
        'drop the box in the drawer at the bottom and slide it in',
      ],
    },
  },
  {
    name: 'bowl-out-of-top-drawer',
    description: 'Put the bowl that is in the top drawer on the plate and close the drawer',
    steps: 540,
    goals: [
      { kind: 'placed', object: 'bowl', target: 'plate' },
      { kind: 'joint', object: 'cabinet', part: 'top drawer', to: 'lower' },
    ],
    things: (random) => {
      const things = arrange(random, [
        cabinet({ 'top drawer': OPEN_DRAWER }),
        stove(),
        round('plate', fixtureModel('white plate'), { region: CLEAR_OF_DRAWERS }),
        round('ramekin', fixtureModel('ramekin'), { region: CLEAR_OF_DRAWERS }),
        { ...grocery('green bottle'), region: CLEAR_OF_DRAWERS },
      ]);
      const bowl = { id: 'bowl', model: fixtureModel('black bowl') };
      return [...things, upon(random, bowl, things[0] as Thing, { part: 'top drawer', spread: 0 })];
    },
    instructions: {
      training: [
        'take the bowl out of the top drawer, put it on the plate and close the drawer',
        'put the bowl from the top drawer on the plate, then close the drawer',
        'move the black bowl from the drawer to the plate and push the drawer shut',
        'pick up the bowl in the top drawer, place it on the plate and close the top drawer',
      ],
      heldOut: [
        'get the bowl out, set it down on the plate, and shut the drawer',
        'the plate should have the bowl from the drawer on it, and the drawer should be closed',
        'fetch the bowl that is in the top drawer for the plate; shut the drawer behind it',
      ],
    },
  },
  {
    name: 'cup-and-mug-on-plates',
    description: 'Put the white cup on the left plate and the red mug on the right one',
    steps: 540,
    goals: [
      { kind: 'placed', object: 'cup', target: 'left plate' },
      { kind: 'placed', object: 'mug', target: 'right plate' },
    ],
    things: (random) =>
      arrange(random, [
        round('left plate', fixtureModel('white plate'), { region: { x: [0, 0.14], y: [0.12, 0.2] } }),
        round('right plate', fixtureModel('white plate'), { region: { x: [0, 0.14], y: [-0.2, -0.12] } }),
        { id: 'cup', model: objectModel('white cup'), region: IN_FRONT },
        { id: 'mug', model: objectModel('red mug'), region: IN_FRONT },
        { ...grocery('brown box'), region: IN_FRONT },
      ]),
    instructions: {
      training: [
        'put the white cup on the left plate and put the red mug on the right plate',
        'place the white cup on the left plate and the red mug on the right one',
        'the white cup goes on the left plate, the red mug on the right plate',
        'put the cup on the plate on the left, then the mug on the plate on the right',
      ],
      heldOut: [
        'set the cup down on the left-hand plate and the mug on the right-hand one',
        'we need the red mug on the right plate and the white cup on the left plate',
        'move the white cup to the left plate; do the same with the mug and the right plate',
      ],
    },
  },
  {
    name: 'candle-and-shaker-in-caddy',
    description: 'Put the candle into the back compartment of the caddy and the salt shaker into the left one in front',
    steps: 540,
    goals: [
      { kind: 'placed', object: 'candle', target: 'caddy', place: 0 },
      { kind: 'placed', object: 'shaker', target: 'caddy', place: 1 },
    ],
    things: (random) =>
      arrange(random, [
        { id: 'caddy', model: fixtureModel('desk caddy'), region: { x: [0, 0.08], y: [0.14, 0.2] }, yaw: [-0.3, 0.3] },
        { id: 'candle', model: objectModel('white candle'), region: RIGHT },
        { id: 'shaker', model: objectModel('white salt shaker'), region: RIGHT },
        { ...grocery('red apple'), region: RIGHT },
        { ...grocery('red book'), region: RIGHT },
      ]),
    instructions: {
      training: [
        'put the candle in the back compartment of the caddy and the salt shaker in the front left one',
        'place the white candle in the back compartment of the caddy, then the salt shaker in the left compartment in front',
        'pick up the candle and put it in the back of the caddy, and put the salt shaker in the front left compartment',
        'put the white candle into the back and the white salt shaker into the front left compartment of the desk caddy',
      ],
      heldOut: [
        'tidy up: the candle belongs in the back compartment of the caddy, the salt shaker in the left one at the front',
        'drop the candle into the compartment at the back and the shaker into the one at the front on the left',
        'the salt shaker goes in the front left of the caddy and the candle in the back',
      ],
    },
  },
  {
    name: 'mug-on-plate-and-box-beside',
    description: 'Put the red mug on the plate and the brown box to the right of the plate',
    steps: 540,
    goals: [
      { kind: 'placed', object: 'mug', target: 'plate' },
      { kind: 'beside', object: 'box', target: 'plate', side: 'right', within: 0.22 },
    ],
    things: (random) =>
      arrange(random, [
        round('plate', fixtureModel('white plate'), { region: { x: [-0.02, 0.12], y: [-0.05, 0.05] } }),
        { id: 'mug', model: objectModel('red mug'), region: { x: [-0.15, 0.15], y: [0.08, 0.25] } },
        { id: 'box', model: objectModel('brown box'), region: { x: [-0.18, 0.15], y: [0.08, 0.25] } },
        { ...grocery('orange'), region: { x: [-0.18, 0.15], y: [0.1, 0.3] } },
        { ...grocery('blue cube'), region: { x: [-0.18, 0.15], y: [0.1, 0.3] } },
      ]),
    instructions: {
      training: [
        'put the red mug on the plate and put the brown box to the right of the plate',
        'place the mug on the plate, then the box to the right of the plate',
        'put the mug on the plate and the box right of it',
        'move the red mug onto the plate and the brown box to its right side',
      ],
      heldOut: [
        'set the mug down on the plate and leave the box on the table, on the right of the plate',
        'the plate should have the mug on it and the box on its right',
        'the brown box belongs to the right of the plate, the red mug on it',
      ],
    },
  },
  {
    name: 'candle-and-vase-on-shelf',
    description: 'Put the candle and the vase on top of the shelf',
    steps: 540,
    goals: [
      { kind: 'placed', object: 'candle', target: 'shelf' },
      { kind: 'placed', object: 'vase', target: 'shelf' },
    ],
    things: (random) =>
      arrange(random, [
        { id: 'shelf', model: fixtureModel('wooden shelf'), region: { x: [0.2, 0.22], y: [-0.06, 0.06] }, yaw: [-0.1, 0.1] },
        { id: 'candle', model: objectModel('white candle'), region: NEAR },
        { id: 'vase', model: objectModel('turquoise vase'), region: NEAR },
        { ...grocery('red can'), region: NEAR },
        { ...grocery('red book'), region: NEAR },
      ]),
    instructions: {
      training: [
        'put both the candle and the vase on the shelf',
        'place the white candle and the turquoise vase on top of the shelf',
        'put the candle on the shelf, then the vase as well',
        'pick up the candle and put it on the shelf, and do the same with the vase',
      ],
      heldOut: [
        'the vase and the candle belong up on the shelf',
        'decorate the top of the shelf with the candle and the vase',
        'stand the candle and the vase side by side on the shelf',
      ],
    },
  },
];

/** Where the pan can be turned about */
const PAN: Region = { x: [-0.1, 0.05], y: [-0.12, 0.05] };
const IN_FRONT: Region = { x: [-0.2, -0.06], y: [-0.25, 0.25] };
const RIGHT: Region = { x: [-0.15, 0.15], y: [-0.28, 0] };
const NEAR: Region = { x: [-0.2, 0.05], y: [-0.25, 0.25] };

/** The ten tasks. */
export const LONG_TASKS: readonly Task[] = ERRANDS.map(({ name, things, goals, description, ...rest }) => ({
  ...rest,
  name: `long/${name}`,
  suite: 'long',
  description: `${description}; where everything stands differs`,
  arms: 1,
  setup: (random) => ({ things: things(random), goals }),
}));

function bothInBasket(one: string, other: string): Errand {
  return {
    name: `${one} and ${other} in basket`.replaceAll(' ', '-'),
    description: `Put both the ${one} and the ${other} into the basket`,
    steps: 480,
    goals: [one, other].map((object) => ({ kind: 'placed', object, target: 'basket' })),
    things: (random) =>
      arrange(random, [basket(), grocery(one), grocery(other), ...others(random, [one, other], 3 + random.integer(2))], 0.025),
    instructions: {
      training: [
        `put both the ${one} and the ${other} in the basket`,
        `place the ${one} and the ${other} in the basket`,
        `pick up the ${one} and put it in the basket, then do the same with the ${other}`,
        `put the ${one} and then the ${other} into the basket`,
      ],
      heldOut: [
        `the ${one} and the ${other} both go in the basket`,
        `drop the ${one} as well as the ${other} in the basket`,
        `would you add the ${one} and the ${other} to the basket?`,
      ],
    },
  };
}
