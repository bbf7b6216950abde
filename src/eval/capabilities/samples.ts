/** Questions that a model has not seen: of held-out simulated scenes, or of a dataset. */
import { createHash } from 'node:crypto';
import { renderAnswer } from '../../data/reasoning/answer.ts';
import { reasoningCanonical } from '../../data/reasoning/canonical.ts';
import type { ReasoningSource } from '../../data/reasoning/files.ts';
import type { PictureQuestion } from '../../policy/answerer.ts';
import { VIEWS } from '../../robot/canonical.ts';
import { reasoningSamples } from '../../sim/reasoning/generate.ts';
import { KINDS, type Kind, type Sample } from '../../sim/reasoning/sample.ts';
import type { Answered } from './guess.ts';

/** A question, its pictures as a model sees them, and what was to be said. */
export interface CapabilitySample extends Answered, PictureQuestion {}

/** Which samples. */
export interface CapabilityOptions {
  /** Of each kind, at most */
  readonly samples: number;
  /** Pixels of a side of the pictures, S */
  readonly size: number;
  readonly signal?: AbortSignal;
}

/** Samples that one scene (a draw of `gear sim reason`, with its layouts or its rollout) gives of a kind, at most */
const OF_ONE_SCENE = 10;
/** Scenes of a kind without any sample, one after the other, after which there will be none */
const MOST_EMPTY = 30;

/**
 * Samples of all kinds, one kind after the other, in the order of table 4: objects, rooms and wordings that training never has. The same seed,
 * the same samples.
 */
export async function* heldOutSamples({ samples, size, seed, signal }: CapabilityOptions & { readonly seed: number }) {
  for (const [number, kind] of KINDS.entries()) {
    let [left, empty] = [samples, 0];
    for (let draw = 0; left > 0 && empty < MOST_EMPTY; draw++) {
      signal?.throwIfAborted();
      const drawn = await reasoningSamples(draw, { seed: seed + number, split: 'heldOut', kinds: [kind], size });
      empty = drawn.length === 0 ? empty + 1 : 0;
      for (const sample of drawn.slice(0, Math.min(left, OF_ONE_SCENE))) {
        yield simulated(kind, sample, size, draw);
        left--;
      }
    }
  }
}

function simulated(kind: Kind, { pictures, question, answer, choices }: Sample, size: number, scene: number): CapabilitySample {
  const shown = pictures.slice(0, VIEWS.length);
  const images = new Uint8Array(VIEWS.length * size * size * 3);
  for (const [slot, { data }] of shown.entries()) images.set(data, slot * size * size * 3);
  const seen = answer.kind === 'mask-tracking' ? { ...answer, masks: answer.masks.slice(0, VIEWS.length) } : answer;
  return {
    ...{ kind, question, truth: renderAnswer(seen), images, scene },
    viewMask: Uint8Array.from(VIEWS, (_, slot) => (slot < shown.length ? 1 : 0)),
    // Drawn with the right one first: in an order that says nothing
    ...(choices && { choices: choices.toSorted() }),
  };
}

/** The first samples of each kind in a dataset; a scene is what shares pictures, for no more is known. Throws as reading does. */
export async function* recordedSamples(source: ReasoningSource, { samples, size, signal }: CapabilityOptions) {
  const taken = new Map<string, number>();
  const scenes = new Map<string, number>();
  for (let i = 0; i < source.length; i++) {
    signal?.throwIfAborted();
    const { kind } = await source.read(i);
    const count = taken.get(kind) ?? 0;
    if (count >= samples) continue;
    taken.set(kind, count + 1);
    const { images, viewMask, instruction, answer } = await reasoningCanonical(
      source,
      i,
      { viewSize: size, steps: 1 },
      { seed: 0, draw: i },
    );
    const pictures = createHash('sha256').update(images).digest('hex');
    const scene = scenes.get(pictures) ?? scenes.size;
    scenes.set(pictures, scene);
    const sample: CapabilitySample = { kind, question: instruction, truth: answer, images, viewMask, scene };
    yield sample;
  }
}
