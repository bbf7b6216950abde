/** Things to put others on or in, or to operate, by name. Their fronts face −x: towards the robot, when they are not turned. */
import { unknownName } from '../../robot/names.ts';
import { bowl, plate, ramekin, saucer } from './fixtures/dishes.ts';
import { patterned, plain, walnut } from './fixtures/materials.ts';
import type { ObjectModel } from './model.ts';

const MAKERS: Readonly<Record<string, () => ObjectModel>> = {
  'white plate': () => plate(['white'], plain(0.93, 0.92, 0.89)),
  'black bowl': () => bowl(['black'], plain(0.13, 0.13, 0.14)),
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
