/** Videos of trials. */
import path from 'node:path';
import { createVideo } from '../data/video/writer.ts';
import { CONTROL_RATE } from '../robot/canonical.ts';
import { createPicture } from '../sim/render/picture.ts';
import { createViews, type Views } from '../sim/views.ts';
import type { World } from '../sim/world.ts';
import { NOMINAL, type TrialResult } from './trial.ts';

/** A video of a trial. */
export interface VideoOptions {
  /** `*.mp4` */
  readonly file: string;
  /** Pixels of a side of each view, even */
  readonly size: number;
  /** H.264's constant rate factor, less is better and larger; 23 unless given */
  readonly crf?: number;
}

/** A trial being filmed. */
export interface Film {
  /** What it is filmed with */
  readonly views: Views;
  /** Takes a picture of now. */
  take(): void;
  finish(): Promise<void>;
  /** Removes what there is, unless it is finished. */
  abandon(): void;
}

/** Small, and good enough to see what goes wrong. */
const ENCODING = { codec: 'h264', preset: 'veryfast', gop: CONTROL_RATE } as const;

/** Films a world as its robot sees it: the head view, and those of the wrists beside it. */
export async function filming(world: World, { file, size, crf = 23 }: VideoOptions): Promise<Film> {
  const views = createViews(world);
  const picture = createPicture(size, size);
  const width = views.names.length * size;
  const video = await createVideo(file, { width, height: size, fps: CONTROL_RATE, crf, ...ENCODING });
  return {
    views,
    take() {
      const data = new Uint8Array(3 * width * size);
      views.update();
      for (const [i, view] of views.names.entries()) {
        views.take(view, picture);
        for (let y = 0; y < size; y++) data.set(picture.rgb.subarray(3 * y * size, 3 * (y + 1) * size), 3 * (y * width + i * size));
      }
      video.write({ width, height: size, data });
    },
    finish: video.finish,
    abandon: video.abandon,
  };
}

/** The first success and the first failure of each task, robot and condition, with the files that their videos go to. */
export function filmsOf(results: readonly TrialResult[], folder: string, size: number): { result: TrialResult; video: VideoOptions }[] {
  const first = new Map<string, TrialResult>();
  for (const result of results) {
    const key = [result.task, result.robot, result.perturbation, result.success].join(' ');
    if (result.seed < (first.get(key)?.seed ?? Number.POSITIVE_INFINITY)) first.set(key, result);
  }
  return [...first.values()].map((result) => ({ result, video: { file: path.join(folder, fileName(result)), size } }));
}

/** `object-red-can_panda_camera3_1000000_missed-grasp.mp4` */
function fileName({ task, robot, perturbation, seed, failure }: TrialResult): string {
  const parts = [task, robot, ...(perturbation === NOMINAL ? [] : [perturbation]), seed, failure ?? 'success'];
  return `${parts.map((part) => `${part}`.replaceAll(':', '').replaceAll(/[^\w+]+/g, '-')).join('_')}.mp4`;
}
