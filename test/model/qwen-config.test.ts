/** The configurations of the published checkpoints (`config.json` of Qwen2.5-VL-3B-Instruct and -7B-Instruct, what matters of them). */
import { describe, expect, test } from 'vitest';
import { modelSize } from '../../src/model/configs.ts';
import { isQwenConfig, publishedName, qwenConfig } from '../../src/model/qwen-config.ts';

const vision = (out: number) => ({
  depth: 32,
  hidden_act: 'silu',
  hidden_size: 1280,
  intermediate_size: 3420,
  num_heads: 16,
  in_chans: 3,
  out_hidden_size: out,
  patch_size: 14,
  spatial_merge_size: 2,
  spatial_patch_size: 14,
  window_size: 112,
  fullatt_block_indexes: [7, 15, 23, 31],
  tokens_per_second: 2,
  temporal_patch_size: 2,
});

const shared = {
  model_type: 'qwen2_5_vl',
  vision_start_token_id: 151652,
  image_token_id: 151655,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 1000000,
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
};

const published = {
  'base-3b': {
    ...shared,
    hidden_size: 2048,
    intermediate_size: 11008,
    num_attention_heads: 16,
    num_hidden_layers: 36,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
    vocab_size: 151936,
    vision_config: vision(2048),
  },
  'paper-8b': {
    ...shared,
    hidden_size: 3584,
    intermediate_size: 18944,
    num_attention_heads: 28,
    num_hidden_layers: 28,
    num_key_value_heads: 4,
    tie_word_embeddings: false,
    vocab_size: 152064,
    vision_config: vision(3584),
  },
};

describe.each(Object.entries(published))('%s', (size, config) => {
  test('is what our size of that name is made of, but for the rows of its vocabulary', () => {
    const ours = modelSize(size);
    const { vision, language, tokens } = qwenConfig(config);
    expect(vision).toEqual(ours.vision.tower);
    expect({ ...language, vocabulary: ours.language.vocabulary }).toEqual(ours.language);
    expect(language.vocabulary).toBe(config.vocab_size);
    expect(tokens).toEqual({ image: 151655, start: 151652 });
  });

  test('is the same in the form of newer versions', () => {
    const { vision_config, tie_word_embeddings, rope_scaling, rope_theta, model_type, ...text } = config;
    const newer = {
      model_type,
      vision_config,
      text_config: { ...text, rope_parameters: { ...rope_scaling, rope_theta } },
      tie_word_embeddings,
    };
    expect(qwenConfig(newer)).toEqual(qwenConfig(config));
  });
});

test('says what is wrong', () => {
  const { hidden_size, ...without } = published['base-3b'];
  expect(() => qwenConfig(without)).toThrow('the configuration of Qwen2.5-VL is wrong: hidden_size');
  expect(() => qwenConfig({ ...without, hidden_size, rope_scaling: null })).toThrow('lacks rope_scaling.mrope_section');
});

describe('what would be another network is refused by name', () => {
  const three = published['base-3b'];
  const { rope_scaling } = three;
  test.each<[string, object, string]>([
    [
      'stretched positions',
      { rope_scaling: { ...rope_scaling, type: 'yarn', factor: 4, original_max_position_embeddings: 32768 } },
      'rope_scaling.type: expected "mrope" or "default", received "yarn"',
    ],
    [
      'the same as newer versions write it',
      { text_config: { ...three, rope_parameters: { ...rope_scaling, type: 'mrope', rope_type: 'dynamic' } } },
      'text_config.rope_parameters.rope_type: expected "mrope" or "default", received "dynamic"',
    ],
    ['another model', { model_type: 'qwen2_vl' }, 'model_type: expected "qwen2_5_vl", received "qwen2_vl"'],
  ])('%s', (_, change, message) => {
    expect(() => qwenConfig({ ...three, ...change })).toThrow(`the configuration of Qwen2.5-VL is wrong: ${message}`);
  });
});

test.each([{ type: 'mrope' }, { type: 'default', rope_type: 'default' }, { rope_type: 'default' }, {}])('%j is plain', (types) => {
  const rope_scaling = { mrope_section: [16, 24, 24], ...types };
  expect(qwenConfig({ ...published['base-3b'], rope_scaling })).toEqual(qwenConfig(published['base-3b']));
});

test('knows its own, and their weights by the names of newer versions', () => {
  expect([published['base-3b'], { model_type: 'qwen2_vl', vision_config: {} }, { embed_dim: 64 }, null].map(isQwenConfig)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(
    ['model.visual.blocks.0.norm1.weight', 'model.language_model.norm.weight', 'model.norm.weight', 'lm_head.weight'].map(publishedName),
  ).toEqual(['visual.blocks.0.norm1.weight', 'model.norm.weight', 'model.norm.weight', 'lm_head.weight']);
});
