import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BpeModel, bpe } from '../../src/tokens/bpe.ts';
import { trainBpe } from '../../src/tokens/bpe-train.ts';
import { BYTE_CHARACTERS } from '../../src/tokens/byte-alphabet.ts';
import { wordEnd } from '../../src/tokens/split.ts';
import { codePointsOf } from '../../src/tokens/utf8.ts';
import { fixture } from './fixture.ts';

function wordsOf(text: string): string[] {
  const codePoints = codePointsOf(text);
  const words: string[] = [];
  for (let start = 0; start < codePoints.length; ) {
    const end = wordEnd(codePoints, start, codePoints.length);
    words.push(String.fromCodePoint(...codePoints.subarray(start, end)));
    start = end;
  }
  return words;
}

describe('words', () => {
  test("are those of Python's tokenizers, for all characters up to U+07FF", () => {
    let end = 0;
    const ends = wordsOf(fixture.words.text).map((word) => (end += Array.from(word).length));
    expect(ends).toEqual(fixture.words.ends);
  });

  test("are those of GPT-2's regular expression", () => {
    const pattern =
      /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
    const characters = fc.constantFrom(..." \t\n\u0085'stremvld1½Aé.!~\u4e00\u{1f600}");
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 30 }), (text) => {
        expect(wordsOf(text)).toEqual(text.match(pattern) ?? []);
      }),
    );
  });
});

/** Merges one after another, as byte-pair encoding is defined. */
function encodePlainly({ tokens, merges }: BpeModel, text: string): number[] {
  return wordsOf(text).flatMap((word) => {
    const symbols = Array.from(new TextEncoder().encode(word), (byte) => tokens.indexOf(BYTE_CHARACTERS[byte] as string));
    for (;;) {
      const ranks = symbols.slice(1).map((right, i) => merges.findIndex(([a, b]) => a === symbols[i] && b === right));
      const lowest = Math.min(...ranks.filter((rank) => rank >= 0));
      if (lowest === Number.POSITIVE_INFINITY) return symbols;
      const [left, right] = merges[lowest] as readonly [number, number];
      symbols.splice(ranks.indexOf(lowest), 2, tokens.indexOf(`${tokens[left]}${tokens[right]}`));
    }
  });
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 24 });

describe('encoding', () => {
  test('is that of the merges, whatever they are', () => {
    // Any merges of what there is, in any order: the same token from several pairs, and merges whose parts come later.
    const models = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 14 }).chain((picks) => {
      const tokens = ['a', 'b', 'c'];
      const merges: [number, number][] = [];
      for (const [i, j] of picks) {
        const [left, right] = [i % tokens.length, j % tokens.length];
        if (merges.some(([a, b]) => a === left && b === right)) continue;
        merges.push([left, right]);
        const token = `${tokens[left]}${tokens[right]}`;
        if (!tokens.includes(token)) tokens.push(token);
      }
      return fc.shuffledSubarray(merges, { minLength: merges.length }).map((shuffled): BpeModel => ({ tokens, merges: shuffled }));
    });
    fc.assert(
      fc.property(models, fc.array(letters, { minLength: 1, maxLength: 4 }), (model, texts) => {
        const pairs = bpe(model);
        for (const text of texts) expect([...pairs.encode(text)]).toEqual(encodePlainly(model, text));
      }),
      { numRuns: 1000 },
    );
  });

  test('and decoding give any text back', () => {
    const pairs = bpe(trainBpe(fixture.text.corpus, { vocabularySize: 400 }));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        expect(pairs.decode(pairs.encode(text))).toBe(text);
      }),
    );
    expect(pairs.decode(pairs.encode('\ud800'))).toBe('\ufffd');
  });

  test('says what cannot be', () => {
    const model = { tokens: ['a', 'b'], merges: [] };
    expect(() => bpe(model).encode('abc')).toThrow('the vocabulary has no token for byte 0x63, in U+0063');
    expect(() => bpe(model).decode([2])).toThrow('2 is not an id of a vocabulary of 2');
    expect(() => bpe({ ...model, merges: [[0, 1]] })).toThrow('merge 0 makes "ab", which is no token');
    expect(() => bpe({ ...model, tokens: ['a', 'a'] })).toThrow('1 tokens are in the vocabulary twice');
    expect(() => bpe({ ...model, tokens: Array.from({ length: 65536 }, (_, i) => `${i}`) })).toThrow('at most 65535');
  });
});

describe('training', () => {
  test('merges the most frequent pair, of equals the one with the lowest ids', () => {
    const { tokens, merges } = trainBpe(['ab ab cd cd', 'ef'], { vocabularySize: 100, alphabet: [] });
    expect(tokens).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'Ġ', 'ab', 'cd', 'Ġcd']);
    expect(merges.map(([a, b]) => `${tokens[a]} ${tokens[b]}`)).toEqual(['a b', 'c d', 'Ġ cd']);
  });

  test('stops at the size asked for, and takes rare pairs when told', () => {
    expect(trainBpe(['aaaa aaaa'], { vocabularySize: 3, alphabet: [] }).tokens).toEqual(['a', 'Ġ', 'aa']);
    expect(trainBpe(['xyz'], { vocabularySize: 300, alphabet: [] }).tokens).toHaveLength(3);
    expect(trainBpe(['xyz'], { vocabularySize: 300, alphabet: [], minFrequency: 1 }).tokens).toEqual(['x', 'y', 'z', 'xy', 'xyz']);
    expect(() => trainBpe([], { vocabularySize: 70000 })).toThrow('at most 65535 tokens');
  });
});
