/** The pictures of an episode, small enough for a page. */
import { type Arm, VIEWS } from '../../robot/canonical.ts';
import type { EpisodeReader } from '../episodes.ts';
import { encodeSmall } from '../images.ts';
import { camerasOf } from '../samples.ts';
import type { CameraData } from './record.ts';

/** How pictures are made. */
export interface FramesOptions {
  /** Pixels of their longer side at most */
  readonly size: number;
  /** JPEG quality, 1 … 100 */
  readonly quality: number;
  /** Where the wrist camera of a robot with one arm goes */
  readonly side: Arm;
}

/**
 * Pictures of all cameras at some times (seconds since the first row): first those of the model's views, in their order, then those that
 * the model does not see. A camera that cannot be read says so in `problem`; nothing is thrown.
 */
export async function framesOf(
  reader: EpisodeReader,
  episode: number,
  times: readonly number[],
  options: FramesOptions,
): Promise<CameraData[]> {
  const views = camerasOf(reader, options.side);
  const used = new Set(Object.values(views));
  const wanted: { view: string | undefined; camera: string | undefined }[] = [
    ...VIEWS.map((view) => ({ view, camera: views[view] })),
    ...reader.source.cameras.filter((camera) => !used.has(camera)).map((camera) => ({ view: undefined, camera })),
  ];
  const cameras: CameraData[] = [];
  for (const { view, camera } of wanted) {
    if (camera === undefined) cameras.push({ view, camera, frames: [], problem: undefined });
    else cameras.push({ view, camera, ...(await picturesOf(reader, episode, camera, times, options)) });
  }
  return cameras;
}

async function picturesOf(
  reader: EpisodeReader,
  episode: number,
  camera: string,
  times: readonly number[],
  { size, quality }: FramesOptions,
) {
  const frames: (string | null)[] = [];
  let problem: string | undefined;
  for (const seconds of times) {
    try {
      const frame = await reader.frame(episode, camera, seconds);
      frames.push(frame ? `data:image/jpeg;base64,${Buffer.from(await encodeSmall(frame, size, quality)).toString('base64')}` : null);
    } catch (error) {
      problem ??= (error as Error).message;
      frames.push(null);
    }
  }
  return { frames, problem };
}
