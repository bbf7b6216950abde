/** Tokens by their bytes. */

/** Finds the tokens that a text goes on with. */
export interface TokenTrie {
  /** The longest token at `at`, that ends at `end` or before; −1 if there is none. */
  longest(text: Uint8Array, at: number, end: number): number;
  /** The longest token that a token begins with, other than itself; −1 if there is none. */
  shorter(token: number): number;
}

/** A trie of the tokens that are to be found. No two of them have the same bytes. */
export function tokenTrie(bytes: readonly Uint8Array[], isIncluded: (token: number) => boolean): TokenTrie {
  const included = Array.from(bytes, (_, token) => token).filter(isIncluded);
  const nodes = packed(bytes, included);

  function longest(text: Uint8Array, at: number, end: number): number {
    let token = -1;
    for (let i = at, node = 0; i < end; i++) {
      const child = (text[i] as number) - (nodes[node + LOWEST] as number);
      if (child < 0 || child >= (nodes[node + CHILDREN] as number)) break;
      node = nodes[node + FIRST_CHILD + child] as number;
      if (node === 0) break;
      if ((nodes[node] as number) >= 0) token = nodes[node] as number;
    }
    return token;
  }

  const prefixes = new Int32Array(bytes.length).fill(-1);
  for (const token of included) {
    const own = bytes[token] as Uint8Array;
    prefixes[token] = longest(own, 0, own.length - 1);
  }
  return { longest, shorter: (token) => prefixes[token] as number };
}

/** A packed node: its token or −1, its lowest byte with a child, how many bytes on the last one is, and the children's places. */
const [LOWEST, CHILDREN, FIRST_CHILD] = [1, 2, 3] as const;

/** All nodes one after another, the root first. A child's place 0 stands for none. */
function packed(bytes: readonly Uint8Array[], tokens: readonly number[]): Int32Array {
  const sorted = [...tokens].sort((a, b) => compare(bytes[a] as Uint8Array, bytes[b] as Uint8Array));
  const nodes: number[] = [];
  // Level by level, so that the nodes that are most often needed are next to each other. A node's place is written where its parent
  // wants it.
  const waiting = [{ from: 0, to: sorted.length, depth: 0, wantedAt: -1 }];
  for (const { from, to, depth, wantedAt } of waiting) {
    const byteOf = (i: number): number => bytes[sorted[i] as number]?.[depth] as number;
    if (wantedAt >= 0) nodes[wantedAt] = nodes.length;
    const isToken = bytes[sorted[from] ?? -1]?.length === depth;
    const first = isToken ? from + 1 : from;
    const lowest = first < to ? byteOf(first) : 0;
    const width = first < to ? byteOf(to - 1) - lowest + 1 : 0;
    nodes.push(isToken ? (sorted[from] as number) : -1, lowest, width);
    const children = nodes.length;
    for (let i = 0; i < width; i++) nodes.push(0);
    for (let start = first, end = first; start < to; start = end) {
      const byte = byteOf(start);
      while (end < to && byteOf(end) === byte) end++;
      waiting.push({ from: start, to: end, depth: depth + 1, wantedAt: children + byte - lowest });
    }
  }
  return Int32Array.from(nodes);
}

/** Which of two runs of bytes is first, as words in a dictionary. */
function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
}
