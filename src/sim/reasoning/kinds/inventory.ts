/** What there is on the table, from left to right. */
import { listed, type Phrases, say, sentence } from '../english.ts';
import { FURTHER_LEFT, middleInPicture, namesIn } from '../names.ts';
import { isClear } from '../sight.ts';
import { type Asks, pixelsOf } from './asked.ts';

const INVENTORY: Phrases = {
  training: [
    'Name all things on the table, from left to right.',
    'What can you see on the table? List it from left to right.',
    'Which things are there? Begin with the leftmost one.',
  ],
  heldOut: ['Describe what stands on the table, going from left to right.'],
};

/** Asks for all things, where all that is seen at all is clearly seen, has a name, is in nobody's hand and further left than the next one. */
export const inventory: Asks = (moment, sight, split, random) => {
  const row = moment.things
    .filter(({ id }) => sight.seen.has(id))
    .map((thing) => ({ thing, at: middleInPicture(sight, thing), name: namesIn(moment, sight, thing)[0] }))
    .toSorted((a, b) => a.at - b.at);
  const held = new Set(moment.grippers.map(({ holds }) => holds));
  const isPlain = row.every(
    ({ thing: { id }, at, name }, i) =>
      isClear(sight.seen.get(id)) &&
      name !== undefined &&
      !held.has(id) &&
      at - (row[i - 1]?.at ?? Number.NEGATIVE_INFINITY) >= FURTHER_LEFT,
  );
  if (row.length === 0 || !isPlain) return undefined;
  return {
    pictures: [pixelsOf(sight)],
    question: say(INVENTORY, split, random),
    answer: { kind: 'general-vqa', answer: sentence(listed(row.map(({ name }) => name as string))) },
  };
};
