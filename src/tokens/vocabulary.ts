/**
 * One vocabulary for all that the model reads and writes, in this order of ids: text with its special tokens | latent actions |
 * FAST actions | coordinates, if any | padding. Boxes and points are text by default, as Qwen2.5-VL writes them (`coordinates.ts`).
 */

/** Ids from `start` to before `end`. */
export interface IdRange {
  readonly start: number;
  readonly end: number;
}

/** How the vocabulary is laid out: JSON that is stored with a checkpoint. */
export interface VocabularyOptions {
  /** Ids of the text tokenizer, special tokens included. */
  readonly textTokens: number;
  /** The latent action codes; 2 groups of 8 entries by default, 4 slots for each of 4 transitions. */
  readonly latent?: LatentCodes;
  /** Ids of the FAST tokenizer; 2048 by default. */
  readonly fastTokens?: number;
  /** Tokens for coordinates, evenly spaced over an image side; 0 by default. */
  readonly coordinateTokens?: number;
  /** Where latent ids begin, if not right after the text: in unused rows of a published embedding, say. */
  readonly latentStart?: number;
  /** Where FAST ids begin, if not right after the latent ids. */
  readonly fastStart?: number;
  /** The size is raised to a multiple of this; 64 by default. */
  readonly multipleOf?: number;
}

/** Group vector quantisation of latent actions. */
export interface LatentCodes {
  /** Codes per transition between two frames. The first slots use the first group, and so on. */
  readonly slots: number;
  /** Transitions of a chunk. */
  readonly transitions: number;
  readonly groups: number;
  /** Codebook entries of a group. */
  readonly entries: number;
}

/** A code: a codebook entry of a group. */
export interface LatentCode {
  readonly group: number;
  readonly entry: number;
}

/** What each id is, and back. All functions throw for what there is not. */
export interface Vocabulary {
  readonly options: VocabularyOptions;
  /** Rows of the embedding, padding included. */
  readonly size: number;
  readonly text: IdRange;
  readonly latent: IdRange;
  readonly fast: IdRange;
  readonly coordinates: IdRange;
  readonly codes: LatentCodes;
  /** Latent tokens of a chunk: 16. */
  readonly latentLength: number;
  /** group · entries + entry, after the text. */
  latentToken(group: number, entry: number): number;
  latentCode(id: number): LatentCode;
  /** The group of the latent token at a position of the chunk's. Slots of a transition are next to each other. */
  latentGroup(position: number): number;
  /** The ids that a position of the chunk's latent tokens can have, for constrained decoding. */
  latentChoices(position: number): IdRange;
  /** Ids of all codes of a chunk, from entries by position. */
  latentTokens(entries: ArrayLike<number>): Int32Array;
  /** And back. */
  latentEntries(ids: ArrayLike<number>): Int32Array;
  /** The id of a token of the FAST tokenizer. */
  fastToken(fastId: number): number;
  fastId(id: number): number;
  coordinateToken(bin: number): number;
  coordinateBin(id: number): number;
}

/** Four transitions of four slots, two groups of eight entries. */
const PAPER_CODES: LatentCodes = { transitions: 4, slots: 4, groups: 2, entries: 8 };

/** Lays a vocabulary out. Throws when numbers make no sense or ranges overlap. */
export function vocabulary(options: VocabularyOptions): Vocabulary {
  const { textTokens, latent: codes = PAPER_CODES, fastTokens = 2048, coordinateTokens = 0, multipleOf = 64 } = options;
  const { transitions, slots, groups, entries } = codes;
  requirePositive({ textTokens, transitions, slots, groups, entries, multipleOf });
  if (slots % groups !== 0) throw new Error(`vocabulary: ${slots} latent slots cannot be shared evenly by ${groups} groups`);
  const text = range('text', 0, textTokens);
  const latent = range('latent', options.latentStart ?? text.end, groups * entries);
  const fast = range('fast', options.fastStart ?? latent.end, fastTokens);
  const coordinates = range('coordinates', Math.max(text.end, latent.end, fast.end), coordinateTokens);
  requireApart({ text, latent, fast });
  const latentLength = transitions * slots;

  function latentGroup(position: number): number {
    within('position of a latent token', position, latentLength);
    return Math.floor(((position % slots) * groups) / slots);
  }

  function latentToken(group: number, entry: number): number {
    return latent.start + within('latent group', group, groups) * entries + within('latent entry', entry, entries);
  }

  function latentCode(id: number): LatentCode {
    const code = inside('latent action', latent, id);
    return { group: Math.floor(code / entries), entry: code % entries };
  }

  function requireLength(what: string, length: number): void {
    if (length !== latentLength) throw new Error(`vocabulary: a chunk has ${latentLength} latent ${what}, got ${length}`);
  }

  return {
    options,
    size: Math.ceil(Math.max(coordinates.end, fast.end, latent.end) / multipleOf) * multipleOf,
    text,
    latent,
    fast,
    coordinates,
    codes,
    latentLength,
    latentToken,
    latentCode,
    latentGroup,
    latentChoices(position) {
      const start = latentToken(latentGroup(position), 0);
      return { start, end: start + entries };
    },
    latentTokens(given) {
      requireLength('entries', given.length);
      return Int32Array.from(given, (entry, position) => latentToken(latentGroup(position), entry));
    },
    latentEntries(ids) {
      requireLength('ids', ids.length);
      return Int32Array.from(ids, (id, position) => {
        const { group, entry } = latentCode(id);
        if (group === latentGroup(position)) return entry;
        throw new Error(`vocabulary: id ${id} at latent position ${position} is of group ${group}, expected ${latentGroup(position)}`);
      });
    },
    fastToken: (fastId) => fast.start + within('FAST id', fastId, fastTokens),
    fastId: (id) => inside('FAST action', fast, id),
    coordinateToken: (bin) => coordinates.start + within('coordinate', bin, coordinateTokens),
    coordinateBin: (id) => inside('coordinate', coordinates, id),
  };
}

function requirePositive(numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!(Number.isSafeInteger(value) && value > 0)) throw new Error(`vocabulary: ${name} must be a whole number from 1 up, got ${value}`);
  }
}

function range(name: string, start: number, length: number): IdRange {
  if (![start, length].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new Error(`vocabulary: ${name} ids must begin at and number whole numbers from 0 up, got ${start} and ${length}`);
  }
  return { start, end: start + length };
}

function requireApart(ranges: Readonly<Record<string, IdRange>>): void {
  const sorted = Object.entries(ranges)
    .filter(([, { start, end }]) => end > start)
    .sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let last = { name: '', end: 0 };
  for (const [name, { start, end }] of sorted) {
    if (start < last.end) throw new Error(`vocabulary: ${name} ids begin at ${start}, but ${last.name} ids end at ${last.end}`);
    // As it begins after all others end, it ends last.
    last = { name, end };
  }
}

function within(what: string, n: number, count: number): number {
  if (Number.isInteger(n) && n >= 0 && n < count) return n;
  throw new Error(`vocabulary: ${what} ${n} is not one of 0 … ${count - 1}`);
}

function inside(what: string, { start, end }: IdRange, id: number): number {
  if (Number.isInteger(id) && id >= start && id < end) return id - start;
  throw new Error(`vocabulary: id ${id} is no ${what}; those are ${start} … ${end - 1}`);
}
