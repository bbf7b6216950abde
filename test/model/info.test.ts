/** Sizes: against published numbers of parameters, and the graph's own arithmetic. */
import { expect, test } from 'vitest';
import { type ModelConfig, modelConfig } from '../../src/model/config.ts';
import { MODEL_SIZES, modelSize } from '../../src/model/configs.ts';
import { chunkBound, H200, modelInfo } from '../../src/model/info.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';

const partsOf = (name: string): Record<string, number> =>
  Object.fromEntries(modelInfo(modelSize(name)).parts.map(({ part, parameters }) => [part.split(' ')[0] as string, parameters]));

test('base-3b and paper-8b have the parameters of the published models', { timeout: 60_000 }, () => {
  const [small, large] = [partsOf('base-3b'), partsOf('paper-8b')];
  // The published embeddings lack the rows of latent and FAST tokens; paper-8b has them twice, being untied.
  const rows = (name: string, published: number): number => modelSize(name).language.vocabulary - published;
  const [more3, more7] = [2048 * rows('base-3b', 151936), 2 * 3584 * rows('paper-8b', 152064)];
  // The merger's 3D block is ours.
  const block = 4 * 1280 * (4 * 2 * 1024);
  // Counted from the shards' headers: Qwen/Qwen2.5-VL-3B-Instruct 3,754,622,976 and -7B-Instruct 8,292,166,656.
  expect((small.vision as number) + (small.fusion as number) + (small.language as number) - block - more3).toBe(3_754_622_976);
  expect((large.vision as number) + (large.fusion as number) + (large.language as number) - block - more7).toBe(8_292_166_656);
});

test('the arithmetic of decoding is two operations for each weight that is not looked up, and attention', () => {
  const config = modelSize('nano');
  const { chunk, tokens } = modelInfo(config);
  const decode = chunk.find(({ call }) => call === 'decode');
  const { width, layers, groups, headWidth, heads, hidden } = config.language;
  const { groups: codeGroups, entries } = config.vocabulary.latent;
  const layer = width * (heads + 2 * groups) * headWidth + heads * headWidth * width + 3 * width * hidden;
  // Only latent action tokens can be said.
  const weights = layers * layer + codeGroups * entries * width;
  const attention = layers * 2 * (tokens.prompt + tokens.latent) * heads * headWidth;
  expect(decode?.flops).toBe(2 * (weights + attention));
});

test('a chunk is bound by memory where there is little arithmetic for each weight', { timeout: 30_000 }, () => {
  const names = MODEL_SIZES.slice(0, 2);
  for (const name of names) {
    const bound = chunkBound(modelInfo(modelSize(name)), H200);
    expect(bound.map(({ call }) => call)).toEqual(['read', 'decode', 'flow']);
    expect(bound[1]?.by).toBe('memory');
  }
});

test('what does not fit together is refused, all at once', () => {
  const nano = modelSize('nano');
  expect(() => modelSize('mano')).toThrow('there is no model size "mano": there are "nano"');
  expect(() => modelConfig({ ...nano, chunk: 0, colour: 'red' })).toThrow(/chunk: .*colour/);
  const wrong = { ...nano, imageSize: 100, expert: { ...nano.expert, layers: 9 }, language: { ...nano.language, vocabulary: 7 } };
  expect(() => modelConfig(wrong)).toThrow(
    'imageSize 100 is not a multiple of vision.tower.patch × merge = 28; language.vocabulary is 7, but the vocabulary has 1600 rows; expert.layers 9 is more than language.layers 6',
  );
});

/** Complaints about nano with changes. */
function complaints(change: (nano: ModelConfig) => unknown): string {
  try {
    modelConfig(change(modelSize('nano')));
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

/** VGGT's DINOv2, as nano's 96 channels and patches of 14 pixels allow. */
const DINO = { kind: 'dino', depth: 1, heads: 4, registers: 1, imageSize: 56 };

const withDino = (c: ModelConfig, change: { readonly heads?: number; readonly imageSize?: number }) => ({
  ...c,
  geometry: { ...c.geometry, encoder: { ...c.geometry.encoder, patchEmbed: { ...DINO, ...change } } },
});
const called = (c: ModelConfig, ...names: string[]) => ({ ...c, embodiment: { ...c.embodiment, names } });
const seeing = (c: ModelConfig, ...context: ModelConfig['expert']['context']) => ({ ...c, expert: { ...c.expert, context } });

test.each<[what: string, change: (nano: ModelConfig) => unknown, complaint: string]>([
  ['two robots of one name', (c) => called(c, 'panda', 'ur5e', 'panda'), 'embodiment.names has "panda" twice'],
  ['a name with a dot', (c) => called(c, 'ur5e', 'ur.5'), 'embodiment.names.1: expected letters, digits, - and _'],
  ['an empty name', (c) => called(c, ''), 'embodiment.names.0: expected letters, digits, - and _'],
  [
    'FAST without tokens',
    (c) => ({ ...c, vocabulary: { ...c.vocabulary, fastTokens: 0 } }),
    'fast is true, but vocabulary.fastTokens is 0',
  ],
  ['a context twice', (c) => seeing(c, 'latent', 'state', 'latent'), 'expert.context has "latent" twice'],
  ["DINOv2's heads", (c) => withDino(c, { heads: 5 }), 'geometry.encoder.width 96 is not a multiple of patchEmbed.heads = 5'],
  ["DINOv2's pictures", (c) => withDino(c, { imageSize: 60 }), 'geometry.encoder.patchEmbed.imageSize 60 is not a multiple of patch = 14'],
])('%s: refused', (_, change, complaint) => {
  expect(complaints(change)).toContain(complaint);
});

test('what the last test changes is accepted where it fits', () => {
  expect(complaints((c) => withDino(called(seeing(c, 'latent', 'state'), 'ur5e', 'UR_5-e'), { heads: 6, imageSize: 518 }))).toBe('');
  expect(complaints((c) => ({ ...c, fast: false }))).toBe('');
  const rows = (fastTokens: number): number => vocabulary({ ...modelSize('nano').vocabulary, fastTokens }).size;
  const without = (c: ModelConfig) => ({
    ...c,
    fast: false,
    vocabulary: { ...c.vocabulary, fastTokens: 0 },
    language: { ...c.language, vocabulary: rows(0) },
  });
  expect(complaints(without)).toBe('');
});

test('a vocabulary that cannot be is one complaint among others', () => {
  const wrong = (c: ModelConfig) => ({
    ...c,
    imageSize: 100,
    vocabulary: { ...c.vocabulary, latent: { ...c.vocabulary.latent, slots: 3 } },
    dropping: { wrist: 1, state: 1, both: 0 },
  });
  const found = complaints(wrong);
  for (const complaint of [
    'imageSize 100 is not a multiple',
    '3 latent slots cannot be shared evenly by 2 groups',
    'dropping.wrist + state + both is 2, more than 1',
  ])
    expect(found).toContain(complaint);
});
