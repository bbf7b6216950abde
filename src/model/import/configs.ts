/** Published configurations beside ours: do their numbers agree? */
import type { ModelConfig } from '../config.ts';
import { MODEL_SIZES, modelSize } from '../configs.ts';
import type { QwenConfig } from '../qwen-config.ts';
import { vggtConfig } from '../vggt-config.ts';

/** What published configurations say that decides where weights fit. */
export interface PublishedConfigs {
  readonly qwen: QwenConfig;
  /** `config.json`, parsed; none where there is no such file, or no VGGT */
  readonly vggt?: unknown;
}

/** Numbers that differ, one sentence each. Throws when VGGT's configuration makes no sense. */
export function configMisfits({ vision, language, vocabulary, geometry, name }: ModelConfig, { qwen, vggt }: PublishedConfigs): string[] {
  const pairs: [what: string, ours: unknown, published: unknown][] = [];
  const tower: Readonly<Record<string, unknown>> = vision.tower;
  for (const [field, published] of Object.entries(qwen.vision)) pairs.push([`vision.tower.${field}`, tower[field], published]);
  // Of the vocabulary only the text is published.
  const { vocabulary: rows, ...text } = qwen.language;
  pairs.push(['vocabulary.textTokens', vocabulary.textTokens, rows]);
  const ours: Readonly<Record<string, unknown>> = language;
  for (const [field, published] of Object.entries(text)) pairs.push([`language.${field}`, ours[field], published]);
  if (vggt !== undefined && geometry.use !== 'none') {
    const { patch, width, patchEmbed } = geometry.encoder;
    const published = vggtConfig(vggt);
    pairs.push(['geometry.encoder.patch', patch, published.patch_size], ['geometry.encoder.width', width, published.embed_dim]);
    if (patchEmbed.kind === 'dino') pairs.push(['geometry.encoder.patchEmbed.imageSize', patchEmbed.imageSize, published.img_size]);
  }
  const written = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
  return pairs
    .filter(([, mine, published]) => written(mine) !== written(published))
    .map(([what, mine, published]) => `${what} is ${written(mine)} in "${name}", but ${written(published)} in the published model`);
}

/** The size whose numbers are the published ones. Throws when there is none, with what keeps the nearest from it. */
export function fittingSize(published: PublishedConfigs): ModelConfig {
  const sizes = MODEL_SIZES.map((name) => {
    const config = modelSize(name);
    return { config, misfits: configMisfits(config, published) };
  });
  const [nearest] = sizes.sort((a, b) => a.misfits.length - b.misfits.length) as [(typeof sizes)[number]];
  if (nearest.misfits.length === 0) return nearest.config;
  throw new Error(`no size has the numbers of these models; nearest is "${nearest.config.name}": ${nearest.misfits.join('; ')}`);
}
