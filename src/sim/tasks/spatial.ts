/**
 * After LIBERO-Spatial (Liu et al. 2023): two bowls that look alike; the one to put on the plate is told by where it is. What else there is
 * is always the same.
 */
import { length3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import type { RandomStream } from '../../tensor/random.ts';
import { fixtureModel } from '../objects/fixtures.ts';
import type { Thing } from '../scene.ts';
import { around, CLEAR_OF_DRAWERS, COUNTER, cabinet, contains, OPEN_DRAWER, round, stove } from './kitchen.ts';
import { arrange, type Placement, polar, type Region, type UponOptions, upon } from './layout.ts';
import type { Setup, Task } from './task.ts';

/** Where the bowl is that is meant. */
interface Spot {
  /** Of the task */
  readonly name: string;
  /** In words, and in others */
  readonly where: string;
  readonly again: string;
  /** What it is on or in, or where on the table it is, given what else there is */
  readonly at: (UponOptions & { readonly base: string }) | ((random: RandomStream, before: readonly Thing[]) => Region);
  /** The other bowl is so far from this thing (or from the middle of the table) that it cannot be meant: metres */
  readonly apart?: { readonly from: string; readonly by: number };
}

const SPOTS: readonly Spot[] = [
  {
    name: 'between-plate-and-ramekin',
    where: 'between the plate and the ramekin',
    again: 'that stands between the ramekin and the plate',
    at: (_, before) => {
      const [plate, ramekin] = [whereIs(before, 'plate'), whereIs(before, 'ramekin')];
      // As far from the edge of the one as from that of the other
      const share = 0.575;
      return around(plate[0] + share * (ramekin[0] - plate[0]), plate[1] + share * (ramekin[1] - plate[1]), 0.005);
    },
    apart: { from: 'ramekin', by: 0.25 },
  },
  { name: 'next-to-ramekin', where: 'next to the ramekin', again: 'right beside the ramekin', ...nextTo('ramekin', 0.125) },
  {
    name: 'in-table-center',
    where: 'in the center of the table',
    again: 'in the middle of the table',
    at: () => around(...CENTER, 0.03),
    apart: { from: 'table', by: 0.22 },
  },
  { name: 'on-coaster', where: 'on the cork coaster', again: 'standing on top of the coaster', at: { base: 'coaster' } },
  {
    name: 'in-top-drawer',
    where: 'in the top drawer of the wooden cabinet',
    again: 'inside the open drawer',
    at: { base: 'cabinet', part: 'top drawer', spread: 0 },
  },
  { name: 'on-ramekin', where: 'on the ramekin', again: 'standing on top of the ramekin', at: { base: 'ramekin', spread: 0 } },
  { name: 'next-to-coaster', where: 'next to the cork coaster', again: 'right beside the coaster', ...nextTo('coaster', 0.135) },
  { name: 'on-stove', where: 'on the stove', again: 'on the hot plate of the stove', at: { base: 'stove' } },
  { name: 'next-to-plate', where: 'next to the plate', again: 'right beside the plate', ...nextTo('plate', 0.175) },
  { name: 'on-cabinet', where: 'on the wooden cabinet', again: 'up on top of the cabinet', at: { base: 'cabinet', spread: 0.3 } },
];

/** The middle of the table */
const CENTER = [0, -0.05] as const;

function whereIs(things: readonly Thing[], id: string): Vec3 {
  const thing = things.find((one) => one.id === id);
  return thing ? [thing.pose.position[0], thing.pose.position[1], 0] : [...CENTER, 0];
}

/** So far from something, on any side of it. */
function nextTo(from: string, distance: number): Pick<Spot, 'at' | 'apart'> {
  return {
    at: (random, before) => {
      const [x, y] = whereIs(before, from);
      return around(...polar(x, y, distance, 2 * Math.PI * random.uniform()), 0.005);
    },
    apart: { from, by: distance + 0.1 },
  };
}

/** The ten tasks. */
export const SPATIAL_TASKS: readonly Task[] = SPOTS.map((spot) => ({
  name: `spatial/bowl-${spot.name}`,
  suite: 'spatial',
  description: `Put the black bowl ${spot.where} on the plate, not the other one; where everything stands differs`,
  arms: 1,
  steps: 270,
  instructions: instructionsFor(spot),
  setup: (random) => drawSetup(random, spot),
}));

function instructionsFor({ where, again }: Spot): Task['instructions'] {
  return {
    training: [
      `pick up the black bowl ${where} and place it on the plate`,
      `take the black bowl ${where} and put it on the plate`,
      `put the black bowl that is ${where} onto the plate`,
      `move the black bowl ${where} to the plate`,
    ],
    heldOut: [
      `grab the black bowl ${where} and set it down on the plate`,
      `the black bowl ${where} belongs on the plate`,
      `could you get the black bowl ${again} and leave it on the plate?`,
      `there is a black bowl ${again}: lay it onto the plate`,
    ],
  };
}

/** Where the other bowl is: mostly on the table. */
const ELSEWHERE = [undefined, undefined, undefined, 'stove', 'cabinet'] as const;

function drawSetup(random: RandomStream, { at, apart }: Spot): Setup {
  const model = fixtureModel('black bowl');
  const [base, open] = typeof at === 'function' ? [] : [at.base, at.part];
  const drawn = ELSEWHERE[random.integer(ELSEWHERE.length)];
  const elsewhere = drawn === base ? undefined : drawn;
  const region = open === undefined ? COUNTER : CLEAR_OF_DRAWERS;
  const dish = (id: string, name: string): Placement =>
    // What carries a bowl needs as much room as the bowl.
    round(id, fixtureModel(name), { region, gap: id === base ? 0.05 : 0 });
  const things = arrange(
    random,
    [
      cabinet(open === undefined ? {} : { [open]: OPEN_DRAWER }),
      stove(),
      dish('plate', 'white plate'),
      dish('ramekin', 'ramekin'),
      dish('coaster', 'cork coaster'),
      ...(typeof at === 'function' ? [round('bowl', model, { region: (before) => at(random, before) })] : []),
      ...(elsewhere ? [] : [round('bowl 2', model, { region })]),
    ],
    0.02,
    (placed) => {
      const other = placed.find(({ id }) => id === 'bowl 2');
      const isFar = !other || !apart || length3(subtract3(whereIs([other], other.id), whereIs(placed, apart.from))) >= apart.by;
      return isFar && placed.every(({ id, pose }) => id !== 'bowl' || contains(COUNTER, pose.position));
    },
  );
  const thing = (id: string): Thing => things.find((one) => one.id === id) as Thing;
  return {
    things: [
      ...things,
      ...(typeof at === 'function' ? [] : [upon(random, { id: 'bowl', model }, thing(at.base), at)]),
      ...(elsewhere ? [upon(random, { id: 'bowl 2', model }, thing(elsewhere))] : []),
    ],
    goals: [{ kind: 'placed', object: 'bowl', target: 'plate' }],
  };
}
