/**
 * What a recorded demonstration needs for a guide in training: the words of its instruction that name the target, and the target's mask in
 * the first frame. `gear sim record` writes down which task, seed, robot and perturbations an episode is of (`meta/gear-sim.json`), and the
 * same numbers give the same picture: so it can be told at recording, or later.
 */
import type { Episode } from '../../sim/episode.ts';
import { runLengths } from '../../sim/reasoning/masks.ts';
import type { RunLengths } from '../../sim/reasoning/sample.ts';
import { createPicture } from '../../sim/render/picture.ts';
import { createViews } from '../../sim/views.ts';
import { phraseOf, targetOf } from './exact.ts';

/** A target of a recording. */
export interface RecordedTarget {
  readonly phrase: string;
  /** In the first frame of the head view */
  readonly mask: RunLengths;
}

/**
 * The target of an episode that has just begun, in frames of `size` × `size` pixels; undefined when it is not to be seen. Throws when the
 * instruction does not name it.
 */
export function recordedTarget(episode: Episode, size: number): RecordedTarget | undefined {
  const views = createViews(episode.world);
  const picture = createPicture(size, size);
  views.update();
  views.take('head', picture);
  const mask = runLengths(picture, views.idsOf(targetOf(episode)));
  return mask.counts.length > 1 ? { phrase: phraseOf(episode), mask } : undefined;
}
