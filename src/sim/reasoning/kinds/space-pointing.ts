/** Points in free space: on the table beside, between or apart from things, or in what things can be put into. */
import { relativePose } from '../../../robot/se3.ts';
import type { Vec3 } from '../../../robot/vectors.ts';
import type { RandomStream } from '../../../tensor/random.ts';
import { unproject } from '../../render/camera.ts';
import { type Phrases, say } from '../english.ts';
import { distanceTo, footprintsOf } from '../footprints.ts';
import { alongTable } from '../frames.ts';
import { pick, shuffled } from '../lists.ts';
import type { Moment } from '../moment.ts';
import { namesIn } from '../names.ts';
import type { Point2d } from '../sample.ts';
import { isClear, type Sight } from '../sight.ts';
import type { ThingNow } from '../things.ts';
import { type Asks, pixelsOf } from './asked.ts';

const FREE: Phrases = {
  training: [
    'Point to free places on the table.',
    'Where on the table could something be put down? Answer with points.',
    'Find vacant spots on the table.',
  ],
  heldOut: ['Which places of the table are empty?'],
};
const BESIDE: Phrases = {
  training: [
    'Point to a free place on the table {side} the {a}.',
    'Where is free space {side} the {a}? Answer with points.',
    'Find a vacant spot {side} the {a}.',
  ],
  heldOut: ['Something is to be put down {side} the {a}: where?'],
};
const BETWEEN: Phrases = {
  training: ['Point to the free space between the {a} and the {b}.', 'Find a vacant spot between the {a} and the {b}.'],
  heldOut: ['Something is to be put down between the {a} and the {b}: where?'],
};
const WITHIN: Phrases = {
  training: [
    'Point to a free place {kind} the {a}.',
    'Where {kind} the {a} is there room? Answer with points.',
    'Find a spot {kind} the {a} where something could be put.',
  ],
  heldOut: ['Something is to be put {kind} the {a}: where exactly?'],
};

/** What lies nearer to a thing is not free; and a place beside something is no further from it. Metres */
const [CLEARANCE, BESIDE_AT_MOST] = [0.015, 0.12];
/** The part of the table that robots reach, and a bit more: half sides, metres */
const REACH = { x: 0.3, y: 0.42 };
/** Pixels between places that are looked at, and to the edge of the picture; and points of an answer, which are so far apart */
const [GRID, EDGE, MOST_POINTS, APART] = [5, 3, 3, 18];
/** Places there must be, for an answer to be more than a needle's head */
const FEWEST = 3;

/** A place that is seen. */
interface Spot {
  readonly pixel: Point2d;
  readonly place: Vec3;
  /** Of the nearest outline of a thing, metres */
  readonly clearance: number;
}

/** Asks for free places. */
export const spacePointing: Asks = (moment, sight, split, random) => {
  const free = freeSpots(moment, sight, random);
  const questions = [
    ...(free.length > 0 ? [() => ({ phrases: FREE, slots: {}, label: 'free place', spots: free })] : []),
    () => beside(moment, sight, free, random),
    () => between(moment, sight, free, random),
    () => within(moment, sight, random),
  ];
  for (const make of shuffled(questions, random)) {
    const made = make();
    if (!made || made.spots.length < FEWEST) continue;
    const { phrases, slots, label, spots } = made;
    const points = apart(spots, random).map(({ pixel }) => ({ point: pixel, label }));
    return { pictures: [pixelsOf(sight)], question: say(phrases, split, random, slots), answer: { kind: 'space-pointing', points } };
  }
  return undefined;
};

/** A question that could be asked. */
interface Wanted {
  readonly phrases: Phrases;
  readonly slots: Readonly<Record<string, string>>;
  readonly label: string;
  readonly spots: readonly Spot[];
}

/** Seen places of the table that nothing stands on, near or over. */
function freeSpots({ things }: Moment, { camera, picture, room }: Sight, random: RandomStream): Spot[] {
  const { width, height, depth, segmentation } = picture;
  const footprints = things.flatMap(footprintsOf);
  const [dx, dy] = [random.integer(GRID), random.integer(GRID)];
  const spots: Spot[] = [];
  for (let y = EDGE + dy; y < height - EDGE; y += GRID) {
    for (let x = EDGE + dx; x < width - EDGE; x += GRID) {
      const at = y * width + x;
      if (segmentation[at] !== room) continue;
      const place = unproject(camera, width, height, x + 0.5, y + 0.5, depth[at] as number);
      if (Math.abs(place[2]) > 0.004 || Math.abs(place[0]) > REACH.x || Math.abs(place[1]) > REACH.y) continue;
      const clearance = Math.min(1, ...footprints.map((footprint) => distanceTo(footprint, place)));
      if (clearance > CLEARANCE) spots.push({ pixel: [x + 0.5, y + 0.5], place, clearance });
    }
  }
  return spots;
}

const SIDES = ['to the left of', 'to the right of', 'in front of', 'behind'] as const;

/** Left, right, before or behind a thing, as the camera sees it. */
function beside(moment: Moment, sight: Sight, free: readonly Spot[], random: RandomStream): Wanted | undefined {
  const named = standing(moment, sight);
  if (named.length === 0) return undefined;
  const { thing, name } = pick(named, random);
  const side = pick(SIDES, random);
  const footprints = footprintsOf(thing);
  const origin = alongTable(sight.camera, thing.middle);
  if (!origin) return undefined;
  const spots = free.filter(({ place }) => {
    const [px, py] = alongTable(sight.camera, place) as readonly [number, number];
    const [right, away] = [px - origin[0], py - origin[1]];
    const along = { 'to the left of': -right, 'to the right of': right, 'in front of': -away, behind: away }[side];
    const across = side === 'to the left of' || side === 'to the right of' ? away : right;
    return (
      along > 0 &&
      Math.abs(across) < 0.6 * along &&
      Math.min(...footprints.map((footprint) => distanceTo(footprint, place))) < BESIDE_AT_MOST
    );
  });
  return { phrases: BESIDE, slots: { side, a: name }, label: `free place ${side} the ${name}`, spots };
}

/** In the middle between two things. */
function between(moment: Moment, sight: Sight, free: readonly Spot[], random: RandomStream): Wanted | undefined {
  const [first, second] = shuffled(standing(moment, sight), random);
  if (!first || !second) return undefined;
  const [a, b] = [first.thing.middle, second.thing.middle];
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const spots = free.filter(({ place: [x, y] }) => {
    const share = ((x - a[0]) * dx + (y - a[1]) * dy) / Math.max(length, 1e-9);
    const [ox, oy] = [x - a[0] - share * dx, y - a[1] - share * dy];
    return share > 0.25 && share < 0.75 && ox * ox + oy * oy < 0.04 * 0.04;
  });
  return {
    phrases: BETWEEN,
    slots: { a: first.name, b: second.name },
    label: `free place between the ${first.name} and the ${second.name}`,
    spots,
  };
}

/** On or in something, where nothing is yet. */
function within(moment: Moment, sight: Sight, random: RandomStream): Wanted | undefined {
  const hosts = nameable(moment, sight).flatMap(({ thing, name }) => (thing.model.places ?? []).map((place) => ({ thing, name, place })));
  if (hosts.length === 0) return undefined;
  const { thing, name, place } = pick(hosts, random);
  const { width, height, depth, segmentation } = sight.picture;
  const { ids, box } = sight.seen.get(thing.id) as { ids: readonly number[]; box: readonly [number, number, number, number] };
  const others = moment.things.filter(({ id }) => id !== thing.id).flatMap(footprintsOf);
  const spots: Spot[] = [];
  for (let y = Math.max(box[1] + 1, EDGE); y < Math.min(box[3], height - EDGE); y += 3) {
    for (let x = Math.max(box[0] + 1, EDGE); x < Math.min(box[2], width - EDGE); x += 3) {
      const at = y * width + x;
      if (!ids.includes(segmentation[at] as number)) continue;
      const point = unproject(sight.camera, width, height, x + 0.5, y + 0.5, depth[at] as number);
      const local = relativePose(thing.pose, { position: point, rotation: thing.pose.rotation }).position;
      const [lx, ly, lz] = [local[0] - place.position[0], local[1] - place.position[1], local[2] - place.position[2]];
      if (Math.abs(lx) > place.extent[0] || Math.abs(ly) > place.extent[1] || Math.abs(lz) > 0.006) continue;
      const clearance = Math.min(1, ...others.map((footprint) => distanceTo(footprint, point)));
      if (clearance > CLEARANCE) spots.push({ pixel: [x + 0.5, y + 0.5], place: point, clearance });
    }
  }
  return { phrases: WITHIN, slots: { kind: place.kind, a: name }, label: `free place ${place.kind} the ${name}`, spots };
}

/** What stands on the table. */
const standing = (moment: Moment, sight: Sight): { thing: ThingNow; name: string }[] =>
  nameable(moment, sight).filter(({ thing }) => thing.model.fixed || moment.supports.get(thing.id)?.on === 'table');

function nameable(moment: Moment, sight: Sight): { thing: ThingNow; name: string }[] {
  return moment.things.flatMap((thing) => {
    const [name] = isClear(sight.seen.get(thing.id)) ? namesIn(moment, sight, thing) : [];
    return name === undefined ? [] : [{ thing, name }];
  });
}

/** A few spots that are well apart, those with the most room first. */
function apart(spots: readonly Spot[], random: RandomStream): Spot[] {
  const chosen: Spot[] = [];
  const order = shuffled(spots, random).toSorted((a, b) => Math.min(b.clearance, 0.04) - Math.min(a.clearance, 0.04));
  for (const spot of order) {
    const far = chosen.every(({ pixel: [x, y] }) => Math.abs(x - spot.pixel[0]) + Math.abs(y - spot.pixel[1]) > APART);
    if (far) chosen.push(spot);
    if (chosen.length === MOST_POINTS) break;
  }
  return chosen;
}
