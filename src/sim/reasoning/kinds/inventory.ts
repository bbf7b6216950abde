/** What there is on the table, from left to right. */
import { listed, type Phrases, say } from '../english.ts';
import { namesIn } from '../names.ts';
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

/** Asks for all things, where all that is seen at all is clearly seen and has a name. */
export const inventory: Asks = ({ things }, sight, split, random) => {
  const seen = things.filter(({ id }) => sight.seen.has(id));
  const row = seen
    .map((thing) => ({
      box: sight.seen.get(thing.id)?.box ?? [0, 0, 0, 0],
      name: namesIn(sight, thing, things)[0],
      clear: isClear(sight.seen.get(thing.id)),
    }))
    .toSorted((a, b) => a.box[0] + a.box[2] - b.box[0] - b.box[2]);
  if (row.length === 0 || !row.every(({ name, clear }) => name !== undefined && clear)) return undefined;
  return {
    pictures: [pixelsOf(sight)],
    question: say(INVENTORY, split, random),
    answer: { kind: 'general-vqa', answer: capital(`${listed(row.map(({ name }) => name as string))}.`) },
  };
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
