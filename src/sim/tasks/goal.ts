/** After LIBERO-Goal (Liu et al. 2023): always the same things, and each time something else to do with them. */
import type { RandomStream } from '../../tensor/random.ts';
import type { Goal } from '../goals.ts';
import { objectModel } from '../objects/catalogue.ts';
import { fixtureModel } from '../objects/fixtures.ts';
import type { Thing } from '../scene.ts';
import { CLEAR_OF_DRAWERS, COUNTER, cabinet, round, stove } from './kitchen.ts';
import { arrange, type Region } from './layout.ts';
import type { Task } from './task.ts';

/** What is to be done. */
interface Errand extends Pick<Task, 'description' | 'steps' | 'instructions'> {
  readonly name: string;
  readonly goals: readonly Goal[];
  /** Where the plate is, and the things that are not fixed: anywhere on the counter by default */
  readonly regions?: { readonly plate?: Region; readonly others?: Region };
}

const ERRANDS: readonly Errand[] = [
  {
    name: 'open-middle-drawer',
    description: 'Open the middle drawer of the cabinet',
    steps: 210,
    goals: [{ kind: 'joint', object: 'cabinet', part: 'middle drawer', to: 'upper' }],
    regions: { plate: CLEAR_OF_DRAWERS, others: CLEAR_OF_DRAWERS },
    instructions: {
      training: [
        'open the middle drawer of the cabinet',
        'pull the middle drawer open',
        'pull out the middle drawer of the wooden cabinet',
        'open the middle drawer',
      ],
      heldOut: [
        'slide the drawer in the middle of the cabinet out',
        'get the middle drawer open',
        'the middle one of the drawers should be open',
      ],
    },
  },
  {
    name: 'bowl-on-stove',
    description: 'Put the bowl on the stove',
    steps: 240,
    goals: [{ kind: 'placed', object: 'bowl', target: 'stove' }],
    instructions: {
      training: [
        'put the bowl on the stove',
        'place the black bowl on the stove',
        'pick up the bowl and put it on the stove',
        'move the bowl onto the stove',
      ],
      heldOut: [
        'set the bowl down on the hot plate',
        'the black bowl goes on the stove',
        'carry the bowl over to the stove and leave it there',
      ],
    },
  },
  {
    name: 'bottle-on-cabinet',
    description: 'Put the bottle on top of the cabinet',
    steps: 300,
    goals: [{ kind: 'placed', object: 'bottle', target: 'cabinet' }],
    instructions: {
      training: [
        'put the bottle on top of the cabinet',
        'place the green bottle on the cabinet',
        'pick up the bottle and put it on top of the wooden cabinet',
        'move the bottle to the top of the cabinet',
      ],
      heldOut: [
        'stand the bottle up on the cabinet',
        'the green bottle belongs on top of the cabinet',
        'lift the bottle onto the wooden cabinet',
      ],
    },
  },
  {
    name: 'bowl-in-top-drawer',
    description: 'Open the top drawer and put the bowl into it',
    steps: 540,
    goals: [
      { kind: 'joint', object: 'cabinet', part: 'top drawer', to: 'upper' },
      { kind: 'placed', object: 'bowl', target: 'cabinet', part: 'top drawer' },
    ],
    regions: { others: CLEAR_OF_DRAWERS },
    instructions: {
      training: [
        'open the top drawer and put the bowl inside',
        'open the top drawer of the cabinet and place the bowl in it',
        'pull the top drawer open, then put the black bowl in',
        'put the bowl in the top drawer, which you have to open first',
      ],
      heldOut: [
        'slide the uppermost drawer out and set the bowl down in it',
        'the black bowl belongs in the top drawer: open it and drop the bowl in',
        'get the top drawer open and store the bowl there',
      ],
    },
  },
  {
    name: 'bowl-on-cabinet',
    description: 'Put the bowl on top of the cabinet',
    steps: 300,
    goals: [{ kind: 'placed', object: 'bowl', target: 'cabinet' }],
    instructions: {
      training: [
        'put the bowl on top of the cabinet',
        'place the black bowl on the cabinet',
        'pick up the bowl and put it on top of the wooden cabinet',
        'move the bowl to the top of the cabinet',
      ],
      heldOut: [
        'set the bowl down up on the cabinet',
        'the black bowl belongs on top of the cabinet',
        'lift the bowl onto the wooden cabinet',
      ],
    },
  },
  {
    name: 'plate-in-front-of-stove',
    description: 'Push the plate along the table to the front of the stove',
    steps: 360,
    goals: [{ kind: 'beside', object: 'plate', target: 'stove', side: 'front', within: 0.36 }],
    // Nothing is in its way.
    regions: { plate: { x: [-0.2, -0.12], y: [-0.06, 0.04] }, others: { x: [0.03, 0.18], y: [-0.16, 0.04] } },
    instructions: {
      training: [
        'push the plate to the front of the stove',
        'push the plate in front of the stove',
        'slide the plate to the front of the stove',
        'move the plate to the front of the stove by pushing it',
      ],
      heldOut: [
        'shove the plate over until it is in front of the stove',
        'the plate should be before the stove: push it there',
        'nudge the white plate along to the front of the stove',
      ],
    },
  },
  {
    name: 'box-in-bowl',
    description: 'Put the box into the bowl',
    steps: 240,
    goals: [{ kind: 'placed', object: 'box', target: 'bowl' }],
    instructions: {
      training: [
        'put the box in the bowl',
        'place the brown box in the bowl',
        'pick up the box and put it into the black bowl',
        'move the brown box into the bowl',
      ],
      heldOut: ['drop the box in the bowl', 'the brown box goes into the bowl', 'fill the bowl with the little box'],
    },
  },
  {
    name: 'turn-on-stove',
    description: 'Turn the knob of the stove',
    steps: 240,
    goals: [{ kind: 'joint', object: 'stove', part: 'knob', to: 'upper' }],
    instructions: {
      training: ['turn on the stove', 'turn the stove on', 'switch on the stove', 'turn the knob of the stove'],
      heldOut: ['get the stove going', 'twist the knob so that the stove is on', 'the stove should be on'],
    },
  },
  {
    name: 'bowl-on-plate',
    description: 'Put the bowl on the plate',
    steps: 240,
    goals: [{ kind: 'placed', object: 'bowl', target: 'plate' }],
    instructions: {
      training: [
        'put the bowl on the plate',
        'place the black bowl on the plate',
        'pick up the bowl and put it on the white plate',
        'move the bowl onto the plate',
      ],
      heldOut: ['set the bowl down on the plate', 'the black bowl goes on the plate', 'the plate is where the bowl belongs'],
    },
  },
  {
    name: 'bottle-on-rack',
    description: 'Put the bottle on the rack',
    steps: 240,
    goals: [{ kind: 'placed', object: 'bottle', target: 'rack' }],
    instructions: {
      training: [
        'put the bottle on the rack',
        'place the green bottle on the wine rack',
        'pick up the bottle and put it on the rack',
        'move the bottle onto the wine rack',
      ],
      heldOut: ['stand the bottle on the rack', 'the green bottle belongs on the rack', 'the rack is the place for the bottle'],
    },
  },
];

/** The ten tasks. */
export const GOAL_TASKS: readonly Task[] = ERRANDS.map(({ name, goals, regions = {}, description, ...rest }) => ({
  ...rest,
  name: `goal/${name}`,
  suite: 'goal',
  description: `${description}; where everything stands differs`,
  arms: 1,
  setup: (random) => ({ things: drawThings(random, regions), goals }),
}));

function drawThings(random: RandomStream, { plate = COUNTER, others = COUNTER }: NonNullable<Errand['regions']>): Thing[] {
  return arrange(
    random,
    [
      cabinet(),
      stove(),
      { id: 'rack', model: fixtureModel('wine rack'), region: { x: [0.24, 0.26], y: [0.02, 0.08] }, yaw: [-0.1, 0.1] },
      round('plate', fixtureModel('white plate'), { region: plate }),
      round('bowl', fixtureModel('black bowl'), { region: others }),
      round('bottle', objectModel('green bottle'), { region: others }),
      { id: 'box', model: objectModel('brown box'), region: others },
    ],
    0.025,
  );
}
