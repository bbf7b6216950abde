/** Making a FAST tokenizer from actions, as the published processor's `fit` does. */
import { trainBpe } from './bpe-train.ts';
import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import { type ActionChunk, type FastTokenizer, FIRST_SURROGATE, fastTokenizer, quantise } from './fast.ts';

/** What to make. The defaults are the published processor's. */
export interface FitFastOptions {
  /** Coefficients are multiplied by it before they are rounded: the higher, the more exact and the longer. 10 by default. */
  readonly scale?: number;
  /** Ids at most; 1024 by default. */
  readonly vocabularySize?: number;
  /**
   * Whether all 256 bytes have tokens, so that every coefficient from `minToken` up can be encoded, however high and however rare.
   * False by default: there are tokens for the characters from the lowest to the highest coefficient, and for the bytes that occur.
   */
  readonly everyByte?: boolean;
  /**
   * How far `minToken` is below the lowest coefficient of the chunks, in rounded coefficients; 0 by default. What is lower still is
   * raised to `minToken` when it is encoded. An action that is 1 lower at all H steps has a coefficient that is scale · √H lower.
   */
  readonly spare?: number;
}

/**
 * Learns a vocabulary from chunks of normalised actions: one character for each whole number from the lowest to the highest
 * coefficient, then byte pairs by frequency. The tokens and merges are those of the published `fit` (merges of pairs that occur twice
 * or more; words split as GPT-2's). Chunks may have different shapes; the configuration keeps the one that all have.
 *
 * The published way is for the chunks it was fitted on: others may have coefficients that cannot be encoded, or that are clipped.
 * With `everyByte` and `spare` the rest of a data set can be encoded too.
 *
 * Throws when there are no chunks, or more coefficients than ids; with `everyByte`, when there are fewer than 256 ids.
 */
export function fitFast(
  chunks: Iterable<ActionChunk>,
  { scale = 10, vocabularySize = 1024, everyByte = false, spare = 0 }: FitFastOptions = {},
): FastTokenizer {
  if (!(Number.isInteger(spare) && spare >= 0)) throw new Error(`fitFast: spare must be a whole number from 0 up, got ${spare}`);
  if (everyByte && vocabularySize < 256) throw new Error(`fitFast: every byte is to have a token, but there are ${vocabularySize} ids`);
  const shapes = new Set<string>();
  const quantised: Int32Array[] = [];
  let [shape, lowest, highest] = [{}, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const chunk of chunks) {
    const { horizon, dims } = chunk;
    shape = { horizon, dims };
    shapes.add(`${horizon} × ${dims}`);
    const coefficients = quantise(chunk, scale);
    const [least, most] = extent(coefficients);
    lowest = Math.min(lowest, least);
    highest = Math.max(highest, most);
    quantised.push(coefficients);
  }
  if (quantised.length === 0) throw new Error('fitFast: there are no chunks');
  const minToken = lowest - spare;
  const range = highest - minToken;
  // With all bytes there is a character for any, up to those that UTF-8 cannot write.
  if (range > (everyByte ? FIRST_SURROGATE - 1 : Math.min(vocabularySize, FIRST_SURROGATE - 1))) {
    const most = everyByte ? 'there are characters for' : `a vocabulary of ${vocabularySize} can tell apart`;
    throw new Error(`fitFast: the coefficients go from ${minToken} to ${highest}, more than ${most}`);
  }
  for (const coefficients of quantised) raise(coefficients, -minToken);
  const alphabet = everyByte ? BYTE_CHARACTERS : Array.from({ length: range + 1 }, (_, i) => String.fromCodePoint(i));
  const model = trainBpe(quantised, { vocabularySize, alphabet });
  return fastTokenizer(model, {
    scale,
    minToken,
    vocabularySize: Math.max(vocabularySize, model.tokens.length),
    ...(shapes.size === 1 && shape),
  });
}

/** The lowest and the highest number. */
function extent(numbers: Int32Array): [number, number] {
  let lowest = numbers[0] as number;
  let highest = lowest;
  for (let i = 1; i < numbers.length; i++) {
    const x = numbers[i] as number;
    if (x < lowest) lowest = x;
    else if (x > highest) highest = x;
  }
  return [lowest, highest];
}

function raise(numbers: Int32Array, by: number): void {
  for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] as number) + by;
}
