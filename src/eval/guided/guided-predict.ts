/** A policy that is guided: what it observes, with a guide beside it and the instruction rewritten. */
import { VIEWS } from '../../robot/canonical.ts';
import type { Predict } from '../together.ts';
import { type Guide, type GuideOptions, makeGuide } from './guide.ts';

/** How a policy is guided in an episode. */
export interface GuidedOptions extends GuideOptions {
  /** Pixels of a side of the views: the model's `imageSize` */
  readonly imageSize: number;
  /** Is the guide made anew for each prediction, so that the mask goes with the thing? As in the paper, false by default: made once. */
  readonly tracked?: boolean;
  /** Called with each new guide */
  readonly onGuide?: (guide: Guide) => void;
}

/**
 * Predicts for one episode, with a guide made of the first head view in which the thing is to be seen; by its name until then. When it is
 * tracked, the last guide stays while the thing is hidden.
 */
export function guidedPredict(predict: Predict, { imageSize, tracked = false, onGuide, ...making }: GuidedOptions): Predict {
  let guide: Guide | undefined;
  const bytes = 3 * imageSize ** 2;
  const head = VIEWS.indexOf('head');
  return async (observation) => {
    if (tracked || !guide) {
      const data = observation.images.slice(head * bytes, (head + 1) * bytes);
      const made = await makeGuide({ width: imageSize, height: imageSize, data }, observation.instruction, making);
      if (made) onGuide?.(made);
      guide = made ?? guide;
    }
    return predict(guide ? { ...observation, guide: guide.picture, instruction: guide.instruction } : observation);
  };
}
