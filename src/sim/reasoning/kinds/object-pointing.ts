/** Points on what is asked for: one on each, as deep inside of what is seen of it as can be. */
import { say } from '../english.ts';
import { pick } from '../lists.ts';
import { deepest } from '../masks.ts';
import { type Asks, pixelsOf } from './asked.ts';
import { namedParts, namedThings, placedThings, severalThings } from './targets.ts';

const ONE = {
  training: [
    'Point to the {a}.',
    'Point at the {a}.',
    'Where is the {a}? Answer with a point.',
    'Show me the {a} with a point.',
    'Give a point on the {a}.',
  ],
  heldOut: ['Which pixel lies on the {a}?', 'Put a finger on the {a}.'],
};
const ALL = {
  training: ['Point to all {a}.', 'Point to each of the {a}.', 'Where are the {a}? Answer with a point for each.'],
  heldOut: ['Put a finger on every one of the {a}.'],
};

/** Asks for one thing or part, by name or by where it is, or for all of a kind. */
export const objectPointing: Asks = (moment, sight, split, random) => {
  const kinds = [
    namedThings(moment, sight),
    [...placedThings(moment, sight), ...namedParts(moment, sight)],
    severalThings(moment, sight),
  ].filter((targets) => targets.length > 0);
  if (kinds.length === 0) return undefined;
  const { words, label, shown } = pick(pick(kinds, random), random);
  const points = shown.map(({ seen }) => ({ point: deepest(sight.picture, seen.ids, seen.box).point, label }));
  return {
    pictures: [pixelsOf(sight)],
    question: say(shown.length > 1 ? ALL : ONE, split, random, { a: words }),
    answer: { kind: 'object-pointing', points },
  };
};
