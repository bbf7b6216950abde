/**
 * Masks of one thing in several pictures of a rollout. As in appendix F of the paper, a mask over the first picture, which is grey
 * otherwise, says which thing is meant: where it is later has to be seen, not read.
 */

import { MASK_COLOR_NAMES, maskColor, maskOverlay } from '../../../robot/guides.ts';
import type { RandomStream } from '../../../tensor/random.ts';
import { type Phrases, say } from '../english.ts';
import { pick, shuffled } from '../lists.ts';
import { runLengths } from '../masks.ts';
import type { Moment } from '../moment.ts';
import type { RunLengths, Split } from '../sample.ts';
import { isClear } from '../sight.ts';
import { type Asked, pixelsOf } from './asked.ts';

const TRACK: Phrases = {
  training: [
    'One thing is marked by a {color} mask in the first picture. Segment it in every picture.',
    'Track the thing with the {color} mask through all pictures.',
    'Find the thing under the {color} mask of the first picture again in the others. Answer with masks.',
    'Where is the thing with the {color} mask in each of the pictures?',
  ],
  heldOut: [
    'The first picture shows something under a {color} mask: outline it in all pictures.',
    'Follow what lies under the {color} mask from picture to picture.',
  ],
};

/** Pictures of a sample, at most; and pixels fewer than which are neither a mask nor none */
const [MOST_PICTURES, FEWEST_PIXELS] = [4, 8];

/** Asks for one thing in two or more pictures of the same camera, in the order of time. */
export function maskTracking(moments: readonly Moment[], split: Split, random: RandomStream): Asked | undefined {
  if (moments.length < 2) return undefined;
  const start = random.integer(moments.length - 1);
  const first = moments[start] as Moment;
  const clear = first.things.filter(({ id, model }) => isClear(first.sight.seen.get(id)) && !model.fixed);
  if (clear.length === 0) return undefined;
  // What is moved is more often asked about than what stays.
  const moved = clear.filter(({ id }) => moments.some(({ grippers }) => grippers.some(({ holds }) => holds === id)));
  const { id } = pick(moved.length > 0 && random.uniform() < 0.6 ? moved : clear, random);
  const sure = moments.slice(start + 1).filter(({ sight }) => {
    const pixels = sight.seen.get(id)?.pixels ?? 0;
    return pixels === 0 || pixels >= FEWEST_PIXELS;
  });
  if (sure.length === 0) return undefined;
  const count = 1 + random.integer(Math.min(MOST_PICTURES - 1, sure.length));
  const later = shuffled(sure, random)
    .slice(0, count)
    .toSorted((a, b) => a.step - b.step);
  const color = pick(MASK_COLOR_NAMES, random);
  const masks = [first, ...later].map(({ sight }): RunLengths | null => {
    const seen = sight.seen.get(id);
    return seen ? runLengths(sight.picture, seen.ids) : null;
  });
  const { width, height } = first.sight.picture;
  const marked = {
    width,
    height,
    data: maskOverlay(first.sight.picture, (first.sight.seen.get(id) as { ids: readonly number[] }).ids, maskColor(color)),
  };
  return {
    pictures: [marked, ...later.map(({ sight }) => pixelsOf(sight))],
    question: say(TRACK, split, random, { color }),
    answer: { kind: 'mask-tracking', masks, label: `thing with the ${color} mask` },
  };
}
