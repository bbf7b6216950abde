/** Numbers for words, which are runs of bytes: a hash table in typed arrays. */
export interface WordTable {
  /** The bytes of all words, one after another in the order of their numbers, then room for at least as many as were asked for. */
  readonly bytes: Uint8Array;
  /** Where each word begins, and the last one ends. */
  readonly starts: readonly number[];
  /** Makes room for a word of at most so many bytes after the last one; it may move `bytes`. */
  makeRoom(length: number): void;
  /** The number of the word that was written after the last one, up to `end`: its own if it is new, or that of the same one before. */
  numberOf(end: number): number;
}

/** An empty table. */
export function wordTable(): WordTable {
  let bytes = new Uint8Array(1 << 16);
  const starts = [0];
  let hashes = new Int32Array(1 << 12);
  /** Word numbers by hash, −1 where there is none: a power of two of them, at least half of which are free. */
  let slots = new Int32Array(1 << 13).fill(-1);

  function isWord(word: number, start: number, end: number): boolean {
    const from = starts[word] as number;
    if ((starts[word + 1] as number) - from !== end - start) return false;
    for (let i = start; i < end; i++) if (bytes[from + i - start] !== bytes[i]) return false;
    return true;
  }

  /** FNV-1a, finished so that the lower bits depend on all of it. */
  function hashOf(start: number, end: number): number {
    let hash = 0x811c9dc5 | 0;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  }

  function add(hash: number, end: number): number {
    const word = starts.length - 1;
    starts.push(end);
    if (2 * (word + 1) > slots.length) {
      const larger = new Int32Array(2 * hashes.length);
      larger.set(hashes);
      hashes = larger;
      slots = new Int32Array(2 * slots.length).fill(-1);
      for (let other = 0; other < word; other++) place(other);
    }
    hashes[word] = hash;
    place(word);
    return word;
  }

  function place(word: number): void {
    let slot = (hashes[word] as number) & (slots.length - 1);
    while ((slots[slot] as number) >= 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = word;
  }

  return {
    get bytes() {
      return bytes;
    },
    starts,
    makeRoom(length) {
      const needed = (starts[starts.length - 1] as number) + length;
      if (needed <= bytes.length) return;
      const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
      larger.set(bytes);
      bytes = larger;
    },
    numberOf(end) {
      const start = starts[starts.length - 1] as number;
      const hash = hashOf(start, end);
      let slot = hash & (slots.length - 1);
      for (let word = slots[slot] as number; word >= 0; word = slots[slot] as number) {
        if (hashes[word] === hash && isWord(word, start, end)) return word;
        slot = (slot + 1) & (slots.length - 1);
      }
      return add(hash, end);
    },
  };
}
