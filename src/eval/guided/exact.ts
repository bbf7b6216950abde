/** What the simulator knows: what an instruction means, and which pixels are of it, without a mistake. */

import { type ColorName, MASK_COLOR_NAMES, mentionOf } from '../../robot/guides.ts';
import type { Episode, EpisodePlan } from '../../sim/episode.ts';
import { createPicture } from '../../sim/render/picture.ts';
import { thingNamed } from '../../sim/scene.ts';
import { createViews } from '../../sim/views.ts';
import { randomStream } from '../../tensor/random.ts';
import type { Grounder, Segmenter } from './guide.ts';
import { boxOf, boxOverlap, type Mask, maskOf } from './masks.ts';

/** The thing that is to be moved first, and whose mask a guide shows. Throws for a task without goals. */
export function targetOf({ task, setup: { goals } }: Pick<EpisodePlan, 'task' | 'setup'>): string {
  const [first] = goals;
  if (!first) throw new Error(`${task.name} has no goal, and so nothing that a mask could show`);
  return first.object;
}

/**
 * The words of an instruction that name the target, as many as there are. Throws when it has none of its names, when these are also part of
 * another thing's (of a shoe and a shoe box), and for tasks that begin with a drawer or a knob: what is grasped is an object.
 */
export function phraseOf({ task, setup, scene, instruction }: Pick<EpisodePlan, 'task' | 'setup' | 'scene' | 'instruction'>): string {
  const target = targetOf({ task, setup });
  const { name, noun, adjectives } = thingNamed(scene, target).model;
  if (setup.goals[0]?.kind === 'joint') throw new Error(`${task.name} cannot be guided: it begins with a part of the ${name} that moves`);
  const longer = scene.things.flatMap(({ id, model }) => (id === target ? [] : [model.name, model.noun]));
  const names = [target, name, [...adjectives, noun].join(' '), ...adjectives.map((adjective) => `${adjective} ${noun}`), noun];
  const found = names
    .filter((words) => mentionOf(words).test(instruction) && !longer.some((other) => other.includes(`${words} `)))
    .sort((a, b) => b.length - a.length)[0];
  if (found === undefined) throw new Error(`${task.name} cannot be guided: "${instruction}" has no name of the ${name} alone`);
  return found;
}

/** The colour of an episode's mask: the one that its task has drawn, or one of its seed. */
export function colorOf({ task, seed, setup }: Pick<EpisodePlan, 'task' | 'seed' | 'setup'>): ColorName {
  const drawn = MASK_COLOR_NAMES[randomStream(seed, `${task.name} guide`).integer(MASK_COLOR_NAMES.length)] as ColorName;
  return (setup.words?.mask as ColorName | undefined) ?? drawn;
}

/** What there is to be seen at a moment. */
export interface Surroundings {
  /** Masks of the things that the head view has pixels of, by their names in the scene */
  masks(): ReadonlyMap<string, Mask>;
}

/** Looks at an episode as the head view does, in pictures of `size` × `size` pixels. */
export function surroundings({ world }: Pick<Episode, 'world'>, size: number): Surroundings {
  const views = createViews(world);
  const picture = createPicture(size, size);
  return {
    masks() {
      views.update();
      views.take('head', picture);
      const all = world.scene.things.map(({ id }) => [id, maskOf(picture.segmentation, views.idsOf(id))] as const);
      return new Map(all.filter(([, mask]) => mask.includes(1)));
    },
  };
}

/** Knows which thing is meant, and where it is now. */
export function exactGrounder(episode: Episode, { masks }: Surroundings): Grounder {
  const [target, phrase] = [targetOf(episode), phraseOf(episode)];
  return {
    async ground(picture) {
      const mask = masks().get(target);
      const box = mask && boxOf(mask, picture);
      return box && { phrase, box };
    },
  };
}

/** Knows the pixels of all things: gives those of the one whose own box is most like the box that is asked for. */
export const exactSegmenter = ({ masks }: Surroundings): Segmenter => ({
  async segment(picture, box) {
    let [best, most] = [new Uint8Array(picture.width * picture.height), 0];
    for (const mask of masks().values()) {
      const own = boxOf(mask, picture);
      const overlap = own ? boxOverlap(own, box) : 0;
      if (overlap > most) [best, most] = [mask as Uint8Array<ArrayBuffer>, overlap];
    }
    return best;
  },
  dispose: async () => undefined,
});
