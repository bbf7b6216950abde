/** Which pair is merged next. */
import type { Entry } from './pair-statistics.ts';

/** Entries, the most frequent pair first, then by ids. */
export interface EntryQueue {
  push(entry: Entry): void;
  /** Takes the entry of the most frequent pair; undefined when none is frequent enough. */
  pop(): Entry | undefined;
}

/** An empty queue, a binary heap. Entries of pairs that are rarer than `minFrequency` are never taken. */
export function entryQueue(minFrequency: number): EntryQueue {
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
