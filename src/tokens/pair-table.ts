/** A table from pairs of whole numbers to whole numbers: open addressing in typed arrays, much faster than a Map. */
export interface PairTable {
  /** The number of a pair, or −1. */
  get(left: number, right: number): number;
  /** Sets the number of a pair. */
  set(left: number, right: number, value: number): void;
}

/** Tokens that two ids of 16 bits can tell apart; the pair of the two highest numbers means an empty slot. */
export const MAX_TOKENS = 0xffff;

/** An empty table that grows as needed. The right one of a pair has so many bits, 16 by default, the left one the rest of 32. */
export function pairTable(expected = 16, rightBits = 16): PairTable {
  let bits = Math.max(4, Math.ceil(Math.log2(expected * 2)));
  let keys = new Int32Array(2 ** bits).fill(-1);
  let values = new Int32Array(2 ** bits);
  let size = 0;

  /** The slot of a key, or the free one where it would go. */
  function slotOf(key: number): number {
    const mask = keys.length - 1;
    let slot = Math.imul(key, 0x9e3779b1) >>> (32 - bits);
    while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & mask;
    return slot;
  }

  function grow(): void {
    const [oldKeys, oldValues] = [keys, values];
    bits++;
    keys = new Int32Array(2 ** bits).fill(-1);
    values = new Int32Array(2 ** bits);
    for (let i = 0; i < oldKeys.length; i++) {
      const key = oldKeys[i] as number;
      if (key === -1) continue;
      const slot = slotOf(key);
      keys[slot] = key;
      values[slot] = oldValues[i] as number;
    }
  }

  return {
    get(left, right) {
      const slot = slotOf((left << rightBits) | right);
      return keys[slot] === -1 ? -1 : (values[slot] as number);
    },
    set(left, right, value) {
      const key = (left << rightBits) | right;
      let slot = slotOf(key);
      if (keys[slot] === -1) {
        if (2 * ++size > keys.length) {
          grow();
          slot = slotOf(key);
        }
        keys[slot] = key;
      }
      values[slot] = value;
    },
  };
}
