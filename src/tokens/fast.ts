/**
 * FAST action tokens (Pertsch et al. 2025, "FAST: Efficient Action Tokenization for Vision-Language-Action Models"): a chunk
 * of actions, each dimension normalised to about [−1, 1], becomes DCT coefficients along time; these are
 * scaled, rounded and written as the characters of a text, all dimensions of the lowest frequency first; byte-pair encoding makes
 * tokens of it. Ids are those of the published processor (`physical-intelligence/fast`) for the same tokenizer.json and f64 chunks,
 * but for ties: a coefficient that is ….5 exactly, but for the rounding errors of its sum, goes up or down as these fall, and SciPy
 * adds in another order than we do (as it does itself for f32). Data of few decimals or bits has ties, above all where √H is whole:
 * of zeros and ones in 16 steps, about one coefficient in 40 differs by 1; in 30 or 32 steps none was seen to. Both are as near to the data.
 *
 * It differs from that processor where that one is silent:
 * - It computes in f64; that one computes float32 chunks in float32, which can round a coefficient near ….5 the other way, too.
 * - Encoding a coefficient for which the vocabulary has no character is an error; there the character is dropped. (`fitFast` can
 *   make tokenizers that have one for all coefficients.)
 * - Decoding ids that are no chunk is an error; there it gives zeros.
 * - Decoding never "cleans up" spaces, which are coefficients like all others.
 */
import { type Bpe, type BpeModel, bpe } from './bpe.ts';
import { dct, type SparseCoefficients } from './dct.ts';

/** Time steps and dimensions of a chunk. */
export interface ChunkShape {
  /** Time steps, H. */
  readonly horizon: number;
  /** Numbers per step, D. */
  readonly dims: number;
}

/** A chunk of normalised actions. */
export interface ActionChunk extends ChunkShape {
  /** [H, D] in C order; about −1 … 1, in any precision. */
  readonly data: ArrayLike<number>;
}

/** What a tokenizer is made with, besides the byte pairs. */
export interface FastConfig {
  /** Coefficients are multiplied by it before they are rounded; 10 for the published tokenizer. */
  readonly scale: number;
  /** The rounded coefficient that character 0 stands for; lower ones are raised to it. −354 for the published tokenizer. */
  readonly minToken: number;
  /** Ids that the tokenizer was made for. It may have fewer tokens, if its data had no more pairs. 2048 for the published one. */
  readonly vocabularySize: number;
  /** Of all chunks, where that is known. */
  readonly horizon?: number;
  readonly dims?: number;
}

/** Why ids are no chunk. */
export type FastDecodeReason = 'unknown id' | 'invalid UTF-8' | 'cut short' | 'too long';

/** Ids that are no chunk of the shape asked for. */
export class FastDecodeError extends Error {
  readonly reason: FastDecodeReason;
  constructor(reason: FastDecodeReason, message: string) {
    super(`FAST tokens cannot be decoded, ${reason}: ${message}`);
    this.name = 'FastDecodeError';
    this.reason = reason;
  }
}

/** Actions to tokens and back. */
export interface FastTokenizer {
  readonly config: FastConfig;
  /** The byte pairs. */
  readonly model: BpeModel;
  /** The bytes of every token: UTF-8 of characters, or of parts of them, each of which is a coefficient less `minToken`. */
  readonly tokenBytes: readonly Uint8Array[];
  /**
   * Ids of a chunk; coefficients below `minToken` are raised to it. Throws when the data is not [H, D] or not finite, or when the
   * vocabulary has no character for a coefficient: one that has a byte which none had in the data that it was made from, or, with
   * tokens for all bytes, one that is 55,296 or more above `minToken`, as no normalised action is.
   */
  encode(chunk: ActionChunk): Int32Array;
  /**
   * f32[H, D] of ids, within `quantisationBound` of what was encoded. The shape may be left out when the configuration has one.
   * Throws a FastDecodeError when the ids are no chunk.
   */
  decode(ids: ArrayLike<number>, shape?: ChunkShape): Float32Array<ArrayBuffer>;
}

/** A tokenizer. Throws when the scale is not positive, or the model has more tokens than the configuration says. */
export function fastTokenizer(model: BpeModel, config: FastConfig): FastTokenizer {
  const { scale, minToken, vocabularySize } = config;
  if (!(scale > 0 && Number.isFinite(scale))) throw new Error(`fastTokenizer: the scale must be positive, got ${scale}`);
  if (!Number.isInteger(minToken)) throw new Error(`fastTokenizer: minToken must be a whole number, got ${minToken}`);
  if (model.tokens.length > vocabularySize) {
    throw new Error(`fastTokenizer: the model has ${model.tokens.length} tokens, but vocabularySize is ${vocabularySize}`);
  }
  const pairs = bpe(model);
  const reader = coefficientReader(pairs, minToken);

  return {
    config,
    model,
    tokenBytes: pairs.bytes,

    encode(chunk) {
      const codePoints = quantise(chunk, scale);
      for (let i = 0; i < codePoints.length; i++) {
        const codePoint = Math.max((codePoints[i] as number) - minToken, 0);
        if (codePoint >= FIRST_SURROGATE) noCharacter(codePoint, minToken);
        codePoints[i] = codePoint;
      }
      return pairs.encodeCodePoints(codePoints);
    },

    decode(ids, shape) {
      const { horizon = config.horizon, dims = config.dims } = shape ?? {};
      if (horizon === undefined || dims === undefined) {
        throw new Error('FAST decode: say horizon and dims of the chunk; the configuration has none');
      }
      return dct(horizon).inverseOf(reader.read(ids, { horizon, dims }), dims, 1 / scale);
    },
  };
}

/** Rounded coefficients i32[H, D] of a chunk, ties to even as NumPy's. Throws when the data is not [H, D] or not finite. */
export function quantise({ horizon, dims, data }: ActionChunk, scale: number): Int32Array {
  if (data.length !== horizon * dims) {
    throw new Error(`FAST encode: a chunk of ${horizon} × ${dims} has ${horizon * dims} numbers, got ${data.length}`);
  }
  const coefficients = dct(horizon).forward(data, dims);
  const rounded = new Int32Array(coefficients.length);
  for (let i = 0; i < rounded.length; i++) {
    const scaled = (coefficients[i] as number) * scale;
    if (!(Math.abs(scaled) < 2 ** 30)) notNormalised(horizon, dims, data, scaled);
    // Doubles of this size have no fractions: the sum is rounded, half to even.
    rounded[i] = scaled + ROUNDING - ROUNDING;
  }
  return rounded;
}

const ROUNDING = 1.5 * 2 ** 52;

function notNormalised(horizon: number, dims: number, data: ArrayLike<number>, scaled: number): never {
  const wrong = Array.from(data).findIndex((x) => !Number.isFinite(x));
  if (wrong < 0)
    throw new Error(`FAST encode: a scaled coefficient of a ${horizon} × ${dims} chunk is ${scaled}: the chunk is not normalised`);
  throw new Error(`FAST encode: the chunk has ${data[wrong]} at step ${Math.floor(wrong / dims)}, dimension ${wrong % dims}`);
}

/** Where the characters end that are numbered without gaps. */
export const FIRST_SURROGATE = 0xd800;

function noCharacter(codePoint: number, minToken: number): never {
  throw new Error(
    `FAST encode: coefficient ${codePoint + minToken} is ${codePoint} above the lowest, ${minToken}; there is no character for it`,
  );
}

/**
 * How far a decoded value may be from the one encoded, where no coefficient was below `minToken`. Rounding moves each of H
 * coefficients by at most 0.5/scale; the transform is orthonormal, so that the root of the sum of squared errors of a dimension is at
 * most √H · 0.5/scale, their root mean square at most 0.5/scale, and a single value's error at most
 * (1 + √2 (H − 1))/√H · 0.5/scale.
 */
export function quantisationBound(horizon: number, scale: number): { readonly value: number; readonly rms: number } {
  const rms = 0.5 / scale;
  return { value: ((1 + Math.SQRT2 * (horizon - 1)) / Math.sqrt(horizon)) * rms, rms };
}

/** Reads ids as coefficients. */
interface CoefficientReader {
  /** Coefficients [H, D] that are not zero; the memory is used again by the next call. Throws a FastDecodeError. */
  read(ids: ArrayLike<number>, shape: ChunkShape): SparseCoefficients;
}

function coefficientReader({ bytes }: Bpe, minToken: number): CoefficientReader {
  // Most tokens are whole characters: their coefficients are known beforehand. Most of those are zero, and only the others are kept,
  // one token's after another's, with their places in the token. A token that is no whole characters has length 0.
  const known = bytes.map((token) => (decodeWhole(token) ?? []).map((codePoint) => codePoint + minToken));
  const lengths = Int32Array.from(known, ({ length }) => length);
  const runs = known.map((run) => run.flatMap((value, place) => (value === 0 ? [] : [{ value, place }])));
  const starts = new Int32Array(bytes.length + 1);
  runs.forEach((run, id) => {
    starts[id + 1] = (starts[id] as number) + run.length;
  });
  const runValues = Int32Array.from(runs.flat(), ({ value }) => value);
  const runPlaces = Int32Array.from(runs.flat(), ({ place }) => place);
  let values = new Int32Array(0);
  let places = new Int32Array(0);

  /** Reads the characters of which ids[at] is the first part, but not all. Returns the position after them, and what they are. */
  function readParts(ids: ArrayLike<number>, at: number): { end: number; codePoints: number[] } {
    const codePoints: number[] = [];
    /** Bytes of a character that is not complete yet. */
    let partial: number[] = [];
    let end = at;
    do {
      if (end === ids.length) throw new FastDecodeError('invalid UTF-8', `the last character, ${hex(partial)}, is not complete`);
      for (const byte of bytes[knownId(ids, end)] as Uint8Array) {
        partial.push(byte);
        if (partial.length < utf8Length(partial[0] as number)) continue;
        const [codePoint] = decodeWhole(Uint8Array.from(partial)) ?? [];
        if (codePoint === undefined) throw new FastDecodeError('invalid UTF-8', `${hex(partial)} up to position ${end} is no character`);
        codePoints.push(codePoint);
        partial = [];
      }
      end++;
    } while (partial.length > 0);
    return { end, codePoints };
  }

  function knownId(ids: ArrayLike<number>, at: number): number {
    const id = ids[at] as number;
    if (lengths[id] !== undefined) return id;
    throw new FastDecodeError('unknown id', `id ${id} at position ${at} is not one of the vocabulary's ${bytes.length}`);
  }

  return {
    read(ids, { horizon, dims }) {
      const size = horizon * dims;
      if (values.length < size) [values, places] = [new Int32Array(size), new Int32Array(size)];
      let used = 0;
      let count = 0;
      for (let i = 0; i < ids.length; ) {
        const id = knownId(ids, i);
        const length = lengths[id] as number;
        if (length === 0) {
          const { end, codePoints } = readParts(ids, i);
          for (const codePoint of codePoints) {
            if (count < size && codePoint + minToken !== 0) {
              values[used] = codePoint + minToken;
              places[used++] = count;
            }
            count++;
          }
          i = end;
          continue;
        }
        // What is too much is not kept, but counted.
        if (count + length <= size) {
          const end = starts[id + 1] as number;
          for (let at = starts[id] as number; at < end; at++) {
            values[used] = runValues[at] as number;
            places[used++] = count + (runPlaces[at] as number);
          }
        }
        count += length;
        i++;
      }
      if (count !== size) {
        const problem = `got ${count} coefficients, but ${horizon} steps of ${dims} dimensions have ${size}`;
        throw new FastDecodeError(count < size ? 'cut short' : 'too long', problem);
      }
      return { values, places, count: used };
    },
  };
}

const hex = (bytes: readonly number[]): string => bytes.map((byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');

/** Bytes of a character that begins with this one; 1 where none does. */
const utf8Length = (first: number): number => (first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 1);

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Code points of UTF-8; undefined when it is none. */
function decodeWhole(bytes: Uint8Array): number[] | undefined {
  try {
    return Array.from(strict.decode(bytes), (character) => character.codePointAt(0) as number);
  } catch {
    return undefined;
  }
}
