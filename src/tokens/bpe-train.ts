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
import { MAX_TOKENS, pairTable } from './pair-table.ts';
import { wordEnd } from './split.ts';
import { codePointsOf, writeUtf8 } from './utf8.ts';
import { wordTable } from './word-table.ts';

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
  const statistics = pairStatistics(corpus, Math.max(vocabularySize, tokens.length));
  const queue = entryQueue(Math.max(1, minFrequency));
  for (const entry of statistics.count(BYTE_CHARACTERS.map((character) => ids.get(character) ?? -1))) queue.push(entry);
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

/** The bytes of all different words, one after another. */
interface Corpus {
  readonly bytes: Uint8Array;
  /** Word i is `bytes.subarray(starts[i], starts[i + 1])`. */
  readonly starts: readonly number[];
  /** How often each occurs. */
  readonly counts: readonly number[];
}

function readCorpus(texts: Iterable<string | ArrayLike<number>>): Corpus {
  const words = wordTable();
  const counts: number[] = [];
  for (const given of texts) {
    const text = typeof given === 'string' ? codePointsOf(given) : given;
    for (let start = 0; start < text.length; ) {
      const end = wordEnd(text, start, text.length);
      const word = words.numberOf(text, start, end);
      counts[word] = (counts[word] ?? 0) + 1;
      start = end;
    }
  }
  const { text, starts } = words.all();
  const bytes = new Uint8Array(4 * text.length);
  const byteStarts = [0];
  let end = 0;
  for (let word = 0; word < counts.length; word++) {
    for (let i = starts[word] as number; i < (starts[word + 1] as number); i++) end = writeUtf8(text[i] as number, bytes, end);
    byteStarts.push(end);
  }
  return { bytes: bytes.slice(0, end), starts: byteStarts, counts };
}

/** Characters of the bytes that occur, and of the alphabet, by code point. */
function alphabetOf({ bytes }: Corpus, alphabet: Iterable<string>): string[] {
  const seen = new Uint8Array(256);
  for (let i = 0; i < bytes.length; i++) seen[bytes[i] as number] = 1;
  const characters = new Set([...alphabet, ...BYTE_CHARACTERS.filter((_, byte) => seen[byte] === 1)]);
  return [...characters].sort((a, b) => (a.codePointAt(0) as number) - (b.codePointAt(0) as number));
}

/** Two ids next to each other. */
interface Pair {
  /** Pairs are numbered as they come up. */
  readonly number: number;
  readonly left: number;
  readonly right: number;
  /** How often they are. */
  count: number;
  /** The chains of places of its entries: one, or a list where there are more. */
  chains: number | number[];
}

/** Places where a pair came up. A pair has several when it comes up again after the first was made. */
interface Entry {
  readonly pair: Pair;
  /** The pair's frequency when it was last looked at. */
  count: number;
  /** The first link of the chain of places. */
  readonly chain: number;
}

/** Where each pair of ids occurs, and how often. */
interface PairStatistics {
  /** Makes symbols of the bytes, and entries of all pairs. */
  count(idOfByte: readonly number[]): Entry[];
  /** Merges an entry's pair to `id` at its places. Returns entries of the pairs that come up by it. */
  merge(entry: Entry, id: number): Entry[];
}

/**
 * The numbers of a symbol: its id, −1 where it was merged into the one before; the positions of the next and the previous symbol of
 * its word, −1 for none; and how often the word occurs.
 */
const [NEXT, PREVIOUS, WEIGHT, SYMBOL] = [1, 2, 3, 4] as const;

function pairStatistics({ bytes, starts, counts }: Corpus, ids: number): PairStatistics {
  // All numbers of a symbol in one place, since memory is what takes time. Positions are those of its first number.
  const symbols = new Int32Array(SYMBOL * bytes.length);
  const table = pairTable(1 << 12);
  const pairs: Pair[] = [];
  // Chains of places: pairs of a position and the next link, −1 at the end. Every symbol begins one pair at first, and every merge,
  // of which there are fewer than symbols, makes two at most.
  const links = new Int32Array(2 * 3 * bytes.length);
  let used = 0;
  let free = -1;

  // Of the merge in progress, for each id that comes before the new one, and after it (+ ids): how often, and where.
  const frequency = new Int32Array(2 * ids);
  const first = new Int32Array(2 * ids).fill(-1);
  const last = new Int32Array(2 * ids);
  let neighbours: number[] = [];

  function pairOf(left: number, right: number): Pair {
    const known = table.get(left, right);
    if (known >= 0) return pairs[known] as Pair;
    const pair = { number: pairs.length, left, right, count: 0, chains: -1 };
    table.set(left, right, pair.number);
    pairs.push(pair);
    return pair;
  }

  function addPlace(neighbour: number, at: number): void {
    let link = free;
    if (link >= 0) free = links[link + 1] as number;
    else {
      link = used;
      used += 2;
    }
    links[link] = at;
    links[link + 1] = -1;
    if ((first[neighbour] as number) < 0) first[neighbour] = link;
    else links[(last[neighbour] as number) + 1] = link;
    last[neighbour] = link;
  }

  function addNeighbour(neighbour: number, weight: number): void {
    if (frequency[neighbour] === 0) neighbours.push(neighbour);
    frequency[neighbour] = (frequency[neighbour] as number) + weight;
  }

  function mergeAt(at: number, left: number, right: number, id: number): void {
    const gone = symbols[at + NEXT] as number;
    if (symbols[at] !== left || gone < 0 || symbols[gone] !== right) return;
    const weight = symbols[at + WEIGHT] as number;
    const before = symbols[at + PREVIOUS] as number;
    const after = symbols[gone + NEXT] as number;
    symbols[at] = id;
    symbols[gone] = -1;
    symbols[at + NEXT] = after;
    if (before >= 0) {
      const neighbour = symbols[before] as number;
      addNeighbour(neighbour, weight);
      addPlace(neighbour, before);
    }
    if (after >= 0) {
      symbols[after + PREVIOUS] = at;
      const neighbour = symbols[after] as number;
      addNeighbour(ids + neighbour, weight);
      // The new id next to itself is one pair, from whichever side it is seen.
      addPlace(neighbour === id ? id : ids + neighbour, at);
    }
  }

  /** The places of an entry that is taken; with them those of the pair's other entries that are in the same words. */
  function sharedPlaces({ pair, chain }: Entry): number[] {
    const follow = (from: number): number[] => {
      const found: number[] = [];
      for (let link = from; link >= 0; link = links[link + 1] as number) found.push(links[link] as number);
      return found;
    };
    const own = follow(chain);
    const words = new Set(own.map(wordAt));
    const chains = (pair.chains as number[]).filter((other) => other !== chain);
    pair.chains = chains;
    const others = chains.flatMap((other) => follow(other).filter((at) => words.has(wordAt(at))));
    return [...own, ...others].sort((a, b) => a - b);
  }

  /** The word of a position, by bisection. */
  function wordAt(at: number): number {
    let low = 0;
    let high = counts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (SYMBOL * (starts[middle] as number) <= at) low = middle;
      else high = middle;
    }
    return low;
  }

  function enter(pair: Pair, chain: number): Entry {
    if (pair.chains === -1) pair.chains = chain;
    else pair.chains = typeof pair.chains === 'number' ? [pair.chains, chain] : [...pair.chains, chain];
    return { pair, count: pair.count, chain };
  }

  return {
    count(idOfByte) {
      const chains: number[] = [];
      /** By both bytes, which is faster than the table. */
      const pairOfBytes: (Pair | undefined)[] = new Array(1 << 16).fill(undefined);
      // From the end, so that each place goes before those that are there.
      for (let word = counts.length - 1; word >= 0; word--) {
        const weight = counts[word] as number;
        const [start, last] = [starts[word] as number, (starts[word + 1] as number) - 1];
        for (let i = last; i >= start; i--) {
          const at = SYMBOL * i;
          const left = idOfByte[bytes[i] as number] as number;
          symbols[at] = left;
          symbols[at + NEXT] = i < last ? at + SYMBOL : -1;
          symbols[at + PREVIOUS] = i > start ? at - SYMBOL : -1;
          symbols[at + WEIGHT] = weight;
          if (i === last) continue;
          const key = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
          const pair = pairOfBytes[key] ?? pairOf(left, symbols[at + SYMBOL] as number);
          pairOfBytes[key] = pair;
          pair.count += weight;
          links[used] = at;
          links[used + 1] = chains[pair.number] ?? -1;
          chains[pair.number] = used;
          used += 2;
        }
      }
      return pairs.map((pair) => enter(pair, chains[pair.number] as number));
    },

    merge(entry, id) {
      const { left, right, chains } = entry.pair;
      if (typeof chains !== 'number') for (const at of sharedPlaces(entry)) mergeAt(at, left, right, id);
      else {
        for (let link = entry.chain; link >= 0; ) {
          const at = links[link] as number;
          const following = links[link + 1] as number;
          links[link + 1] = free;
          free = link;
          mergeAt(at, left, right, id);
          link = following;
        }
        entry.pair.chains = -1;
      }
      const made = neighbours.map((neighbour) => {
        const isBefore = neighbour < ids;
        const other = isBefore ? neighbour : neighbour - ids;
        const broken = isBefore ? pairOf(other, left) : pairOf(right, other);
        const pair = isBefore ? pairOf(other, id) : pairOf(id, other);
        broken.count -= frequency[neighbour] as number;
        pair.count += frequency[neighbour] as number;
        frequency[neighbour] = 0;
        return pair;
      });
      const entries: Entry[] = [];
      made.forEach((pair, i) => {
        const neighbour = neighbours[i] as number;
        const slot = neighbour === ids + id ? id : neighbour;
        const chain = first[slot] as number;
        first[slot] = -1;
        if (chain >= 0 && pair.count > 0) entries.push(enter(pair, chain));
      });
      neighbours = [];
      return entries;
    },
  };
}

/** Entries, the most frequent pair first, then by ids. */
interface EntryQueue {
  push(entry: Entry): void;
  /** Takes the entry of the most frequent pair; undefined when none is frequent enough. */
  pop(): Entry | undefined;
}

function entryQueue(minFrequency: number): EntryQueue {
  const heap: Entry[] = [];

  function before(a: Entry, b: Entry): boolean {
    if (a.count !== b.count) return a.count > b.count;
    return a.pair.left !== b.pair.left ? a.pair.left < b.pair.left : a.pair.right < b.pair.right;
  }

  /** Puts an entry in the place of the first. */
  function replaceFirst(entry: Entry): void {
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, entry)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = entry;
  }

  return {
    push(entry) {
      let at = heap.push(entry) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(entry, heap[parent] as Entry)) break;
        heap[at] = heap[parent] as Entry;
        at = parent;
      }
      heap[at] = entry;
    },

    pop() {
      for (let top = heap[0]; top !== undefined; top = heap[0]) {
        const { count } = top.pair;
        if (count !== top.count) {
          // Some of its pair were merged with others meanwhile, or more came up.
          top.count = count;
          replaceFirst(top);
        } else if (count < minFrequency) {
          return undefined;
        } else {
          const last = heap.pop() as Entry;
          if (heap.length > 0) replaceFirst(last);
          return top;
        }
      }
      return undefined;
    },
  };
}
