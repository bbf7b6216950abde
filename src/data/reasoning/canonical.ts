/** Samples of reasoning in the canonical form, so that they can be in one batch with those of robots. */
import { ACTION_DIMS, ARMS, CHUNK_STEPS, STATE_DIMS, VIEWS } from '../../robot/canonical.ts';
import { contain, pad } from '../../robot/views.ts';
import { randomStream } from '../../tensor/random.ts';
import { augment, drawAugmentation } from '../augment.ts';
import { decodeImage } from '../images.ts';
import type { Answer, ReasoningSample } from '../reasoning.ts';
import { type CanonicalSample, LATENT_TIMES, noAims, type SampleOptions, type SamplePixels, samplePixels } from '../samples.ts';
import { renderAnswer } from './answer.ts';
import { type ReasoningSource, readPicture } from './files.ts';
import { letterboxTransform, transformLabels } from './labels.ts';

/**
 * Sample `index`: its first pictures (as many as there are view slots) in the slots, letterboxed; the question as instruction, and
 * the answer with its pixels where the letterbox has put them. There is no state and no action. Views are augmented but for crops,
 * which would cut labels off. Throws with file and row for a sample that is not valid, and with its number for a picture that cannot be read or is not as large as it says.
 */
export async function reasoningCanonical(
  source: ReasoningSource,
  index: number,
  options: SampleOptions,
  { seed, draw }: { readonly seed: number; readonly draw: number },
  { images, latentFrames }: SamplePixels = samplePixels(options),
): Promise<CanonicalSample> {
  const { viewSize, steps = CHUNK_STEPS, augment: how } = options;
  const sample = await source.read(index);
  const bytes = 3 * viewSize * viewSize;
  const viewMask = new Uint8Array(VIEWS.length);
  const shown = viewSize > 0 ? sample.images.slice(0, VIEWS.length) : [];
  for (const [slot, image] of shown.entries()) {
    const what = `picture ${slot} of sample ${index} in ${source.root}`;
    const encoded = await readPicture(source.root, image).catch((error: Error) => {
      throw new Error(`${what}: ${error.message}`, { cause: error });
    });
    const picture = await decodeImage(encoded, what);
    if (picture.width !== image.width || picture.height !== image.height) {
      throw new Error(`${what} has ${picture.width}×${picture.height} pixels, but the sample says ${image.width}×${image.height}`);
    }
    const small = contain(picture, viewSize);
    const change = how && drawAugmentation(randomStream(seed, `augment ${VIEWS[slot]}`, draw), { ...how, crop: [1, 1] });
    pad(change ? augment(small, change) : small, viewSize, images.subarray(slot * bytes, (slot + 1) * bytes));
    viewMask[slot] = 1;
  }
  return {
    images,
    viewMask,
    state: new Float32Array(ARMS.length * STATE_DIMS),
    stateMask: new Uint8Array(ARMS.length * STATE_DIMS),
    actions: new Float32Array(steps * ARMS.length * ACTION_DIMS),
    actionMask: new Uint8Array(steps * ARMS.length * ACTION_DIMS),
    ...noAims(),
    latentFrames,
    latentMask: new Uint8Array(LATENT_TIMES.length),
    instruction: sample.question,
    answer: renderAnswer(viewSize > 0 ? shownAnswer(sample, viewSize) : answerOf(sample)),
    embodiment: '',
  };
}

/** What a sample says, without its question and of the pictures that there are slots for. */
function answerOf({ images: _, question: __, ...answer }: ReasoningSample): Answer {
  return answer.kind === 'mask-tracking' ? { ...answer, masks: answer.masks.slice(0, VIEWS.length) } : answer;
}

/** The same of letterboxed pictures: masks of each picture's own letterbox, everything else of the first one's. */
function shownAnswer(sample: ReasoningSample, viewSize: number): Answer {
  const answer = answerOf(sample);
  const [first, ...others] = sample.images.map((image) => letterboxTransform(image, viewSize));
  if (!first) return answer;
  if (answer.kind !== 'mask-tracking') return transformLabels(answer, first);
  const transforms = [first, ...others];
  return {
    ...answer,
    masks: answer.masks.flatMap((mask, i) => {
      const moved = transformLabels({ ...answer, masks: [mask] }, transforms[i] ?? first);
      return moved.kind === 'mask-tracking' ? moved.masks : [];
    }),
  };
}
