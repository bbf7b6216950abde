/** Checks of cameras: that their videos are there, whole, of the announced size, and have a frame for each row at its time. */
import { partOf, type VideoPart } from '../lerobot/cameras.ts';
import { isLeRobot, type LeRobotSource } from '../lerobot/source.ts';
import type { EpisodeSource, FrameReader } from '../source.ts';
import { openVideo, type VideoReader } from '../video/reader.ts';
import { type Findings, messageOf, short } from './findings.ts';
import { paceOf, type SeenRates, sameRate } from './rates.ts';
import { TIME_TOLERANCE } from './row-checks.ts';

/** Looks at the cameras of episodes. */
export interface VideoExaminer {
  /** Whether every camera has exactly as many frames as there are rows, as far as that can be seen. Adds to `rates.videos`. */
  examine(position: number, rows: number, rates: SeenRates): Promise<boolean>;
  close(): void;
}

/** Begins; `thorough` decodes every frame instead of the last one of each episode. */
export function videoExaminer(
  source: EpisodeSource,
  findings: Findings,
  { thorough = false }: { readonly thorough?: boolean } = {},
): VideoExaminer {
  const videos = keptVideos();
  return {
    async examine(position, rows, rates) {
      let agree = true;
      for (const camera of source.cameras) {
        const stored = isLeRobot(source) && source.features[camera]?.dtype === 'video';
        const context = { findings, camera, episode: source.episodes[position]?.index ?? position, rows, thorough, rates };
        const same = stored ? await examineStored(context, source, position, videos) : await examineReader(context, source, position);
        agree &&= same;
      }
      return agree;
    },
    close: () => videos.close(),
  };
}

interface CameraContext {
  readonly findings: Findings;
  readonly camera: string;
  readonly episode: number;
  readonly rows: number;
  readonly thorough: boolean;
  readonly rates: SeenRates;
}

/** A video of a LeRobot dataset, which may hold other episodes, too. */
async function examineStored(context: CameraContext, source: LeRobotSource, position: number, videos: KeptVideos): Promise<boolean> {
  const { findings, camera, episode, rows, rates } = context;
  const { fps } = source;
  let video: VideoReader;
  let part: VideoPart;
  let begin: number;
  try {
    const place = await source.lerobot.videoFile(position, camera);
    if (!place) throw new Error('its place is not known');
    video = videos.open(camera, place.path);
    part = partOf(video, place, fps);
    begin = place.from;
  } catch (error) {
    unreadable(context, messageOf(error));
    return false;
  }
  const [height, width] = source.features[camera]?.shape ?? [];
  if (video.width !== width || video.height !== height) {
    findings.add({
      check: 'video-format',
      severity: 'error',
      episode,
      camera,
      remedy: 'drop',
      message: `frames are ${video.width}×${video.height}, but meta/info.json says ${width}×${height}`,
    });
  }
  const agree = compareCounts(context, part.count);
  const { rate, gap } = paceOf(
    Float64Array.from({ length: part.count }, (_, i) => i),
    video.times.subarray(part.first, part.first + part.count),
  );
  if (rate !== undefined) rates.videos.push(rate);
  // Frames are taken by number only where none is missing in between, and where it is not `fps` that is wrong.
  const byNumber = (): boolean => agree && !gap && isRate(rates.rows?.(), fps);
  const late = findings.tally(({ size, worst }) => ({
    check: 'video-times',
    severity: size * fps > 0.5 ? 'error' : 'warning',
    episode,
    camera,
    remedy: byNumber() ? ('mend' as const) : ('drop' as const),
    message: `frames are not shown at frame / fps: off by up to ${short(size)} s, in frame ${worst} (the video has ${short(video.frameRate)} frames per second, the dataset ${short(fps)})${gap ? `; frames are missing before frame ${gap.place}` : ''}`,
  }));
  const there = Math.min(part.count, rows);
  for (let i = 0; i < there; i++) {
    const error = Math.abs((video.times[part.first + i] as number) - begin - i / fps);
    if (error > TIME_TOLERANCE) late.add(i, error);
  }
  await decodeFrames(context, there, async (i) => void video.at(video.times[part.first + i] as number));
  return agree;
}

const isRate = (rate: number | undefined, fps: number): boolean => rate === undefined || sameRate(rate, fps);

/** Any other camera. Pictures in data files are those of their rows, others are at the times of the rows. */
async function examineReader(context: CameraContext, source: EpisodeSource, position: number): Promise<boolean> {
  const { camera, rows } = context;
  let reader: FrameReader;
  try {
    reader = await source.openCamera(position, camera);
  } catch (error) {
    unreadable(context, messageOf(error));
    return false;
  }
  try {
    const agree = compareCounts(context, reader.length);
    const times = isLeRobot(source) ? undefined : await timesOf(source, position);
    await decodeFrames(context, Math.min(rows, reader.length), async (i) => void (await reader.at(times?.[i] ?? i / source.fps)));
    return agree;
  } finally {
    reader.close();
  }
}

/** Times of rows, where they can be read. */
async function timesOf(source: EpisodeSource, position: number): Promise<Float64Array | undefined> {
  try {
    return (await source.readRows(position, { columns: [] })).timestamps;
  } catch {
    // Found where rows are looked at.
    return undefined;
  }
}

function unreadable({ findings, camera, episode }: CameraContext, message: string): void {
  findings.add({ check: 'video', severity: 'error', episode, camera, remedy: 'drop', message });
}

function compareCounts({ findings, camera, episode, rows }: CameraContext, count: number): boolean {
  const common = { check: 'frame-count', episode, camera } as const;
  const message = `there are ${count} frames for ${rows} rows`;
  if (count < rows) findings.add({ ...common, severity: 'error', frame: count, frames: rows - count, remedy: 'drop', message });
  // The first frames are those of the rows, by their times; but a camera that began earlier would look the same.
  if (count > rows) {
    findings.add({
      ...common,
      severity: 'warning',
      remedy: 'mend',
      message: `${message}: either the last ones are left over, or they are not of the same moments`,
    });
  }
  return count === rows;
}

/** Decodes the last frame, or all of them. */
async function decodeFrames(
  { findings, camera, episode, thorough }: CameraContext,
  count: number,
  decode: (frame: number) => Promise<void>,
): Promise<void> {
  let why = '';
  const broken = findings.tally(() => ({ check: 'video', severity: 'error', episode, camera, remedy: 'drop', message: why }));
  for (let i = thorough ? 0 : Math.max(0, count - 1); i < count; i++) {
    try {
      await decode(i);
    } catch (error) {
      why ||= messageOf(error);
      broken.add(i);
    }
  }
}

/** The video last opened of each camera: in version 3.0 the next episode is mostly in the same one. */
interface KeptVideos {
  open(camera: string, path: string): VideoReader;
  close(): void;
}

function keptVideos(): KeptVideos {
  const kept = new Map<string, { readonly path: string; readonly video?: VideoReader; readonly error?: unknown }>();
  return {
    open(camera, path) {
      let entry = kept.get(camera);
      if (entry?.path !== path) {
        entry?.video?.close();
        try {
          entry = { path, video: openVideo(path) };
        } catch (error) {
          entry = { path, error };
        }
        kept.set(camera, entry);
      }
      if (!entry?.video) throw entry?.error;
      return entry.video;
    },
    close() {
      for (const { video } of kept.values()) video?.close();
      kept.clear();
    },
  };
}
