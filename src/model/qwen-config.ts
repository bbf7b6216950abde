/** The published configuration of Qwen2.5-VL (`config.json`), in the terms of this house. */
import * as z from 'zod';
import type { LanguageConfig } from './language.ts';
import type { ImageTokens } from './multimodal-positions.ts';
import { publishedConfig } from './published-config.ts';
import type { VisionConfig } from './vision.ts';

const MODEL = 'Qwen2.5-VL';
/** `model_type`, where the configuration has one. */
const MODEL_TYPE = 'qwen2_5_vl';

const count = z.int().min(1);
const positive = z.number().positive();

/** What is not said is as in transformers' configuration_qwen2_5_vl.py. */
const visionSchema = z.object({
  depth: count,
  hidden_size: count,
  hidden_act: z.literal('silu').default('silu'),
  intermediate_size: count,
  num_heads: count,
  patch_size: count.default(14),
  spatial_merge_size: count.default(2),
  temporal_patch_size: count.default(2),
  window_size: count.default(112),
  out_hidden_size: count,
  fullatt_block_indexes: z.array(z.int().min(0)).default([7, 15, 23, 31]),
});

/** One of some words; another is refused by name. */
const oneOf = (...words: readonly string[]) =>
  z.enum(words, {
    error: ({ input }) => `expected ${words.map((word) => JSON.stringify(word)).join(' or ')}, received ${JSON.stringify(input)}`,
  });

/** Positions as they are, not stretched as by `yarn`: an older and a newer name of the same. */
const rotaryType = oneOf('mrope', 'default').nullish();
const rotarySchema = z.object({
  type: rotaryType,
  rope_type: rotaryType,
  mrope_section: z.tuple([count, count, count]),
  rope_theta: positive.optional(),
});

const textSchema = z.object({
  vocab_size: count,
  hidden_size: count,
  hidden_act: z.literal('silu').default('silu'),
  intermediate_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: count.nullish(),
  head_dim: count.nullish(),
  rms_norm_eps: positive.default(1e-5),
  rope_theta: positive.optional(),
  rope_scaling: rotarySchema.nullish(),
  rope_parameters: rotarySchema.nullish(),
  tie_word_embeddings: z.boolean().optional(),
});

const schema = z.object({
  model_type: oneOf(MODEL_TYPE).optional(),
  vision_config: visionSchema,
  text_config: textSchema.optional(),
  tie_word_embeddings: z.boolean().optional(),
  image_token_id: z.int().min(0).default(151655),
  vision_start_token_id: z.int().min(0).default(151652),
});

/** What a published configuration says. */
export interface QwenConfig {
  readonly vision: VisionConfig;
  readonly language: LanguageConfig;
  readonly tokens: ImageTokens;
}

/** Whether a configuration is one of Qwen2.5-VL's. */
export function isQwenConfig(config: unknown): boolean {
  if (typeof config !== 'object' || config === null || !('vision_config' in config)) return false;
  return !('model_type' in config) || config.model_type === MODEL_TYPE;
}

/**
 * Reads a configuration: JSON that has been parsed. The language model's part may stand beside `vision_config`, as in the published
 * checkpoints, or in `text_config`, as newer versions write it. `tied` is assumed where it does not say. Throws with every field that is wrong.
 */
export function qwenConfig(config: unknown, { tied = false }: { readonly tied?: boolean } = {}): QwenConfig {
  const top = publishedConfig(MODEL, schema, config);
  const text = top.text_config ?? publishedConfig(MODEL, textSchema, config);
  const vision = top.vision_config;
  const rotary = text.rope_parameters ?? text.rope_scaling;
  if (!rotary) throw new Error('the configuration of Qwen2.5-VL lacks rope_scaling.mrope_section');
  return {
    vision: {
      depth: vision.depth,
      width: vision.hidden_size,
      heads: vision.num_heads,
      hidden: vision.intermediate_size,
      patch: vision.patch_size,
      temporalPatch: vision.temporal_patch_size,
      merge: vision.spatial_merge_size,
      window: vision.window_size,
      fullAttention: vision.fullatt_block_indexes,
      out: vision.out_hidden_size,
    },
    language: {
      vocabulary: text.vocab_size,
      width: text.hidden_size,
      layers: text.num_hidden_layers,
      heads: text.num_attention_heads,
      groups: text.num_key_value_heads ?? text.num_attention_heads,
      headWidth: text.head_dim ?? text.hidden_size / text.num_attention_heads,
      hidden: text.intermediate_size,
      epsilon: text.rms_norm_eps,
      ropeBase: rotary.rope_theta ?? text.rope_theta ?? 1e6,
      sections: rotary.mrope_section,
      tied: text.tie_word_embeddings ?? top.tie_word_embeddings ?? tied,
    },
    tokens: { image: top.image_token_id, start: top.vision_start_token_id },
  };
}

/** What is said of weights of an output layer beside a configuration by which there are none. Equal ones may lie there. */
export const NOT_TIED = 'tie_word_embeddings is true, but "lm_head.weight" is another table than "model.embed_tokens.weight"';

/** The published name of a weight that a newer version of transformers wrote: `model.visual.…` and `model.language_model.…` became others. */
export const publishedName = (name: string): string =>
  name.replace(/^model\.visual\./, 'visual.').replace(/^model\.language_model\./, 'model.');
