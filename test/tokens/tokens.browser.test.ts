/** The tokenizers in a browser: the same ids as Python's. */
import { expect, test } from 'vitest';
import { loadFast } from '../../src/tokens/fast-files.ts';
import { fitFast } from '../../src/tokens/fast-fit.ts';
import { loadTextTokenizer, trainTextTokenizer } from '../../src/tokens/text.ts';
import { makeChunks } from './chunks.ts';
import type { Fixture } from './fixture.ts';
import { paddedTokenizer } from './padded.ts';

const read = async (file: string): Promise<string> => (await fetch(new URL(`../fixtures/tokens/${file}`, import.meta.url))).text();

const { fast, text } = JSON.parse(await read('tokens.json')) as Fixture;

test('FAST tokens', async () => {
  const recipe = fast.arm as Fixture['fast'][string];
  const chunks = makeChunks(recipe);
  const processor = JSON.stringify({ scale: 10, vocab_size: recipe.vocab_size, min_token: recipe.min_token });
  const tokenizer = loadFast({ tokenizer: await read('fast_arm.tokenizer.json'), processor });
  expect(chunks.slice(0, 5).map((chunk) => [...tokenizer.encode(chunk)])).toEqual(recipe.ids.slice(0, 5));
  expect(tokenizer.decode(recipe.ids[0] as number[], recipe)).toBeAllclose(recipe.decoded, { rtol: 1e-7, atol: 1e-7 });
  expect(fitFast(chunks, { vocabularySize: recipe.vocab_size }).model).toEqual(tokenizer.model);
});

test('text tokens', async () => {
  const published = loadTextTokenizer(await read('text_qwen_like.tokenizer.json'));
  expect(text.strings.map(published.encode)).toEqual(text.qwen_like.ids);
  expect(text.qwen_like.ids.map(published.decode)).toEqual(text.qwen_like.decoded);
  const trained = trainTextTokenizer(text.corpus, { vocabularySize: 450 + text.special.length, special: text.special });
  expect(trained.json).toBe(await read('text_small.tokenizer.json'));
});

test('as many text tokens as a real tokenizer has, where the stack is small', async () => {
  const padded = loadTextTokenizer(paddedTokenizer(await read('text_qwen_like.tokenizer.json'), 152_000));
  expect(padded.vocabularySize).toBe(152_000 + text.special.length);
  expect(padded.encode(text.strings[0] as string)).toEqual(text.qwen_like.ids[0]);
});
