/** What can be pointed at in a picture: things, all of a kind, parts, and things that are told by where they are. */
import { bodyName } from '../../mjcf.ts';
import { plural } from '../english.ts';
import { contents } from '../facts/scene.ts';
import { grouped } from '../lists.ts';
import type { Moment } from '../moment.ts';
import { candidates, colorOf, fullName, namesIn, noDoubt } from '../names.ts';
import { isClear, type Seen, type Sight } from '../sight.ts';
import { colorsAround } from '../surroundings.ts';
import type { ThingNow } from '../things.ts';

/** One thing or part that can be pointed at. */
export interface Shown {
  readonly thing: ThingNow;
  readonly seen: Seen;
}

/** What is asked for: `words` follow `the`; what is shown is all that they can mean. */
export interface Target {
  readonly words: string;
  /** What each of what is shown is called, in labels */
  readonly label: string;
  readonly shown: readonly Shown[];
}

/** Single things by their names. */
export function namedThings(moment: Moment, sight: Sight): Target[] {
  return moment.things.flatMap((thing) => {
    const seen = sight.seen.get(thing.id);
    if (!isClear(seen)) return [];
    return namesIn(moment, sight, thing).map((words) => ({ words, label: words, shown: [{ thing, seen }] }));
  });
}

/** All things of a kind or of a colour, from left to right, where there are several and all of them are clearly seen. */
export function severalThings({ things }: Moment, sight: Sight): Target[] {
  const seen = things.filter(({ id }) => sight.seen.has(id));
  const kinds = [...new Set(seen.map(({ model }) => model.noun))].map((noun) => ({
    label: noun,
    words: plural(noun),
    these: candidates(seen, { noun, adjectives: [] }),
  }));
  const colored = seen.every(({ model }) => colorOf(model) !== undefined)
    ? [...grouped(seen, ({ model }) => colorOf(model) as string)]
    : [];
  const colors = colored
    .filter(([color]) => color !== 'other' && !colorsAround(sight).has(color))
    .map(([color, these]) => ({ label: `${color} thing`, words: `${color} things`, these }));
  const sure = kinds.filter(({ label, these }) => noDoubt(these, label));
  return [...sure, ...colors].flatMap(({ label, words, these }) => {
    if (words === undefined || these.length < 2) return [];
    const shown = these.map((thing) => ({ thing, seen: sight.seen.get(thing.id) as Seen }));
    if (!shown.every((one) => isClear(one.seen))) return [];
    return [{ words, label, shown: shown.toSorted((a, b) => a.seen.box[0] - b.seen.box[0]) }];
  });
}

/** Moving parts: drawers, doors, knobs. */
export function namedParts({ things }: Moment, sight: Sight): Target[] {
  return things.flatMap((thing) => {
    const name = fullName(thing, things);
    if (name === undefined) return [];
    return thing.parts.flatMap(({ part }) => {
      const seen = sight.seen.get(bodyName(thing.id, part.name));
      if (!isClear(seen)) return [];
      const words = `${part.name} of the ${name}`;
      return [{ words, label: words, shown: [{ thing, seen }] }];
    });
  });
}

/** Things by where they are: on another, or in a gripper. */
export function placedThings(moment: Moment, sight: Sight): Target[] {
  const held = moment.grippers.flatMap(({ holds, arm }) => {
    const thing = moment.things.find(({ id }) => id === holds);
    const words = moment.grippers.length === 1 ? 'thing that the robot holds' : `thing in the robot's own ${arm} gripper`;
    return thing ? [{ words, thing }] : [];
  });
  return [...contents(moment), ...held].flatMap(({ words, thing }) => {
    const seen = sight.seen.get(thing.id);
    return isClear(seen) ? [{ words, label: thing.model.noun, shown: [{ thing, seen }] }] : [];
  });
}
