/** Boxes around what is asked for: exactly around the pixels that are seen of it. */
import { say } from '../english.ts';
import { pick } from '../lists.ts';
import { type Asks, pixelsOf } from './asked.ts';
import { namedParts, namedThings, severalThings } from './targets.ts';

const ONE = {
  training: [
    'Where is the {a}? Answer with its box.',
    'Locate the {a}.',
    'Draw a box around the {a}.',
    'Give the bounding box of the {a}.',
    'Find the {a} in the picture.',
  ],
  heldOut: ['Which box encloses the {a}?', 'Mark the {a} with a rectangle.'],
};
const ALL = {
  training: [
    'Where are the {a}? Answer with a box for each.',
    'Locate all {a}.',
    'Draw boxes around all {a}.',
    'Find every one of the {a}.',
  ],
  heldOut: ['Which boxes enclose the {a}?', 'Mark each of the {a} with a rectangle.'],
};

/** Asks for one thing or part, or for all of a kind. */
export const grounding2d: Asks = (moment, sight, split, random) => {
  const single = [...namedThings(moment, sight), ...namedParts(moment, sight)];
  const several = severalThings(moment, sight);
  const choices = several.length > 0 && random.uniform() < 0.3 ? several : single;
  if (choices.length === 0) return undefined;
  const { words, label, shown } = pick(choices, random);
  return {
    pictures: [pixelsOf(sight)],
    question: say(shown.length > 1 ? ALL : ONE, split, random, { a: words }),
    answer: { kind: 'grounding-2d', boxes: shown.map(({ seen }) => ({ box: [...seen.box], label })) },
  };
};
