/** Things in boxes, with their masks: pictures of simulated scenes from the head's camera and from anywhere. */

import type { Picture } from '../../robot/views.ts';
import { beginEpisode } from '../../sim/episode.ts';
import { drawCamera } from '../../sim/reasoning/camera.ts';
import { createPicture } from '../../sim/render/picture.ts';
import { simRobot } from '../../sim/robots.ts';
import { taskNamed } from '../../sim/tasks/tasks.ts';
import { createViews } from '../../sim/views.ts';
import { type RandomStream, randomStream } from '../../tensor/random.ts';
import { boxOf, type Mask, maskOf, type PixelBox } from './masks.ts';

/** A thing in a picture. */
export interface SegmenterExample {
  readonly picture: Picture;
  /** Around its pixels, exactly */
  readonly box: PixelBox;
  readonly mask: Mask;
}

/** Objects and rooms to train with, or those that training never sees. */
export type SegmenterSplit = 'training' | 'heldOut';

const TASKS = {
  training: ['grasp/sparse-training', 'grasp/dense-training'],
  heldOut: ['grasp/sparse-unseen', 'grasp/dense-unseen', 'grasp/background-unseen'],
} as const satisfies Readonly<Record<SegmenterSplit, readonly string[]>>;

/** Pixels of a side of pictures, pictures of a scene from other cameras than the head's, and pixels of a thing at least */
const [SIZES, OTHER_CAMERAS, FEWEST_PIXELS] = [[84, 112, 224], 2, 12] as const;

/** All things that can be seen in the pictures of scene number `index`. A split, a seed and a number say which scene. */
export async function segmenterScene(split: SegmenterSplit, seed: number, index: number): Promise<SegmenterExample[]> {
  const random = randomStream(seed, `segmenter ${split}`, index);
  const names = TASKS[split];
  const task = taskNamed(names[index % names.length] as string);
  const episode = await beginEpisode(task, random.integer(2 ** 30), await simRobot('panda'));
  const { world } = episode;
  try {
    const views = createViews(world);
    views.update();
    return Array.from({ length: 1 + OTHER_CAMERAS }, (_, i) => {
      const size = SIZES[random.integer(SIZES.length)] as number;
      const picture = createPicture(size, size);
      views.takeFrom(i === 0 ? views.camera('head') : drawCamera(random, 'around'), picture);
      const seen = { width: size, height: size, data: picture.rgb };
      return world.scene.things.flatMap(({ id }): SegmenterExample[] => {
        const mask = maskOf(picture.segmentation, views.idsOf(id));
        const box = boxOf(mask, seen);
        return box && mask.reduce((sum, there) => sum + there, 0) >= FEWEST_PIXELS ? [{ picture: seen, box, mask }] : [];
      });
    }).flat();
  } finally {
    world.close();
  }
}

/** A box as a grounder may give it: each edge off by up to a tenth of its length. */
export function roughBox([left, top, right, bottom]: PixelBox, random: RandomStream): PixelBox {
  const off = (length: number): number => 0.1 * length * (2 * random.uniform() - 1);
  const [width, height] = [right - left, bottom - top];
  return [left + off(width), top + off(height), right + off(width), bottom + off(height)];
}
