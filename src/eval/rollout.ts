/** An episode acted out, from its beginning until its goals hold or its time is over. */
import type { Episode } from '../sim/episode.ts';
import type { Actor } from './actor.ts';
import { type Failure, watchEpisode } from './failures.ts';

/** What became of an episode. */
export interface RolloutResult {
  readonly success: boolean;
  /** Control steps taken */
  readonly steps: number;
  /** Why it failed */
  readonly failure?: Failure;
}

/**
 * Has an actor act in an episode. `onMoment` is called before each control step, and at the end. The world stays open. Throws what the
 * actor throws, and when the physics diverge.
 */
export async function rollOut(episode: Episode, actor: Actor, onMoment: () => void = () => undefined): Promise<RolloutResult> {
  const { world, limit } = episode;
  const witness = watchEpisode(episode);
  let success = episode.succeeded();
  while (!success && world.steps < limit) {
    onMoment();
    world.step(await actor.act());
    witness.look();
    success = episode.succeeded();
  }
  onMoment();
  return { success, steps: world.steps, ...(!success && { failure: witness.failure() }) };
}
