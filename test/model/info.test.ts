/** Sizes: against published numbers of parameters, and the graph's own arithmetic. */
import { expect, test } from 'vitest';
import { modelConfig } from '../../src/model/config.ts';
import { MODEL_SIZES, modelSize } from '../../src/model/configs.ts';
import { chunkBound, H200, modelInfo } from '../../src/model/info.ts';

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
