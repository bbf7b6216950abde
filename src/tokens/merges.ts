/** What a list of merges makes of single tokens and of pairs of them. */
import type { BpeModel } from './bpe.ts';
import { pairTable } from './pair-table.ts';

/** Answers about tokens of a model. */
export interface MergeRules {
  /** Whether the encoding of a token's bytes is this token. It is not if other merges come first. */
  isOwnEncoding(token: number): boolean;
  /** Whether two such tokens, next to each other in a word, are encoded as these two. */
  staySeparate(left: number, right: number): boolean;
}

/** The rules of a model; its tokens' bytes and the ids of single bytes are given. Throws when a merge's result is no token. */
export function mergeRules({ tokens, merges }: BpeModel, bytes: readonly Uint8Array[], idOfByte: ArrayLike<number>): MergeRules {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const ranks = pairTable(merges.length);
  const merged = Int32Array.from(merges, ([left, right], rank) => {
    const id = ids.get(`${tokens[left]}${tokens[right]}`);
    if (id === undefined) throw new Error(`byte-pair encoding: merge ${rank} makes "${tokens[left]}${tokens[right]}", which is no token`);
    ranks.set(left, right, rank);
    return id;
  });

  // For tokens that are their own encoding: the rank of the last merge, −1 for single bytes, and what it merges.
  const own = new Uint8Array(tokens.length);
  const lastRank = new Int32Array(tokens.length).fill(-1);
  const leftPart = new Int32Array(tokens.length);
  const rightPart = new Int32Array(tokens.length);
  /** Whether all its merges come in the order of their ranks. An exception needs two merges that give the same token. */
  const inOrder = new Uint8Array(tokens.length);
  /** The merges that make a token: one for most, and several for few. */
  const makers = new Int32Array(tokens.length);
  for (let rank = 0; rank < merged.length; rank++) makers[merged[rank] as number] = (makers[merged[rank] as number] as number) + 1;
  for (let token = 0; token < tokens.length; token++) if (makers[token] === 0) learn(token);
  for (let rank = 0; rank < merged.length; rank++) {
    const token = merged[rank] as number;
    const [left, right] = merges[rank] as readonly [number, number];
    const isPlain = makers[token] === 1 && isMadeBefore(left, rank) && isMadeBefore(right, rank);
    if (!isPlain) learn(token);
    else if (separateInOrder(left, right, rank)) {
      own[token] = 1;
      inOrder[token] = 1;
      lastRank[token] = rank;
      leftPart[token] = left;
      rightPart[token] = right;
    }
  }

  /** Whether a token is its own encoding, by merges in order that all come before this rank. */
  function isMadeBefore(token: number, rank: number): boolean {
    return own[token] === 1 && inOrder[token] === 1 && (lastRank[token] as number) < rank;
  }

  /** Learns about a token by doing its merges, which takes longer. */
  function learn(token: number): void {
    const symbols = Array.from(bytes[token] as Uint8Array, (byte) => idOfByte[byte] as number);
    const done = mergeAll(symbols, ranks, merged);
    own[token] = Number(symbols.length === 1 && symbols[0] === token);
    inOrder[token] = Number(done.every((rank, i) => i === 0 || rank >= (done[i - 1] as number)));
    lastRank[token] = done.at(-1) ?? -1;
    [leftPart[token], rightPart[token]] = merges[done.at(-1) ?? -1] ?? [-1, -1];
  }

  // Answers are kept, each in the one place for its pair, until another pair needs it.
  const asked = new Int32Array(2 ** KEPT_BITS).fill(-1);
  const answers = new Uint8Array(2 ** KEPT_BITS);

  function staySeparate(left: number, right: number): boolean {
    const pair = (left << 16) | right;
    const place = Math.imul(pair, 0x9e3779b1) >>> (32 - KEPT_BITS);
    if (asked[place] === pair) return answers[place] === 1;
    const separate = inOrder[left] === 1 && inOrder[right] === 1 ? separateInOrder(left, right) : separateInAnyOrder(left, right);
    asked[place] = pair;
    answers[place] = Number(separate);
    return separate;
  }

  /**
   * Undoes the merges of both tokens, the last one first, and sees whether one across their border would have come before it. With a
   * limit, merges across of this rank or higher do not count.
   */
  function separateInOrder(left: number, right: number, below = merges.length): boolean {
    let a = left;
    let b = right;
    let limit = below;
    for (;;) {
      const across = ranks.get(a, b);
      if (across >= 0 && across < limit) return false;
      const rankA = lastRank[a] as number;
      const rankB = lastRank[b] as number;
      if (rankA < 0 && rankB < 0) return true;
      // Of merges of the same rank the leftmost is done first: a's before the one across, that one before b's.
      if (rankA > rankB) {
        limit = rankA;
        a = rightPart[a] as number;
      } else {
        limit = rankB + 1;
        b = leftPart[b] as number;
      }
    }
  }

  function separateInAnyOrder(left: number, right: number): boolean {
    const symbols = Array.from([...(bytes[left] as Uint8Array), ...(bytes[right] as Uint8Array)], (byte) => idOfByte[byte] as number);
    mergeAll(symbols, ranks, merged);
    return symbols.length === 2 && symbols[0] === left && symbols[1] === right;
  }

  return { isOwnEncoding: (token) => own[token] === 1, staySeparate };
}

/** How many answers are kept, as a power of two: 320 KB of them. */
const KEPT_BITS = 16;

/** Does all merges in place, the lowest rank first, of the same rank the leftmost. Returns their ranks in that order. */
function mergeAll(symbols: number[], ranks: ReturnType<typeof pairTable>, merged: Int32Array): number[] {
  const rankAt = symbols.slice(1).map((right, i) => ranks.get(symbols[i] as number, right));
  const done: number[] = [];
  for (;;) {
    let lowest = -1;
    let at = -1;
    for (let i = 0; i < rankAt.length; i++) {
      const rank = rankAt[i] as number;
      if (rank >= 0 && (at < 0 || rank < lowest)) {
        lowest = rank;
        at = i;
      }
    }
    if (at < 0) return done;
    done.push(lowest);
    symbols.splice(at, 2, merged[lowest] as number);
    rankAt.splice(at, 1);
    if (at > 0) rankAt[at - 1] = ranks.get(symbols[at - 1] as number, symbols[at] as number);
    if (at < rankAt.length) rankAt[at] = ranks.get(symbols[at] as number, symbols[at + 1] as number);
  }
}
