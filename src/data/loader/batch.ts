/** Batches: samples one after the other in arrays that a program takes as they are, and that travel between threads uncopied. */
import { ACTION_DIMS, ARMS, CHUNK_STEPS, STATE_DIMS, VIEWS } from '../../robot/canonical.ts';
import { type Normalization, normaliseActions, normaliseState } from '../../robot/normalization.ts';
import type { DType } from '../../tensor/dtype.ts';
import { type HostTensor, hostTensor } from '../../tensor/host.ts';
import { type CanonicalSample, LATENT_TIMES, type SampleOptions, type SamplePixels } from '../samples.ts';

/** Where a sample comes from. */
export interface Origin {
  /** The dataset's name in the mixture, and how often it had been gone through */
  readonly source: string;
  readonly epoch: number;
  /** Position of the episode in the dataset, and the moment in it, in steps at CONTROL_RATE; of a sample of reasoning, its number and 0 */
  readonly episode: number;
  readonly moment: number;
}

/** B canonical samples. The tensors are those of `robot/canonical.ts` with B in front; states and actions normalised if so asked. */
export interface Batch {
  /** Number of the batch. A loader that starts with `index + 1` goes on after it. */
  readonly index: number;
  readonly tensors: {
    /** u8[B, V, S, S, 3] */
    readonly images: HostTensor;
    /** bool[B, V] */
    readonly viewMask: HostTensor;
    /** f32[B, 2, STATE_DIMS] and bool of the same shape */
    readonly state: HostTensor;
    readonly stateMask: HostTensor;
    /** f32[B, K, 2, ACTION_DIMS] and bool of the same shape */
    readonly actions: HostTensor;
    readonly actionMask: HostTensor;
    /** f32[B, 2, V, 2] and bool[B, 2, V] */
    readonly aims: HostTensor;
    readonly aimMask: HostTensor;
    /** u8[B, 5, L, L, 3] and bool[B, 5] */
    readonly latentFrames: HostTensor;
    readonly latentMask: HostTensor;
    /** u8[B, S, S, 3], black where there is none, and bool[B]; only where one of the samples is guided */
    readonly guides?: HostTensor;
    readonly guideMask?: HostTensor;
  };
  /** By sample */
  readonly instructions: readonly string[];
  /** To questions; empty for samples of robots and videos */
  readonly answers: readonly string[];
  readonly embodiments: readonly string[];
  /** Entries of latent actions; only where all samples are packed with them */
  readonly codes?: readonly Uint8Array[];
  readonly origins: readonly Origin[];
}

/** Bytes of the tensors of a batch. */
export function batchBytes(
  size: number,
  { viewSize, steps, latent }: Required<Pick<SampleOptions, 'viewSize' | 'steps'>> & SampleOptions,
): number {
  const images = VIEWS.length * (3 * viewSize ** 2 + 1);
  const latents = LATENT_TIMES.length * (3 * (latent?.size ?? 0) ** 2 + 1);
  return size * (images + latents + ARMS.length * (5 * (STATE_DIMS + steps * ACTION_DIMS) + 9 * VIEWS.length));
}

/** Samples as the tensors of a batch; `pixels` are those of all of them, where they have put them. */
export function collate(
  samples: readonly CanonicalSample[],
  pixels: SamplePixels,
  normalization: Normalization | undefined,
  { viewSize, steps = CHUNK_STEPS, latent }: SampleOptions,
): Batch['tensors'] {
  const size = samples.length;
  const stack = <K extends Exclude<keyof CanonicalSample, keyof SamplePixels>>(
    key: K,
    dtype: DType,
    shape: readonly number[],
  ): HostTensor => {
    const parts = samples.map((sample) => sample[key] as unknown as Float32Array | Uint8Array);
    const each = parts[0]?.length ?? 0;
    const data = new (dtype === 'f32' ? Float32Array : Uint8Array)(size * each);
    for (const [i, part] of parts.entries()) data.set(part, i * each);
    return hostTensor(dtype, [size, ...shape], data);
  };
  const side = latent?.size ?? 0;
  const stateMask = stack('stateMask', 'bool', [ARMS.length, STATE_DIMS]);
  const actionMask = stack('actionMask', 'bool', [steps, ARMS.length, ACTION_DIMS]);
  const state = stack('state', 'f32', [ARMS.length, STATE_DIMS]);
  const actions = stack('actions', 'f32', [steps, ARMS.length, ACTION_DIMS]);
  const masked = (tensor: HostTensor, mask: HostTensor, normalise: typeof normaliseState): HostTensor =>
    normalization ? { ...tensor, data: normalise(normalization, tensor.data as Float32Array, mask.data as Uint8Array) } : tensor;
  return {
    images: hostTensor('u8', [size, VIEWS.length, viewSize, viewSize, 3], pixels.images),
    viewMask: stack('viewMask', 'bool', [VIEWS.length]),
    state: masked(state, stateMask, normaliseState),
    stateMask,
    actions: masked(actions, actionMask, normaliseActions),
    actionMask,
    aims: stack('aims', 'f32', [ARMS.length, VIEWS.length, 2]),
    aimMask: stack('aimMask', 'bool', [ARMS.length, VIEWS.length]),
    latentFrames: hostTensor('u8', [size, LATENT_TIMES.length, side, side, 3], pixels.latentFrames),
    latentMask: stack('latentMask', 'bool', [LATENT_TIMES.length]),
    ...(samples.some(({ guide }) => guide) && guidesOf(samples, viewSize)),
  };
}

/** The guides of a batch, and which samples have one. */
function guidesOf(samples: readonly CanonicalSample[], viewSize: number): Pick<Batch['tensors'], 'guides' | 'guideMask'> {
  const each = 3 * viewSize ** 2;
  const data = new Uint8Array(samples.length * each);
  for (const [i, { guide }] of samples.entries()) if (guide) data.set(guide, i * each);
  return {
    guides: hostTensor('u8', [samples.length, viewSize, viewSize, 3], data),
    guideMask: hostTensor(
      'bool',
      [samples.length],
      Uint8Array.from(samples, ({ guide }) => (guide ? 1 : 0)),
    ),
  };
}

/** The memory of a batch, to be handed to another thread. */
export const transferables = ({ tensors }: Batch): ArrayBuffer[] =>
  Object.values(tensors as Readonly<Record<string, HostTensor>>).map(({ data }) => data.buffer as ArrayBuffer);
