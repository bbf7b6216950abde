/** Moments of an episode with depth and cameras, of what its robot sees: what 3D encoders learn from. */
import type { View } from '../robot/canonical.ts';
import { demonstrate, USUAL_DISTURBANCES } from './demonstration.ts';
import type { Episode } from './episode.ts';
import { createPicture } from './render/picture.ts';
import type { Camera } from './render/types.ts';
import { createViews } from './views.ts';

/** What a view shows, and from where. */
export interface PosedView {
  readonly view: View;
  /** u8[S, S, 3] */
  readonly rgb: Uint8Array;
  /** f32[S, S]: metres along the optical axis; infinity where nothing is */
  readonly depth: Float32Array;
  readonly camera: Camera;
}

/** How an episode is looked at. */
export interface PosedViewsOptions {
  /** Pixels of a side */
  readonly size: number;
  /** Moments at most */
  readonly moments: number;
  /** Control steps from one to the next */
  readonly every: number;
}

/** Views of moments of an episode that has just begun, with the expert at work in it and its tools elsewhere at first (`beginElsewhere`). */
export function* posedViews(episode: Episode, { size, moments, every }: PosedViewsOptions): Generator<PosedView[]> {
  const views = createViews(episode.world);
  let step = 0;
  for (const _ of demonstrate(episode, { disturbances: { ...USUAL_DISTURBANCES, elsewhere: 1 } })) {
    if (step++ % every !== 0) continue;
    views.update();
    yield views.names.map((view): PosedView => {
      const picture = createPicture(size, size);
      views.take(view, picture);
      return { view, rgb: picture.rgb, depth: picture.depth, camera: views.camera(view) };
    });
    if (step > (moments - 1) * every) return;
  }
}
