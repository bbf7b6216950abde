/** Sizes and choices of the latent action tokenizer: JSON that is stored with its weights. */
import * as z from 'zod';
import { issuesOf } from '../issues.ts';

const count = z.int().min(1);

const schema = z.strictObject({
  /** Pixels of a side of the frames, and of a patch */
  imageSize: count,
  patch: count,
  /** Channels and heads of all blocks */
  width: count,
  heads: count,
  /** Blocks of the visual encoder, of the attention of queries to what it sees, and of the decoder */
  depth: count,
  queryDepth: count,
  decoderDepth: count,
  /** Frames of a window; the paper has five within a second */
  frames: z.int().min(2),
  /** Table 14: `causal` has a transition from each frame to the next; `lapa` one, from the first frame to the last */
  variant: z.enum(['causal', 'lapa']),
  /** What the vocabulary has of them */
  codes: z.strictObject({ slots: count, transitions: count, groups: count, entries: z.int().min(2) }),
  /** Channels of a codebook's entry */
  codeWidth: count,
  /** Weight of the commitment loss: 0.25 in van den Oord et al. 2017 */
  commitment: z.number().min(0),
  /** How much of an entry and of its use is kept at each update */
  decay: z.number().min(0).max(1),
  /** Share of its group's codes below which an entry is dead, and is put where there are latents */
  deadBelow: z.number().min(0).max(1),
});

/** A tokenizer's configuration. */
export type LatentActionConfig = z.infer<typeof schema>;

/** What a tokenizer has unless told otherwise: the paper's window and codebook, in a network for 64-pixel frames and one core. */
const DEFAULTS: LatentActionConfig = {
  imageSize: 64,
  patch: 16,
  width: 128,
  heads: 4,
  depth: 2,
  queryDepth: 1,
  decoderDepth: 2,
  frames: 5,
  variant: 'causal',
  codes: { slots: 4, transitions: 4, groups: 2, entries: 8 },
  codeWidth: 8,
  commitment: 0.25,
  decay: 0.95,
  deadBelow: 0.01,
};

/** Reads a configuration; what it leaves out has its default. Throws with every field that is wrong, and every two that do not fit together. */
export function latentActionConfig(given: Partial<LatentActionConfig> = {}): LatentActionConfig {
  const { success, data, error } = schema.safeParse({ ...DEFAULTS, ...given });
  if (!success) throw new Error(`the latent action tokenizer's configuration is wrong: ${issuesOf(error)}`);
  const { imageSize, patch, width, heads, frames, variant, codes, deadBelow } = data;
  const transitions = variant === 'lapa' ? 1 : frames - 1;
  const rules: readonly (readonly [boolean, string])[] = [
    [imageSize % patch === 0, `imageSize ${imageSize} is not a multiple of patch ${patch}`],
    [width % heads === 0, `width ${width} is not a multiple of heads ${heads}`],
    [codes.slots % codes.groups === 0, `codes.slots ${codes.slots} cannot be shared evenly by codes.groups ${codes.groups}`],
    [
      codes.transitions === transitions,
      `codes.transitions is ${codes.transitions}, but "${variant}" has ${transitions} with ${frames} frames`,
    ],
    [deadBelow < 1 / codes.entries, `deadBelow ${deadBelow} is not less than 1/codes.entries, the share of an entry used like all others`],
  ];
  const wrong = rules.filter(([holds]) => !holds).map(([, message]) => message);
  if (wrong.length > 0) throw new Error(`the latent action tokenizer's configuration does not fit together: ${wrong.join('; ')}`);
  return data;
}
