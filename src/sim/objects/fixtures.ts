/**
 * Things to put others on or in, or to operate, by name; and blocks to build with. Their fronts face −x: towards the robot, when they
 * are not turned.
 */
import { unknownName } from '../../robot/names.ts';
import { chest, microwave, stove } from './household/appliances.ts';
import { cube, longBlock } from './household/blocks.ts';
import { cabinet } from './household/cabinet.ts';
import { basket, breadBasket, caddy, coaster, cuttingBoard, mat, shoeBox, tray } from './household/containers.ts';
import { pan, pot } from './household/cookware.ts';
import { bin, bowl, plate, ramekin, saucer } from './household/dishes.ts';
import { baguette, rollingPin } from './household/long.ts';
import { beech, looking, oak, plain, straw, walnut, wicker } from './household/materials.ts';
import { mugTree, scales, shelf, wineRack } from './household/stands.ts';
import type { ObjectModel } from './model.ts';

const MAKERS: Readonly<Record<string, () => ObjectModel>> = {
  'white plate': () => plate(['white'], looking('white'), plain(0.45, 0.6, 0.78)),
  'blue plate': () => plate(['blue'], looking('blue'), looking('white')),
  'red plate': () => plate(['red'], looking('red'), looking('white')),
  'wooden plate': () => plate(['wooden'], looking('wooden'), walnut()),
  'black bowl': () => bowl(['black'], plain(0.13, 0.13, 0.14)),
  'white bowl': () => bowl(['white'], looking('white')),
  'blue bowl': () => bowl(['blue'], looking('blue')),
  'striped bowl': () => bowl(['striped'], looking('striped', 'orange')),
  ramekin: () => ramekin(plain(0.86, 0.79, 0.66)),
  saucer: () => saucer(plain(0.93, 0.9, 0.82), plain(0.55, 0.3, 0.2)),
  'cork coaster': () => coaster(['cork'], looking('cork'), plain(0.72, 0.54, 0.36)),
  'blue mat': () => mat(['blue'], looking('blue'), plain(0.07, 0.16, 0.5)),
  'red mat': () => mat(['red'], looking('red'), plain(0.5, 0.06, 0.06)),
  tray: () => tray(oak()),
  'cutting board': () => cuttingBoard(beech()),
  basket: () => basket(wicker()),
  'bread basket': () => breadBasket(straw()),
  'shoe box': () => shoeBox(plain(0.78, 0.62, 0.43)),
  'desk caddy': () => caddy(beech()),
  'grey bin': () => bin(['grey'], looking('grey')),
  'wooden cabinet': () => cabinet(['wooden'], 3, { body: oak(), front: walnut(), handle: plain(0.85, 0.65, 0.2) }),
  'white cabinet': () => cabinet(['white'], 2, { body: looking('white'), front: plain(0.86, 0.87, 0.88), handle: plain(0.35, 0.36, 0.38) }),
  'wooden chest': () => chest(oak(), plain(0.2, 0.18, 0.16)),
  stove,
  microwave,
  'wine rack': () => wineRack(beech()),
  'wooden shelf': () => shelf(oak()),
  'mug tree': () => mugTree(beech()),
  'kitchen scales': scales,
  'cooking pot': () => pot(looking('steel'), plain(0.16, 0.16, 0.17)),
  'frying pan': () => pan(plain(0.17, 0.17, 0.18), plain(0.36, 0.2, 0.11)),
  'red block': () => cube('red', looking('red')),
  'green block': () => cube('green', looking('green')),
  'blue block': () => cube('blue', looking('blue')),
  'yellow block': () => cube('yellow', looking('yellow')),
  'long red block': () => longBlock('red', looking('red')),
  'rolling pin': () => rollingPin(beech(), plain(0.75, 0.13, 0.12)),
  baguette: () => baguette(plain(0.8, 0.53, 0.22), plain(0.95, 0.84, 0.6)),
};

/** Names of all fixtures. */
export const FIXTURE_NAMES: readonly string[] = Object.keys(MAKERS);

const made = new Map<string, ObjectModel>();

/** A fixture by its name, always the same object. Throws when there is none of that name. */
export function fixtureModel(name: string): ObjectModel {
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (!make) throw unknownName('fixture', name, FIXTURE_NAMES);
  const model = made.get(name) ?? make();
  made.set(name, model);
  return model;
}
