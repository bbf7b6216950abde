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
  const nodes = packed(linked(bytes, included));

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

interface Node {
  token: number;
  readonly children: Map<number, Node>;
}

function linked(bytes: readonly Uint8Array[], tokens: readonly number[]): Node {
  const root: Node = { token: -1, children: new Map() };
  for (const token of tokens) {
    let node = root;
    for (const byte of bytes[token] as Uint8Array) {
      const child = node.children.get(byte) ?? { token: -1, children: new Map() };
      node.children.set(byte, child);
      node = child;
    }
    node.token = token;
  }
  return root;
}

/** A packed node: its token or −1, its lowest byte with a child, how many bytes on the last one is, and the children's places. */
const [LOWEST, CHILDREN, FIRST_CHILD] = [1, 2, 3] as const;

/** All nodes one after another, the root first. 0 stands for no child. */
function packed(root: Node): Int32Array {
  const order = [root];
  const places = new Map<Node, number>();
  let length = 0;
  const lowestOf = ({ children }: Node): number => Math.min(255, ...children.keys());
  const widthOf = (node: Node): number => Math.max(-1, ...node.children.keys()) - lowestOf(node) + 1;
  for (const node of order) {
    places.set(node, length);
    length += FIRST_CHILD + Math.max(0, widthOf(node));
    order.push(...node.children.values());
  }
  const nodes = new Int32Array(length);
  for (const node of order) {
    const place = places.get(node) as number;
    nodes[place] = node.token;
    nodes[place + LOWEST] = lowestOf(node);
    nodes[place + CHILDREN] = widthOf(node);
    for (const [byte, child] of node.children) nodes[place + FIRST_CHILD + byte - lowestOf(node)] = places.get(child) as number;
  }
  return nodes;
}
