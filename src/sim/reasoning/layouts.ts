/**
 * Scenes to ask about that are no tasks: several layouts of one cast of things, in one room. Because the same things come and go, change
 * places, and are there once or several times, what is asked of one layout often has another answer in the next (see `balance.ts`).
 */
import type { RandomStream } from '../../tensor/random.ts';
import { objectModel, TRAINING_OBJECTS, UNSEEN_OBJECTS } from '../objects/catalogue.ts';
import { FIXTURE_NAMES, fixtureModel } from '../objects/fixtures.ts';
import type { ObjectModel } from '../objects/model.ts';
import { armsOf, type SimRobot } from '../robots.ts';
import { HELD_OUT_ROOMS, TRAINING_ROOMS } from '../rooms.ts';
import type { Scene, Thing } from '../scene.ts';
import { arrange, overlap, type Placement, type Region } from '../tasks/layout.ts';
import { grouped, pick, range, shuffled } from './lists.ts';
import { BRIGHT, colorOf } from './names.ts';
import type { Split } from './sample.ts';

/** Where things are put: what the head's camera sees of the table. */
const AREA: Region = { x: [-0.16, 0.2], y: [-0.3, 0.3] };
/** Where furniture stands: at the back, facing the robot. */
const BACK: Region = { x: [0.2, 0.26], y: [-0.28, 0.28] };

/** The rooms of a split. */
export const roomsOf = (split: Split): readonly Scene['room'][] => (split === 'training' ? TRAINING_ROOMS : HELD_OUT_ROOMS);

/** The things of a split that can be grasped: those of the catalogue, and in training also blocks and other fixtures. */
export function graspables(split: Split): ObjectModel[] {
  if (split === 'heldOut') return UNSEEN_OBJECTS.map(objectModel);
  return [...TRAINING_OBJECTS.map(objectModel), ...fixtures().filter(({ category }) => category !== 'fixture')];
}

/** Things that others can be put on or in, and that can be moved. Both splits have them, and furniture. */
export const containers = (): ObjectModel[] =>
  fixtures().filter(({ category, fixed, places = [] }) => category === 'fixture' && !fixed && places.length > 0);

const furniture = (): ObjectModel[] => fixtures().filter(({ fixed }) => fixed);
const fixtures = (): ObjectModel[] => FIXTURE_NAMES.map(fixtureModel);

/** Draws so many layouts of one cast. */
export function drawLayouts(random: RandomStream, split: Split, robot: SimRobot, count: number): Scene[] {
  const room = pick(roomsOf(split), random);
  const cast = drawCast(random, split);
  return shuffled(range(count), random).map((number) => ({
    things: drawThings(random, cast, number),
    room,
    start: drawStart(random, robot),
  }));
}

/** Who may appear. */
interface Cast {
  /** Things of one kind or colour: one or more of them are there */
  readonly counted: readonly ObjectModel[];
  /** Of one kind and different colours: exactly one is there */
  readonly variants: readonly ObjectModel[];
  /** Each is there or not */
  readonly others: readonly ObjectModel[];
  /** Each is there or not, perhaps with something on or in it */
  readonly containers: readonly ObjectModel[];
  /** Stands at the back, its parts anywhere in their ranges */
  readonly furniture: ObjectModel | undefined;
}

/** Things of one group, at most */
const LARGEST_GROUP = 4;

function drawCast(random: RandomStream, split: Split): Cast {
  const objects = graspables(split);
  const variants = drawVariants(random, [...objects, ...containers()]);
  const counted = drawGroup(random, objects);
  const used = new Set([...variants, ...counted]);
  return {
    counted,
    variants,
    others: shuffled(
      objects.filter((model) => !used.has(model)),
      random,
    ).slice(0, 4),
    containers: shuffled(
      containers().filter((model) => !used.has(model)),
      random,
    ).slice(0, 2),
    furniture: random.uniform() < 0.35 ? pick(furniture(), random) : undefined,
  };
}

/** Up to three of one kind in different colours. */
function drawVariants(random: RandomStream, models: readonly ObjectModel[]): ObjectModel[] {
  const kinds = groups(models, (model) => (colorOf(model) === undefined ? undefined : model.noun));
  const several = kinds.filter((kind) => new Set(kind.map(colorOf)).size > 1);
  if (several.length === 0) return [];
  return shuffled(pick(several, random), random).slice(0, 3);
}

/** So many of one kind, or of one colour; some may be of one model. */
function drawGroup(random: RandomStream, models: readonly ObjectModel[]): ObjectModel[] {
  const byColor = random.uniform() < 0.5;
  const group = pick(
    groups(models, (model) => (byColor ? BRIGHT.find((color) => color === colorOf(model)) : model.noun)),
    random,
  );
  const order = shuffled(group, random);
  return range(LARGEST_GROUP).map((i) => order[i % order.length] as ObjectModel);
}

/** What has the same key, together; what has none is left out. */
function groups(models: readonly ObjectModel[], key: (model: ObjectModel) => string | undefined): ObjectModel[][] {
  return [...grouped(models, key)].flatMap(([name, group]) => (name === undefined ? [] : [group]));
}

function drawThings(random: RandomStream, { counted, variants, others, containers, furniture }: Cast, number: number): Thing[] {
  const some = (models: readonly ObjectModel[], share: number): ObjectModel[] => models.filter(() => random.uniform() < share);
  const variant = variants[number % Math.max(variants.length, 1)];
  const small = [...counted.slice(0, 1 + (number % LARGEST_GROUP)), ...(variant ? [variant] : []), ...some(others, 0.6)];
  const large = some(containers, 0.75);
  const placements: Placement[] = [
    ...(furniture ? [{ ...named([], furniture), region: BACK, yaw: [-0.2, 0.2] as const, joints: drawJoints(random, furniture) }] : []),
    ...large.map((model) => ({ ...named([], model), region: AREA })),
  ];
  for (const model of small) placements.push({ ...named(placements, model), region: AREA });
  return putTogether(random, fitting(random, placements));
}

/** A placement with an id of its own. */
function named(others: readonly Placement[], model: ObjectModel): Placement {
  const same = others.filter((other) => other.model.name === model.name).length;
  return { id: same === 0 ? model.name : `${model.name} ${same + 1}`, model };
}

/** Metres between things, and draws of a place before a thing is left out */
const [GAP, TRIES] = [0.02, 30];

/** What stands already, and those of the placements for which there is room, the first ones first. */
export function fitting(random: RandomStream, placements: readonly Placement[], standing: readonly Thing[] = []): Thing[] {
  const things = [...standing];
  for (const placement of placements) {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const [thing] = arrange(random, [placement]) as [Thing];
      if (things.some((other) => overlap(thing, other, GAP))) continue;
      things.push(thing);
      break;
    }
  }
  return things;
}

/** Open, closed or in between. */
function drawJoints(random: RandomStream, { parts = [] }: ObjectModel): Record<string, number> {
  const shares = [0, 0, 1, 1, 0.5];
  return Object.fromEntries(parts.map(({ name, joint: { range } }) => [name, range[0] + pick(shares, random) * (range[1] - range[0])]));
}

/** Puts some of the small things on or into the large ones, or on each other: onto any place that is wide enough and still free. */
function putTogether(random: RandomStream, things: readonly Thing[]): Thing[] {
  const taken = new Set<string>();
  return things.map((thing) => {
    const wide = widthOf(thing.model) / 2;
    if (thing.model.fixed || thing.model.category === 'fixture' || taken.has(thing.id) || random.uniform() > 0.35) return thing;
    const hosts = things.flatMap((host) =>
      (host.model.places ?? []).flatMap((place) =>
        host.id !== thing.id && !taken.has(host.id) && host.pose.position[2] < 0.01 && Math.min(...place.extent) + 0.02 > wide
          ? [{ host, place }]
          : [],
      ),
    );
    if (hosts.length === 0) return thing;
    const { host, place } = pick(hosts, random);
    taken.add(host.id);
    taken.add(thing.id);
    const [x, y, z] = place.position;
    const offset = (extent: number): number => (random.uniform() - 0.5) * Math.max(extent - wide, 0);
    const [dx, dy] = [x + offset(place.extent[0]), y + offset(place.extent[1])];
    const { position: at, rotation: r } = host.pose;
    return {
      ...thing,
      pose: {
        position: [at[0] + r[0] * dx + r[1] * dy, at[1] + r[3] * dx + r[4] * dy, at[2] + z + 0.003] as const,
        rotation: thing.pose.rotation,
      },
    };
  });
}

/** The longer side of what a model covers of the table, metres. */
export const widthOf = ({ bounds: [low, high] }: ObjectModel): number => Math.max(high[0] - low[0], high[1] - low[1]);

/** Joints somewhere around home. */
function drawStart(random: RandomStream, robot: SimRobot): NonNullable<Scene['start']> {
  return Object.fromEntries(
    armsOf(robot).map((arm) => [arm, (robot.home[arm] as readonly number[]).map((joint) => joint + 0.16 * (random.uniform() - 0.5))]),
  );
}
