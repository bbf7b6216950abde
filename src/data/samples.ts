/**
 * From an episode and a moment to one training sample in the canonical form of `robot/canonical.ts`: the state at the moment, the chunk
 * that follows it, the views, and the frames from which latent actions are learned.
 */
import { relativeActions } from '../robot/actions.ts';
import { ARMS, type Arm, CHUNK_STEPS, CONTROL_RATE, JOINT_SLOTS, POSE_DIMS, STATE_DIMS, VIEWS, type View } from '../robot/canonical.ts';
import { writePose } from '../robot/se3.ts';
import { contain, pad } from '../robot/views.ts';
import { randomStream } from '../tensor/random.ts';
import { type Augmentation, type AugmentOptions, augment, drawAugmentation } from './augment.ts';
import { type EpisodeBlock, type EpisodeReader, rateOf } from './episodes.ts';
import { type Location, locate, poseAt, resampledLength, valueAt } from './resample.ts';
import type { EpisodeSource, Frame } from './source.ts';
import type { ArmTrack } from './tracks.ts';

/** When the five frames of a latent window are taken, in seconds after the moment of the sample: four transitions at 5 Hz. */
export const LATENT_TIMES = [0, 0.2, 0.4, 0.6, 0.8] as const;

/** What samples are to hold. */
export interface SampleOptions {
  /** Pixels of a side of the views; none are read when it is 0. 448 in the paper. */
  readonly viewSize: number;
  /** Steps of a chunk at CONTROL_RATE; CHUNK_STEPS unless given */
  readonly steps?: number;
  /** The frames for latent actions: pixels of a side, the slot of the view they are from (`head` unless given); none unless given */
  readonly latent?: { readonly size: number; readonly view?: View };
  /** How views are changed at random; not at all unless given */
  readonly augment?: AugmentOptions;
  /** Where an arm without a side of its own is put: at random unless given */
  readonly side?: Arm;
}

/** Throws when options make no sense, naming the field. */
export function checkSampleOptions({ viewSize, steps = CHUNK_STEPS, latent }: SampleOptions): void {
  const whole = (name: string, value: number, least: number): void => {
    if (!(Number.isInteger(value) && value >= least))
      throw new Error(`samples: "${name}" must be a whole number from ${least} up, got ${value}`);
  };
  whole('viewSize', viewSize, 0);
  whole('steps', steps, 1);
  if (!latent) return;
  whole('latent.size', latent.size, 1);
  if (!VIEWS.includes(latent.view ?? 'head'))
    throw new Error(`samples: "latent.view" must be one of ${VIEWS.join(', ')}, got "${latent.view}"`);
}

/** One sample in the canonical form; shapes and meanings are in `robot/canonical.ts`. */
export interface CanonicalSample {
  /** u8[V, S, S, 3] */
  readonly images: Uint8Array;
  /** bool[V] */
  readonly viewMask: Uint8Array;
  /** f32[2, STATE_DIMS] */
  readonly state: Float32Array;
  /** bool[2, STATE_DIMS] */
  readonly stateMask: Uint8Array;
  /** f32[K, 2, ACTION_DIMS] */
  readonly actions: Float32Array;
  /** bool[K, 2, ACTION_DIMS] */
  readonly actionMask: Uint8Array;
  /** u8[5, L, L, 3]: the frames at LATENT_TIMES; empty when none were asked for */
  readonly latentFrames: Uint8Array;
  /** bool[5]: false for frames past the end of the episode, which are black */
  readonly latentMask: Uint8Array;
  /** f32[2, V, 2]: where in each view each arm's gripper next closes or opens, x and y as parts of its side; outside of 0 … 1 it is not to be seen */
  readonly aims: Float32Array;
  /** bool[2, V]: of which views that is known */
  readonly aimMask: Uint8Array;
  /** What to do, or a question; empty where the dataset has none */
  readonly instruction: string;
  /** To a question, as text; empty for samples of robots and videos */
  readonly answer: string;
  /** Name of the embodiment; empty for videos without actions */
  readonly embodiment: string;
  /** u8[S, S, 3]: the picture that shows by a mask which thing is meant; only in samples that are guided */
  readonly guide?: Uint8Array;
  /** u8[L]: entries of its latent actions, where samples are packed with them */
  readonly codes?: Uint8Array;
}

/** Where the pixels of a sample go: zeros, as long as CanonicalSample says. A batch has one memory for all of its samples. */
export type SamplePixels = Pick<CanonicalSample, 'images' | 'latentFrames'>;

/** Room for the pixels of `count` samples, one after the other. */
export const samplePixels = ({ viewSize, latent }: SampleOptions, count = 1): SamplePixels => ({
  images: new Uint8Array(count * VIEWS.length * 3 * viewSize ** 2),
  latentFrames: new Uint8Array(count * LATENT_TIMES.length * 3 * (latent?.size ?? 0) ** 2),
});

/** The moments of an episode at which a sample can begin: those at CONTROL_RATE after which there is at least one step. */
export const momentsOf = (source: EpisodeSource, episode: number): number =>
  Math.max(0, resampledLength(source.episodes[episode]?.length ?? 0, rateOf(source, episode), CONTROL_RATE) - 1);

/**
 * The sample of an episode at `moment / CONTROL_RATE` seconds after its first row. `draw` numbers the draw: a robot's one arm goes to a
 * random side, and views are augmented, by streams of `seed` and `draw`, and by nothing else. Samples of one reader are made one after
 * the other. Throws with the dataset, the episode and the frame when something cannot be read.
 */
export async function canonicalSample(
  reader: EpisodeReader,
  episode: number,
  moment: number,
  options: SampleOptions,
  { seed, draw }: { readonly seed: number; readonly draw: number },
  pixels: SamplePixels = samplePixels(options),
): Promise<CanonicalSample> {
  const { steps = CHUNK_STEPS } = options;
  const { source, bound } = reader;
  const moments = momentsOf(source, episode);
  if (!(Number.isInteger(moment) && moment >= 0 && moment < moments)) {
    throw new Error(`${source.name}, episode ${episode}: there is no moment ${moment}; it has ${moments}`);
  }
  const side: Arm = options.side ?? (ARMS[randomStream(seed, 'side', draw).integer(2)] as Arm);
  const seconds = moment / CONTROL_RATE;
  const { times, tasks, tracks } = await blockAt(reader, episode, seconds, steps);
  const motion = motionAt(tracks, times, seconds, steps, side);
  return {
    ...motion,
    ...(await viewsAt(reader, episode, seconds, side, options, { seed, draw }, pixels, motion.aims)),
    instruction: tasks[locate(times, seconds)?.row ?? 0] ?? '',
    answer: '',
    embodiment: bound?.embodiment.name ?? '',
  };
}

/** The rows that a chunk of `steps` steps from `seconds` on is made of. */
export function blockAt(reader: EpisodeReader, episode: number, seconds: number, steps: number): Promise<EpisodeBlock> {
  const fps = rateOf(reader.source, episode);
  return reader.block(episode, Math.floor(seconds * fps + 1e-6), Math.ceil((steps / CONTROL_RATE) * fps) + 1);
}

type Motion = Pick<CanonicalSample, 'state' | 'stateMask' | 'actions' | 'actionMask' | 'aims' | 'aimMask'>;

/**
 * State and chunk at `seconds` from tracks whose rows are at `times`; an arm without a side of its own is put on
 * `side`. Without tracks everything is masked. Throws when there is no row at that time.
 */
export function motionAt(tracks: readonly ArmTrack[], times: Float64Array, seconds: number, steps: number, side: Arm): Motion {
  const state = new Float32Array(ARMS.length * STATE_DIMS);
  const stateMask = new Uint8Array(state.length);
  const { aims, aimMask } = noAims();
  const now = locate(times, seconds);
  if (!now) throw new Error(`there is no row at ${seconds} s; rows are from ${times[0]} s to ${times.at(-1)} s`);
  const later = Array.from({ length: steps }, (_, i) => seconds + (i + 1) / CONTROL_RATE).filter((time) => locate(times, time));
  const current: { [arm in Arm]?: ReturnType<typeof poseAt> } = {};
  const targets: { [arm in Arm]?: { poses: ReturnType<typeof poseAt>[]; gripper: number[] } } = {};
  for (const track of tracks) {
    const arm = track.slot === 'either' ? side : track.slot;
    const { poses, gripper, joints, jointCount, targetPoses, targetGripper, between, lead } = track;
    // A command is given a row before it is reached; before the first command there is none, and the first counts.
    const whenGiven = (ahead: number): Location[] =>
      later.map((time) => locate(times, Math.max(time - ahead, times[0] as number)) as Location);
    const at = ARMS.indexOf(arm) * STATE_DIMS;
    const pose = poseAt(poses, now);
    writePose(pose, state, at);
    state[at + POSE_DIMS] = valueAt(gripper, now, between.gripper);
    const kept = Math.min(jointCount, JOINT_SLOTS);
    for (let j = 0; j < kept; j++) {
      const angle = (row: number): number => joints[row * jointCount + j] as number;
      state[at + POSE_DIMS + 1 + j] = valueAt([angle(now.row), now.fraction ? angle(now.row + 1) : 0], { ...now, row: 0 }, 'linear');
    }
    stateMask.fill(1, at, at + POSE_DIMS + 1 + kept);
    for (const [camera, places] of Object.entries(track.aims)) {
      const view = camera === 'wrist' ? wristOf(side) : (camera as View);
      const place = ARMS.indexOf(arm) * VIEWS.length + VIEWS.indexOf(view);
      aims.set((places as Float64Array).subarray(2 * now.row, 2 * now.row + 2), 2 * place);
      aimMask[place] = 1;
    }
    current[arm] = pose;
    targets[arm] = {
      poses: whenGiven(lead.poses).map((location) => poseAt(targetPoses, location)),
      gripper: whenGiven(lead.gripper).map((location) => valueAt(targetGripper, location, between.targetGripper)),
    };
  }
  const { actions, mask: actionMask } = relativeActions(current, targets, steps);
  return { state, stateMask, actions, actionMask, aims, aimMask };
}

/** Aims of which nothing is known. */
export const noAims = (): Pick<CanonicalSample, 'aims' | 'aimMask'> => ({
  aims: new Float32Array(ARMS.length * VIEWS.length * 2),
  aimMask: new Uint8Array(ARMS.length * VIEWS.length),
});

/** Moves the aims of a view, f32[2, V, 2], to where they are after a crop of it. */
export function cropAims(aims: Float32Array, view: View, { size, x, y }: Augmentation['crop']): void {
  const cropped = (place: number, at: number): number => (place - at * (1 - size)) / size;
  for (let i = 2 * VIEWS.indexOf(view); i < aims.length; i += 2 * VIEWS.length)
    aims.set([cropped(aims[i] as number, x), cropped(aims[i + 1] as number, y)], i);
}

/** The view of a wrist on a side. */
const wristOf = (side: Arm): View => (side === 'left' ? 'leftWrist' : 'rightWrist');

type Pictures = Pick<CanonicalSample, 'images' | 'viewMask' | 'latentFrames' | 'latentMask'>;

/** The camera of each slot; the one of a single wrist goes where its arm goes. Of a folder of videos, each is a head's. */
export function camerasOf({ source, bound }: Pick<EpisodeReader, 'source' | 'bound'>, side: Arm): Partial<Record<View, string>> {
  if (!bound) return source.cameras[0] === undefined ? {} : { head: source.cameras[0] };
  const { wrist, ...cameras } = bound.binding.cameras;
  return wrist === undefined ? cameras : { ...cameras, [wristOf(side)]: wrist };
}

async function viewsAt(
  reader: EpisodeReader,
  episode: number,
  seconds: number,
  side: Arm,
  { viewSize, latent, augment: how }: SampleOptions,
  { seed, draw }: { readonly seed: number; readonly draw: number },
  { images, latentFrames }: SamplePixels,
  aims: Float32Array,
): Promise<Pictures> {
  const bytes = 3 * viewSize * viewSize;
  const viewMask = new Uint8Array(VIEWS.length);
  const latentBytes = latent ? 3 * latent.size * latent.size : 0;
  const latentMask = new Uint8Array(LATENT_TIMES.length);
  const latentView = latent ? (latent.view ?? 'head') : undefined;
  const cameras = camerasOf(reader, side);

  for (const [slot, view] of VIEWS.entries()) {
    const camera = cameras[view];
    const ofLatents = latent && view === latentView;
    if (camera === undefined || !(viewSize > 0 || ofLatents)) continue;
    // One draw for the current frame and for all frames of the window: they show one scene.
    const change = how && drawAugmentation(randomStream(seed, `augment ${view}`, draw), how);
    if (change) cropAims(aims, view, change.crop);
    const show = (frame: Frame, size: number, into: Uint8Array): void => {
      const small = contain(frame, size);
      pad(change ? augment(small, change) : small, size, into);
    };
    for (const [i, later] of (ofLatents ? LATENT_TIMES : LATENT_TIMES.slice(0, 1)).entries()) {
      const frame = await reader.frame(episode, camera, seconds + later);
      if (!frame) break;
      const current = i === 0 && viewSize > 0 ? images.subarray(slot * bytes, (slot + 1) * bytes) : undefined;
      if (current) {
        show(frame, viewSize, current);
        viewMask[slot] = 1;
      }
      if (ofLatents) {
        const shown = latentFrames.subarray(i * latentBytes, (i + 1) * latentBytes);
        if (current && latent.size === viewSize) shown.set(current);
        else show(frame, latent.size, shown);
        latentMask[i] = 1;
      }
    }
  }
  return { images, viewMask, latentFrames, latentMask };
}
