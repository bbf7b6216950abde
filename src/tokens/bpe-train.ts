/**
 * Learning byte-pair merges from texts, with the results of Python's `tokenizers` (BpeTrainer): the most frequent pair is merged
 * next, of equally frequent ones the one with the lower ids. Counts, the order in which they are looked at, and the places where a
 * pair is merged follow its trainer also where that is surprising:
 * - A pair counts as often as its ids are neighbours, "aaa" having two of a and a.
 * - A pair that comes up anew, when a token is made a second time from other parts, has two entries. Each is merged in the words that
 *   it knows, at its own time, and the later merge counts. (Which of two entries of equal frequency is first is chance there.)
 * Its `max_token_length` is left out: the 10,000 of the published FAST processor are more than any word has.
 */
import type { BpeModel } from './bpe.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { type Corpus, readCorpus } from './corpus.ts';
import { entryQueue } from './entry-queue.ts';
import { type Pair, pairStatistics } from './pair-statistics.ts';
import { MAX_TOKENS } from './pair-table.ts';

/** How much to learn. */
export interface TrainBpeOptions {
  /** Tokens at most, those of single characters included. It may end with fewer, when no pair is frequent enough. */
  readonly vocabularySize: number;
  /** Merges of pairs that are rarer are not made; 2 by default. */
  readonly minFrequency?: number;
  /** Tokens of one character that there are to be in any case; those of all bytes by default. */
  readonly alphabet?: Iterable<string>;
}

/** Learns tokens and merges from texts, which may be given as code points. Throws when the vocabulary has more than 65,535 tokens. */
export function trainBpe(
  texts: Iterable<string | ArrayLike<number>>,
  { vocabularySize, minFrequency = 2, alphabet = BYTE_CHARACTERS }: TrainBpeOptions,
): BpeModel {
  if (vocabularySize > MAX_TOKENS)
    throw new Error(`trainBpe: at most ${MAX_TOKENS} tokens can be told apart, got vocabularySize ${vocabularySize}`);
  const corpus = readCorpus(texts);
  const tokens = alphabetOf(corpus, alphabet);
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const idOfByte = BYTE_CHARACTERS.map((character) => ids.get(character) ?? -1);
  const statistics = pairStatistics(corpus, idOfByte, Math.max(vocabularySize, tokens.length));
  const queue = entryQueue(Math.max(1, minFrequency));
  for (const entry of statistics.entries) queue.push(entry);
  // As a later merge of the same pair replaces an earlier one there, the order is that of the last.
  const merges = new Map<Pair, readonly [number, number]>();
  while (tokens.length < vocabularySize) {
    const entry = queue.pop();
    if (entry === undefined) break;
    const { left, right } = entry.pair;
    const token = `${tokens[left]}${tokens[right]}`;
    const id = ids.get(token) ?? tokens.push(token) - 1;
    ids.set(token, id);
    merges.delete(entry.pair);
    merges.set(entry.pair, [left, right]);
    for (const fresh of statistics.merge(entry, id)) queue.push(fresh);
  }
  return { tokens, merges: [...merges.values()] };
}

/** Characters of the bytes that occur, and of the alphabet, by code point. */
function alphabetOf({ bytes }: Corpus, alphabet: Iterable<string>): string[] {
  const seen = new Uint8Array(256);
  for (let i = 0; i < bytes.length; i++) seen[bytes[i] as number] = 1;
  const characters = new Set([...alphabet, ...BYTE_CHARACTERS.filter((_, byte) => seen[byte] === 1)]);
  return [...characters].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
}
