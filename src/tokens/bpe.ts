/**
 * Byte-level byte-pair encoding (Sennrich et al. 2016; of bytes: Radford et al. 2019): a text is cut into words, their bytes are
 * symbols, and adjacent symbols are merged in the order of a list of merges. This is the core of the FAST action tokenizer and of
 * the small text tokenizer; ids are those of Python's `tokenizers` for the same vocabulary and merges.
 *
 * Words are not encoded by doing the merges. Merging is local: what becomes of a part of a word, at whose ends nothing is merged
 * across, is what becomes of it alone. Hence some tokens are the encoding of a word if and only if each of them is its own encoding
 * and no two neighbours, encoded together, would merge across their border. The longest tokens that are so are looked for from left
 * to right, going back where there are none (the method of the `bpe` crate in github/rust-gems).
 */
import { BYTE_CHARACTERS, bytesOfToken } from './byte-alphabet.ts';
import { mergeRules } from './merges.ts';
import { MAX_TOKENS } from './pair-table.ts';
import { wordEnd } from './split.ts';
import { tokenTrie } from './trie.ts';
import { codePointsOf, writeUtf8 } from './utf8.ts';

/** What byte-pair encoding learns. */
export interface BpeModel {
  /** The token of each id, written in the byte alphabet. */
  readonly tokens: readonly string[];
  /** Pairs of ids, the first to be merged first. */
  readonly merges: readonly (readonly [left: number, right: number])[];
}

/** An encoder and decoder of one model. */
export interface Bpe {
  /** The bytes of every token. */
  readonly bytes: readonly Uint8Array[];
  /** Ids of a text. Throws when it has a byte for which the vocabulary has no token. */
  encode(text: string): Int32Array;
  /** The same for a text as code points, none of which is a surrogate. */
  encodeCodePoints(codePoints: ArrayLike<number>): Int32Array;
  /** The text of ids; bytes that are no UTF-8 become U+FFFD. Throws for ids outside the vocabulary. */
  decode(ids: ArrayLike<number>): string;
}

/** An encoder of a model. Throws when the model has too many tokens, equal ones, or a merge whose result is no token. */
export function bpe(model: BpeModel): Bpe {
  const { tokens } = model;
  if (tokens.length > MAX_TOKENS)
    throw new Error(`byte-pair encoding: ${tokens.length} tokens, but at most ${MAX_TOKENS} can be told apart`);
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  if (idOf.size < tokens.length) throw new Error(`byte-pair encoding: ${tokens.length - idOf.size} tokens are in the vocabulary twice`);
  const bytes = tokens.map(bytesOfToken);
  const idOfByte = Int32Array.from(BYTE_CHARACTERS, (character) => idOf.get(character) ?? -1);
  const rules = mergeRules(model, bytes, idOfByte);
  const trie = tokenTrie(bytes, rules.isOwnEncoding);
  const lengths = Int32Array.from(bytes, ({ length }) => length);
  // Memory that is kept between texts.
  let text = new Uint8Array(0);
  let ids = new Int32Array(0);
  let deadEnd = new Uint8Array(1);

  /** Appends the ids of text[start … end−1] to the first `count` ids; returns how many there are then. */
  function encodeWord(start: number, end: number, count: number): number {
    let used = count;
    let at = start;
    let token = trie.longest(text, at, end);
    while (at < end) {
      const last = used > count ? (ids[used - 1] as number) : -1;
      while (token >= 0) {
        if (deadEnd[at + (lengths[token] as number)] === 0 && (last < 0 || rules.staySeparate(last, token))) break;
        token = trie.shorter(token);
      }
      if (token >= 0) {
        ids[used++] = token;
        at += lengths[token] as number;
        token = trie.longest(text, at, end);
      } else {
        // Up to here the ids are right, if a token ends here at all. As none can follow, none ends here.
        deadEnd[at] = 1;
        token = ids[--used] as number;
        at -= lengths[token] as number;
      }
    }
    return used;
  }

  function encodeCodePoints(codePoints: ArrayLike<number>): Int32Array {
    if (text.length < 4 * codePoints.length) {
      text = new Uint8Array(4 * codePoints.length);
      ids = new Int32Array(4 * codePoints.length);
      deadEnd = new Uint8Array(4 * codePoints.length + 1);
    }
    deadEnd.fill(0, 0, 4 * codePoints.length + 1);
    let used = 0;
    let written = 0;
    for (let start = 0; start < codePoints.length; ) {
      const end = wordEnd(codePoints, start, codePoints.length);
      const first = written;
      for (; start < end; start++) {
        const codePoint = codePoints[start] as number;
        const from = written;
        written = writeUtf8(codePoint, text, written);
        for (let i = from; i < written; i++) if ((idOfByte[text[i] as number] as number) < 0) noToken(codePoint, text[i] as number);
      }
      used = encodeWord(first, written, used);
    }
    return ids.slice(0, used);
  }

  return {
    bytes,
    encode: (text) => encodeCodePoints(codePointsOf(text)),
    encodeCodePoints,
    decode(ids) {
      const parts = Array.from(ids, (id) => bytes[id] ?? unknownId(id, tokens.length));
      const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
      let at = 0;
      for (const part of parts) {
        joined.set(part, at);
        at += part.length;
      }
      return new TextDecoder('utf-8', { ignoreBOM: true }).decode(joined);
    },
  };
}

function unknownId(id: number, size: number): never {
  throw new Error(`byte-pair encoding: ${id} is not an id of a vocabulary of ${size}`);
}

function noToken(codePoint: number, byte: number): never {
  const hex = (n: number, digits: number): string => n.toString(16).toUpperCase().padStart(digits, '0');
  throw new Error(`byte-pair encoding: the vocabulary has no token for byte 0x${hex(byte, 2)}, in U+${hex(codePoint, 4)}`);
}
