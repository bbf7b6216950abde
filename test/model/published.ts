/** Published models as they lie on disk, with random weights: folders as Hugging Face has them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ModelConfig } from '../../src/model/config.ts';
import { isPublished, modelParameters } from '../../src/model/import.ts';
import { DTYPES, type DType } from '../../src/tensor/dtype.ts';
import { convert, type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { sizeOf } from '../../src/tensor/shape.ts';

/** Tensors by their names in the files. */
export type Weights = ReadonlyMap<string, HostTensor>;

/** `config.json` of Qwen2.5-VL, in the words of the published ones. */
export const qwenJson = ({ vision: { tower }, language, vocabulary }: ModelConfig) => ({
  architectures: ['Qwen2_5_VLForConditionalGeneration'],
  model_type: 'qwen2_5_vl',
  vocab_size: vocabulary.textTokens,
  hidden_size: language.width,
  hidden_act: 'silu',
  intermediate_size: language.hidden,
  num_hidden_layers: language.layers,
  num_attention_heads: language.heads,
  num_key_value_heads: language.groups,
  head_dim: language.headWidth,
  rms_norm_eps: language.epsilon,
  rope_theta: language.ropeBase,
  rope_scaling: { type: 'mrope', mrope_section: language.sections },
  tie_word_embeddings: language.tied,
  vision_config: {
    depth: tower.depth,
    hidden_act: 'silu',
    hidden_size: tower.width,
    intermediate_size: tower.hidden,
    num_heads: tower.heads,
    out_hidden_size: tower.out,
    patch_size: tower.patch,
    spatial_merge_size: tower.merge,
    window_size: tower.window,
    fullatt_block_indexes: tower.fullAttention,
    temporal_patch_size: tower.temporalPatch,
  },
});

/** `config.json` of VGGT. */
export const vggtJson = ({ geometry: { encoder } }: ModelConfig) => ({
  img_size: encoder.patchEmbed.kind === 'dino' ? encoder.patchEmbed.imageSize : 518,
  patch_size: encoder.patch,
  embed_dim: encoder.width,
});

/** Random weights for all parameters that published models have, with as many rows of tokens as there are tokens of text. */
export function publishedWeights(config: ModelConfig, dtype: DType = 'bf16'): Record<'qwen' | 'vggt', Map<string, HostTensor>> {
  const weights = modelParameters(config)
    .filter(({ name }) => isPublished(name))
    .map(({ name, shape: [rows, ...rest] }): [string, HostTensor] => {
      const table = name === 'model.embed_tokens.weight' || name === 'lm_head.weight';
      const shape = [table ? config.vocabulary.textTokens : (rows as number), ...rest];
      return [name, convert(hostTensor('f32', shape, normals(randomStream(7, name), sizeOf(shape), 0.3)), dtype)];
    });
  const [vggt, qwen] = [true, false].map((of) => new Map(weights.filter(([name]) => name.startsWith('aggregator.') === of)));
  return { qwen: qwen as Map<string, HostTensor>, vggt: vggt as Map<string, HostTensor> };
}

/** Writes a folder with `config.json`, if there is one, and weights in so many files, with an index where they are several. */
export async function publish(folder: string, config: unknown, weights: Weights, files = 1): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (config !== undefined) writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  if (files === 1) return writeSafetensors(path.join(folder, 'model.safetensors'), { metadata: { format: 'pt' }, tensors: weights });
  const nameOf = (i: number): string => `model-0000${(i % files) + 1}-of-0000${files}.safetensors`;
  const all = [...weights];
  for (let file = 0; file < files; file++) {
    const own = new Map(all.filter((_, i) => i % files === file));
    await writeSafetensors(path.join(folder, nameOf(file)), { metadata: { format: 'pt' }, tensors: own });
  }
  const index = {
    metadata: { total_size: all.reduce((sum, [, { dtype, shape }]) => sum + sizeOf(shape) * DTYPES[dtype].bytes, 0) },
    weight_map: Object.fromEntries(all.map(([name], i) => [name, nameOf(i)])),
  };
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify(index));
}
