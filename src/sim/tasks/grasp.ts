/**
 * The universal grasping benchmark (appendix F of the paper): an object is to be put onto a plate, with few others around it, with many,
 * or with many in another room and light, from the objects to train with or from those that training never sees. Which object is told
 * by its name or by a mask over the first picture.
 */

import { MASK_COLOR_NAMES } from '../../robot/guides.ts';
import { unknownName } from '../../robot/names.ts';
import type { RandomStream } from '../../tensor/random.ts';
import { objectModel, objectNames, TRAINING_OBJECTS, UNSEEN_OBJECTS } from '../objects/catalogue.ts';
import { fixtureModel } from '../objects/fixtures.ts';
import type { ObjectModel } from '../objects/model.ts';
import { answersTo } from '../objects/names.ts';
import { mixedRoom } from '../perturbations/background.ts';
import { otherLight } from '../perturbations/light.ts';
import { STRONGEST } from '../perturbations/strength.ts';
import type { Room } from '../scene.ts';
import { arrange, type Placement, type Region, WORK_AREA } from './layout.ts';
import type { Instructions, Setup, Task } from './task.ts';

/** A setting. */
interface Setting {
  /** Fewest and most other objects */
  readonly others: readonly [number, number];
  /** Where the others are */
  readonly region: Region;
  /** Metres between things */
  readonly gap: number;
  /** Is the room another one, and its light? */
  readonly background?: boolean;
  readonly description: string;
}

/** Around the work area: what stands there need not be reached. */
const AROUND: Region = { x: [-0.16, 0.22], y: [-0.32, 0.32] };
const DENSE = { others: [8, 20], region: AROUND, gap: 0.01 } as const;

/** The benchmark's settings. The paper varies the background in dense layouts. */
const SETTINGS = {
  sparse: { others: [4, 8], region: WORK_AREA, gap: 0.03, description: '4 to 8 others around it' },
  dense: { ...DENSE, description: '8 to 20 others close to it' },
  background: { ...DENSE, background: true, description: '8 to 20 others close to it, in rooms and light that training never sees' },
} as const satisfies Readonly<Record<string, Setting>>;

/** Names of the settings. */
export const GRASP_SETTINGS = Object.keys(SETTINGS) as readonly (keyof typeof SETTINGS)[];

/** Which objects: those to train with, or those that training never sees. All objects of a scene are of the same set. */
const OBJECTS = { training: TRAINING_OBJECTS, unseen: UNSEEN_OBJECTS } as const;

/** Which of the benchmark's tasks. */
export interface GraspTaskOptions {
  readonly setting: keyof typeof SETTINGS;
  readonly objects: keyof typeof OBJECTS;
  /** The object that is always the one to be put onto the plate; another one each time unless given */
  readonly target?: string;
}

const INSTRUCTIONS: Instructions = {
  training: [
    'put the {object} on the plate',
    'put the {object} into the plate',
    'place the {object} on the plate',
    'move the {object} to the plate',
    'take the {object} and put it on the plate',
  ],
  heldOut: [
    'set the {object} down on the plate',
    'the {object} belongs on the plate',
    'could you lay the {object} onto the plate?',
    'get the {object} and leave it in the plate',
  ],
  mask: ['put the object with the {mask} mask into the plate'],
  maskHeldOut: ['place what the {mask} mask covers on the plate', 'the thing under the {mask} mask belongs on the plate'],
};

/** Metres around the object that is to be picked up, and around the plate */
const TARGET_GAP = 0.03;
const PLATE_GAP = 0.02;

/** A task of the benchmark. Throws when the target is not one of the objects. */
export function graspTask({ setting, objects, target }: GraspTaskOptions): Task {
  const names = OBJECTS[objects];
  if (target !== undefined && !names.includes(target)) throw unknownName(`${objects} object`, target, names);
  const { description } = SETTINGS[setting];
  const what = target === undefined ? `one of the ${names.length} ${objects} objects` : `the ${target}`;
  return {
    name: `grasp/${setting}-${(target ?? objects).replaceAll(' ', '-')}`,
    suite: 'grasp',
    description: `Put ${what} onto the plate, with ${description}`,
    arms: 1,
    steps: 300,
    instructions: INSTRUCTIONS,
    setup: (random) => drawSetup(random, SETTINGS[setting], names, target ?? (names[random.integer(names.length)] as string)),
  };
}

/** The benchmark's tasks: each setting, with the objects to train with and with unseen ones. */
export const GRASP_TASKS: readonly Task[] = GRASP_SETTINGS.flatMap((setting) =>
  (['training', 'unseen'] as const).map((objects) => graspTask({ setting, objects })),
);

const PLATE = 'white plate';

function drawSetup(random: RandomStream, setting: Setting, names: readonly string[], target: string): Setup {
  const [fewest, most] = setting.others;
  const mask = MASK_COLOR_NAMES[random.integer(MASK_COLOR_NAMES.length)] as string;
  const plate: Placement = { id: 'plate', model: fixtureModel(PLATE), gap: PLATE_GAP };
  const wanted: Placement = { id: target, model: objectModel(target), gap: TARGET_GAP };
  const count = fewest + random.integer(most - fewest + 1);
  const others = drawOthers(random, names, count, plate.model, wanted.model);
  // The largest first, as one packs a box.
  const placements = others
    .toSorted((a, b) => footprint(b) - footprint(a))
    .map((model) => ({ id: model.name, model, region: setting.region }));
  const things = arrange(random, [plate, wanted, ...placements], setting.gap);
  return {
    things,
    goals: [{ kind: 'placed', object: target, target: plate.id }],
    words: { object: target, mask },
    ...(setting.background && { room: otherRoom(random) }),
  };
}

/** Other objects, one of them of the target's category where there is one; none that could be meant by another one's name. */
function drawOthers(random: RandomStream, names: readonly string[], count: number, plate: ObjectModel, target: ObjectModel): ObjectModel[] {
  const found: ObjectModel[] = [];
  const shuffled = random.permutation(names.length).map((i) => names[i] as string);
  const similar = objectNames(target.category);
  const add = (candidates: readonly string[], most: number): void => {
    for (const name of candidates) {
      if (found.length >= most) return;
      const model = objectModel(name);
      if (isUnmistakable(model, [plate, target, ...found])) found.push(model);
    }
  };
  add(
    shuffled.filter((name) => similar.includes(name)),
    1,
  );
  add(shuffled, count);
  return found;
}

const isUnmistakable = (model: ObjectModel, others: readonly ObjectModel[]): boolean =>
  others.every((other) => !answersTo(model, other) && !answersTo(other, model));

const footprint = ({ bounds: [low, high] }: ObjectModel): number => (high[0] - low[0]) * (high[1] - low[1]);

/** A room of surfaces that training never sees, in quite another light. */
function otherRoom(random: RandomStream): Room {
  const room = mixedRoom(random);
  return { ...room, light: otherLight(room.light, STRONGEST, random) };
}
