/** The published configuration of VGGT (`config.json`): the arguments of upstream's constructors, by their names there. */
import * as z from 'zod';
import { publishedConfig } from './published-config.ts';

const count = z.int().min(1);
const index = z.int().min(0);

/** What is not said is as in upstream's `vggt/models/aggregator.py` and `vggt/heads/camera_head.py`, that is as in VGGT-1B. */
const schema = z.object({
  img_size: count.default(518),
  patch_size: count.default(14),
  embed_dim: count.default(1024),
  depth: count.default(24),
  num_heads: count.default(16),
  mlp_ratio: z.number().positive().default(4),
  num_register_tokens: z.int().min(0).default(4),
  /** Of the rotary embedding; none unless it is above 0 */
  rope_freq: z.number().default(100),
  qk_norm: z.boolean().default(true),
  aa_order: z.tuple([z.literal('frame'), z.literal('global')]).default(['frame', 'global']),
  aa_block_size: count.default(1),
  patch_embed: z
    .string()
    .regex(/conv|^dinov2/, 'expected a convolution ("conv") or DINOv2 ("dinov2…")')
    .default('dinov2_vitl14_reg'),
  /** Of the DINOv2 that `patch_embed` names */
  dino_depth: count.default(24),
  dino_num_heads: count.default(16),
  camera: z.object({ trunk_depth: count.default(4), num_heads: count.default(16) }).nullish(),
  depth_head: z
    .object({
      features: count,
      out_channels: z.tuple([count, count, count, count]),
      intermediate_layer_idx: z.tuple([index, index, index, index]),
    })
    .nullish(),
});

/** What a published configuration says. */
export type VggtConfig = z.infer<typeof schema>;

/** Reads a configuration: JSON that has been parsed. Throws with every field that is wrong. */
export const vggtConfig = (config: unknown): VggtConfig => publishedConfig('VGGT', schema, config);
