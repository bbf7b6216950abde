import { describe, expect, test } from 'vitest';
import { loadTextTokenizer, loadTrainedTextTokenizer, trainTextTokenizer } from '../../src/tokens/text.ts';
import { fixture, tokenizerFile } from './fixture.ts';
import { paddedTokenizer } from './padded.ts';

const { corpus, special, strings, qwen_like: qwenLike, small } = fixture.text;

describe("a tokenizer.json of Qwen2.5's kind", () => {
  const tokenizer = loadTextTokenizer(tokenizerFile('text_qwen_like'), '{"clean_up_tokenization_spaces": true}');

  test.each(strings.map((text, i) => [text, i] as const))('%j is encoded and decoded as by Python', (text, i) => {
    expect(tokenizer.encode(text)).toEqual(qwenLike.ids[i]);
    expect(tokenizer.decode(qwenLike.ids[i] as number[])).toBe(qwenLike.decoded[i]);
  });

  test('knows its special tokens', () => {
    expect(tokenizer.tokenId('<|im_end|>')).toBe(tokenizer.encode('<|im_end|>')[0]);
    expect([...tokenizer.special.keys()]).toEqual(special);
    expect(tokenizer.vocabularySize).toBe(Math.max(...tokenizer.special.values()) + 1);
    expect(() => tokenizer.tokenId('<|other|>')).toThrow('no special token "<|other|>"; it has <|endoftext|>');
  });

  test('may have as many tokens as a real one', () => {
    const padded = loadTextTokenizer(paddedTokenizer(tokenizerFile('text_qwen_like'), 152_000));
    expect(padded.vocabularySize).toBe(152_000 + special.length);
    expect(padded.encode('put the red cube')).toEqual(tokenizer.encode('put the red cube'));
    expect(padded.encode('<|im_end|>')).toEqual([padded.tokenId('<|im_end|>')]);
  });

  test('says what it cannot decode, and takes nothing for nothing', () => {
    expect(() => tokenizer.decode([5, 99999])).toThrow('99999 is not an id');
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
  });
});

describe('a trained tokenizer', () => {
  const trained = trainTextTokenizer(corpus, { vocabularySize: 450 + special.length, special });

  test('is the file that Python trains', () => {
    expect(trained.json).toBe(tokenizerFile('text_small'));
  });

  test.each(strings.map((text, i) => [text, i] as const))('%j is encoded and decoded as by Python', (text, i) => {
    expect(trained.encode(text)).toEqual(small.ids[i]);
    expect(trained.decode(small.ids[i] as number[])).toBe(small.decoded[i]);
  });

  test('is the same when loaded, here and by the other loader', () => {
    for (const loaded of [loadTrainedTextTokenizer(trained.json), loadTextTokenizer(trained.json)]) {
      expect(loaded.vocabularySize).toBe(trained.vocabularySize);
      expect(loaded.special).toEqual(trained.special);
    }
    const again = loadTrainedTextTokenizer(trained.json);
    expect(strings.map(again.encode)).toEqual(small.ids);
    expect(again.json).toBe(trained.json);
  });

  test('needs room for bytes', () => {
    expect(() => trainTextTokenizer(corpus, { vocabularySize: 260 })).toThrow('260 ids are too few for 256 bytes and 7 special tokens');
    const smallest = trainTextTokenizer([], { vocabularySize: 256, special: [] });
    expect(smallest.decode(smallest.encode('€ <|im_end|>'))).toBe('€ <|im_end|>');
    expect(() => smallest.tokenId('x')).toThrow('it has none');
    expect(() => trained.decode([9999])).toThrow('9999 is not an id');
  });
});
