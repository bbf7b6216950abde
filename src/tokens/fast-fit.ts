/** Making a FAST tokenizer from actions, as the published processor's `fit` does. */
import { trainBpe } from './bpe-train.ts';
import { type ActionChunk, type FastTokenizer, fastTokenizer, quantise } from './fast.ts';

/** What to make. */
export interface FitFastOptions {
  /** Coefficients are multiplied by it before they are rounded: the higher, the more exact and the longer. 10 by default. */
  readonly scale?: number;
  /** Ids at most; 1024 by default. */
  readonly vocabularySize?: number;
}

/** The last character before those that UTF-8 cannot write (surrogates). */
const LAST_CHARACTER = 0xd7ff;

/**
 * Learns a vocabulary from chunks of normalised actions: one character for each whole number from the lowest to the highest
 * coefficient, then byte pairs by frequency. The tokens and merges are those of the published `fit` (merges of pairs that occur twice
 * or more; words split as GPT-2's). Chunks may have different shapes; the configuration keeps the one that all have.
 * Throws when there are no chunks, or more coefficients than ids.
 */
export function fitFast(chunks: Iterable<ActionChunk>, { scale = 10, vocabularySize = 1024 }: FitFastOptions = {}): FastTokenizer {
  const shapes = new Set<string>();
  const quantised: Int32Array[] = [];
  let [shape, lowest, highest] = [{}, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const chunk of chunks) {
    const { horizon, dims } = chunk;
    shape = { horizon, dims };
    shapes.add(`${horizon} × ${dims}`);
    const coefficients = quantise(chunk, scale);
    for (let i = 0; i < coefficients.length; i++) {
      lowest = Math.min(lowest, coefficients[i] as number);
      highest = Math.max(highest, coefficients[i] as number);
    }
    quantised.push(coefficients);
  }
  if (quantised.length === 0) throw new Error('fitFast: there are no chunks');
  const range = highest - lowest;
  if (range > Math.min(vocabularySize, LAST_CHARACTER)) {
    throw new Error(
      `fitFast: the coefficients go from ${lowest} to ${highest}, more than a vocabulary of ${vocabularySize} can tell apart`,
    );
  }
  for (const coefficients of quantised) for (let i = 0; i < coefficients.length; i++) (coefficients[i] as number) -= lowest;
  const alphabet = Array.from({ length: range + 1 }, (_, i) => String.fromCodePoint(i));
  const model = trainBpe(quantised, { vocabularySize, alphabet });
  return fastTokenizer(model, {
    scale,
    minToken: lowest,
    vocabularySize: Math.max(vocabularySize, model.tokens.length),
    ...(shapes.size === 1 && shape),
  });
}
