/**
 * Where pairs of ids are neighbours in a corpus, and how often: what learning merges takes its time with. That is the time of memory,
 * so that everything is kept small and read in order: two bytes for a symbol, one run of positions for the places of a pair.
 */
import type { Corpus } from './corpus.ts';
import { pairTable } from './pair-table.ts';

/** Two ids next to each other. */
export interface Pair {
  readonly left: number;
  readonly right: number;
  /** How often they are. */
  count: number;
  /** Its entries that were not taken yet: usually one, and a list where there are more. */
  entries: Entry | readonly Entry[] | undefined;
}

/** Places where a pair came up. A pair has several when it comes up again after the first was made. */
export interface Entry {
  readonly pair: Pair;
  /** The pair's frequency when it was last looked at. */
  count: number;
  /** Its run of places. */
  readonly from: number;
  readonly to: number;
}

/** Where each pair of ids occurs, and how often. */
export interface PairStatistics {
  /** Of all pairs of bytes. */
  readonly entries: readonly Entry[];
  /** Merges an entry's pair to `id` at its places. Returns entries of the pairs that come up by it. */
  merge(entry: Entry, id: number): Entry[];
}

/** What a symbol is where there is none: between words, and where one began that was merged into the one before. */
const NONE = 0xffff;

/** Counts the pairs of a corpus, for so many ids at most. */
export function pairStatistics({ bytes, starts, counts }: Corpus, idOfByte: readonly number[], ids: number): PairStatistics {
  const words = counts.length;
  /** Bytes of each id's symbols. */
  const lengths = new Int32Array(ids).fill(1);
  // A symbol has as many numbers as bytes. The first and the last of them are its id, so that its neighbours find it: one
  // begins `lengths` of it later, the other has its own id just before. Between words is one NONE.
  const symbols = new Uint16Array(bytes.length + words + 1).fill(NONE);
  /** Words that occur more than once are first, so that only the weights of their symbols need be kept; the others' are 1. */
  const all = [...counts.keys()];
  const order = [...all.filter((word) => counts[word] !== 1), ...all.filter((word) => counts[word] === 1)];
  /** Where each word begins, in this order. */
  const begins = new Int32Array(words);
  const weights = new Int32Array(layOut());
  const table = pairTable(1 << 12);
  const pairs: Pair[] = [];
  // Every symbol begins one pair at first, and every merge, of which there are fewer than symbols, makes two at most.
  const places = new Int32Array(3 * bytes.length);
  let used = 0;

  /** Gives all words their places; returns where those begin that occur once. */
  function layOut(): number {
    let at = 1;
    let firstOnce = symbols.length;
    order.forEach((word, i) => {
      if (counts[word] === 1 && firstOnce === symbols.length) firstOnce = at;
      begins[i] = at;
      at += (starts[word + 1] as number) - (starts[word] as number) + 1;
    });
    return firstOnce;
  }

  function pairOf(left: number, right: number): Pair {
    const known = table.get(left, right);
    if (known >= 0) return pairs[known] as Pair;
    const pair: Pair = { left, right, count: 0, entries: undefined };
    table.set(left, right, pairs.length);
    pairs.push(pair);
    return pair;
  }

  function enter(pair: Pair, from: number, to: number): Entry {
    const entry = { pair, count: pair.count, from, to };
    pair.entries = pair.entries === undefined ? entry : [...listed(pair.entries), entry];
    return entry;
  }

  function countBytes(): Entry[] {
    /** By both bytes: how often, and in how many places, then where the next of those goes. */
    const frequency = new Int32Array(1 << 16);
    const next = new Int32Array(1 << 16);
    for (let word = 0; word < words; word++) {
      const weight = counts[word] as number;
      const last = (starts[word + 1] as number) - 1;
      for (let i = starts[word] as number; i < last; i++) {
        const key = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
        frequency[key] = (frequency[key] as number) + weight;
        next[key] = (next[key] as number) + 1;
      }
    }
    const entries: Entry[] = [];
    for (let key = 0; key < next.length; key++) {
      const count = next[key] as number;
      if (count === 0) continue;
      const pair = pairOf(idOfByte[key >> 8] as number, idOfByte[key & 0xff] as number);
      pair.count = frequency[key] as number;
      entries.push(enter(pair, used, used + count));
      next[key] = used;
      used += count;
    }
    for (let n = 0; n < words; n++) {
      const word = order[n] as number;
      const last = (starts[word + 1] as number) - 1;
      weights.fill(counts[word] as number, begins[n], begins[n + 1]);
      for (let i = starts[word] as number, at = begins[n] as number; i <= last; i++, at++) {
        symbols[at] = idOfByte[bytes[i] as number] as number;
        if (i === last) continue;
        const key = ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
        const place = next[key] as number;
        places[place] = at;
        next[key] = place + 1;
      }
    }
    return entries;
  }

  // Of the merge in progress, for each id that comes before the new one, and after it (+ ids): how often, in how many places, and
  // where the next of those goes.
  const frequency = new Int32Array(2 * ids);
  const number = new Int32Array(2 * ids);
  const next = new Int32Array(2 * ids);
  let neighbours: number[] = [];
  /** All places with their neighbours, as they are found. */
  let found = new Int32Array(1 << 12);

  /** Merges at places[from … to−1], all of them places of this pair once. Returns how many numbers were written to `found`. */
  function mergeAt(where: Int32Array, from: number, to: number, left: number, right: number, id: number): number {
    const toRight = lengths[left] as number;
    const toAfter = toRight + (lengths[right] as number);
    while (found.length < 4 * (to - from)) found = new Int32Array(2 * found.length);
    let count = 0;
    for (let i = from; i < to; i++) {
      const at = where[i] as number;
      if (symbols[at] !== left || symbols[at + toRight] !== right) continue;
      const before = symbols[at - 1] as number;
      const after = symbols[at + toAfter] as number;
      const weight = at < weights.length ? (weights[at] as number) : 1;
      symbols[at] = id;
      symbols[at + toRight] = NONE;
      symbols[at + toAfter - 1] = id;
      if (before !== NONE) {
        if (frequency[before] === 0) neighbours.push(before);
        frequency[before] = (frequency[before] as number) + weight;
        number[before] = (number[before] as number) + 1;
        found[count++] = before;
        found[count++] = at - (lengths[before] as number);
      }
      if (after !== NONE) {
        const slot = ids + after;
        if (frequency[slot] === 0) neighbours.push(slot);
        frequency[slot] = (frequency[slot] as number) + weight;
        // The new id next to itself is one pair, from whichever side it is seen.
        const own = after === id ? id : slot;
        number[own] = (number[own] as number) + 1;
        found[count++] = own;
        found[count++] = at;
      }
    }
    return count;
  }

  /** The places of an entry that is taken; with them those of the pair's other entries that are in the same words. */
  function sharedPlaces(entry: Entry, others: readonly Entry[]): Int32Array {
    const own = [...places.subarray(entry.from, entry.to)];
    const inWords = new Set(own.map(wordAt));
    const shared = others.flatMap(({ from, to }) => [...places.subarray(from, to)].filter((at) => inWords.has(wordAt(at))));
    return Int32Array.from([...own, ...shared]).sort();
  }

  /** The number of a position's word in their order, by bisection. */
  function wordAt(at: number): number {
    let low = 0;
    let high = words;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((begins[middle] as number) <= at) low = middle;
      else high = middle;
    }
    return low;
  }

  return {
    entries: countBytes(),

    merge(entry, id) {
      const { pair } = entry;
      const { left, right } = pair;
      lengths[id] = (lengths[left] as number) + (lengths[right] as number);
      let count: number;
      if (pair.entries === entry) {
        pair.entries = undefined;
        count = mergeAt(places, entry.from, entry.to, left, right, id);
      } else {
        const others = listed(pair.entries).filter((other) => other !== entry);
        pair.entries = others;
        const shared = sharedPlaces(entry, others);
        count = mergeAt(shared, 0, shared.length, left, right, id);
      }
      const made: Pair[] = [];
      for (const neighbour of neighbours) {
        const isBefore = neighbour < ids;
        const other = isBefore ? neighbour : neighbour - ids;
        const broken = isBefore ? pairOf(other, left) : pairOf(right, other);
        const pair = isBefore ? pairOf(other, id) : pairOf(id, other);
        broken.count -= frequency[neighbour] as number;
        pair.count += frequency[neighbour] as number;
        frequency[neighbour] = 0;
        made.push(pair);
      }
      // All frequencies are right now, and each pair's places can be given room.
      const entries: Entry[] = [];
      for (let i = 0; i < made.length; i++) {
        const pair = made[i] as Pair;
        const neighbour = neighbours[i] as number;
        const slot = neighbour === ids + id ? id : neighbour;
        const size = number[slot] as number;
        if (size === 0) continue;
        number[slot] = 0;
        next[slot] = used;
        if (pair.count > 0) entries.push(enter(pair, used, used + size));
        used += size;
      }
      neighbours = [];
      for (let i = 0; i < count; i += 2) {
        const slot = found[i] as number;
        const place = next[slot] as number;
        places[place] = found[i + 1] as number;
        next[slot] = place + 1;
      }
      return entries;
    },
  };
}

const listed = (entries: Pair['entries']): readonly Entry[] =>
  entries === undefined ? [] : Array.isArray(entries) ? entries : [entries as Entry];
