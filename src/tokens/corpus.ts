/** Texts as what byte-pair encoding learns from: their different words, as bytes, and how often each occurs. */
import { wordEnd } from './split.ts';
import { codePointsOf, writeUtf8 } from './utf8.ts';
import { wordTable } from './word-table.ts';

/** The bytes of all different words, one after another. */
export interface Corpus {
  readonly bytes: Uint8Array;
  /** Word i is `bytes.subarray(starts[i], starts[i + 1])`. */
  readonly starts: readonly number[];
  /** How often each occurs. */
  readonly counts: readonly number[];
}

/** The words of texts, which may be given as code points, none of which is a surrogate. */
export function readCorpus(texts: Iterable<string | ArrayLike<number>>): Corpus {
  const words = wordTable();
  const counts: number[] = [];
  for (const given of texts) {
    const text = typeof given === 'string' ? codePointsOf(given) : given;
    for (let start = 0; start < text.length; ) {
      const end = wordEnd(text, start, text.length);
      words.makeRoom(4 * (end - start));
      const { bytes, starts } = words;
      let written = starts[starts.length - 1] as number;
      for (; start < end; start++) written = writeUtf8(text[start] as number, bytes, written);
      const word = words.numberOf(written);
      counts[word] = (counts[word] ?? 0) + 1;
    }
  }
  const { bytes, starts } = words;
  return { bytes: bytes.subarray(0, starts.at(-1)), starts, counts };
}
