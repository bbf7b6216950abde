/** Numbers for words, which are sequences of whole numbers: a hash table in typed arrays. */
export interface WordTable {
  /** The number of the word text[start … end−1]: 0 for the first word that was asked for, 1 for the next that is another. */
  numberOf(text: ArrayLike<number>, start: number, end: number): number;
  /** All words one after another, in the order of their numbers, and where each begins and the last one ends. */
  all(): { readonly text: Int32Array; readonly starts: readonly number[] };
}

/** An empty table. */
export function wordTable(): WordTable {
  let pool = new Int32Array(1 << 12);
  const starts = [0];
  let hashes = new Int32Array(1 << 8);
  /** Word numbers by hash, −1 where there is none: a power of two of them, at least half of which are free. */
  let slots = new Int32Array(1 << 9).fill(-1);

  function isWord(word: number, text: ArrayLike<number>, start: number, end: number): boolean {
    const from = starts[word] as number;
    if ((starts[word + 1] as number) - from !== end - start) return false;
    for (let i = start; i < end; i++) if (pool[from + i - start] !== text[i]) return false;
    return true;
  }

  function add(hash: number, text: ArrayLike<number>, start: number, end: number): number {
    const word = starts.length - 1;
    let used = starts[word] as number;
    while (used + end - start > pool.length) pool = enlarged(pool);
    for (let i = start; i < end; i++) pool[used++] = text[i] as number;
    starts.push(used);
    if (2 * (word + 1) > slots.length) {
      hashes = enlarged(hashes);
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
    numberOf(text, start, end) {
      const hash = hashOf(text, start, end);
      let slot = hash & (slots.length - 1);
      for (let word = slots[slot] as number; word >= 0; word = slots[slot] as number) {
        if (hashes[word] === hash && isWord(word, text, start, end)) return word;
        slot = (slot + 1) & (slots.length - 1);
      }
      return add(hash, text, start, end);
    },
    all: () => ({ text: pool.subarray(0, starts.at(-1)), starts }),
  };
}

/** FNV-1a, finished so that the lower bits depend on all of it. */
function hashOf(text: ArrayLike<number>, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (text[i] as number), 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
}

function enlarged(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
