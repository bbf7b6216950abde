/** Boxes in space around what is asked for: around all of it, with what is hidden. */
import { say } from '../english.ts';
import { boxInCamera, cameraNote, cornersOf, inCamera } from '../frames.ts';
import { pick } from '../lists.ts';
import type { Sight } from '../sight.ts';
import { type Asks, pixelsOf } from './asked.ts';
import { namedThings, type Shown, severalThings, type Target } from './targets.ts';

const ONE = {
  training: [
    'Where is the {a} in space? Answer with its 3D box, in metres from the camera.',
    'Give the 3D bounding box of the {a}.',
    'Estimate position, size and orientation of the {a} in the frame of the camera.',
    'Locate the {a} in 3D.',
  ],
  heldOut: [
    'What cuboid does the {a} fill, as seen from the camera?',
    'In metres: where is the {a}, how large is it, and how is it turned?',
  ],
};
const ALL = {
  training: [
    'Give the 3D bounding boxes of all {a}.',
    'Locate all {a} in 3D.',
    'Where are the {a} in space? Answer with a 3D box for each.',
  ],
  heldOut: ['What cuboids do the {a} fill, as seen from the camera?'],
};

/** What is seen less than this is not asked about: too much of the box would be guessed. */
const LEAST_SHARE = 0.5;
/** Of its joint's range: what has been moved further reaches out of the box of the thing at rest */
const MOVED = 0.05;
/** Metres before the camera */
const NEAREST = 0.05;

/** Asks for one thing, or for all of a kind. */
export const grounding3d: Asks = (moment, sight, split, random) => {
  const fits = ({ shown }: Target): boolean => shown.every((one) => isWhole(one, sight));
  const several = severalThings(moment, sight).filter(fits);
  const choices = several.length > 0 && random.uniform() < 0.25 ? several : namedThings(moment, sight).filter(fits);
  if (choices.length === 0) return undefined;
  const { words, label, shown } = pick(choices, random);
  return {
    pictures: [pixelsOf(sight)],
    question: say(shown.length > 1 ? ALL : ONE, split, random, { a: words }) + cameraNote(sight.camera),
    answer: { kind: 'grounding-3d', boxes: shown.map(({ thing }) => ({ ...boxInCamera(sight.camera, thing), label })) },
  };
};

function isWhole({ thing, seen }: Shown, { camera }: Sight): boolean {
  return (
    seen.share >= LEAST_SHARE &&
    thing.parts.every(({ share }) => share < MOVED) &&
    cornersOf(thing).every((corner) => inCamera(camera, corner)[2] > NEAREST)
  );
}
