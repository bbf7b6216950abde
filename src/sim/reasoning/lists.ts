/** Choosing from lists, and sorting things into some. */
import type { RandomStream } from '../../tensor/random.ts';

/** One of some things, each as likely. Throws when there are none. */
export const pick = <T>(choices: readonly T[], random: RandomStream): T => choices[random.integer(choices.length)] as T;

/** All of some things in random order. */
export const shuffled = <T>(items: readonly T[], random: RandomStream): T[] => random.permutation(items.length).map((i) => items[i] as T);

/** What has the same key, together; keys and items in the order in which they come. */
export function grouped<K, T>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group) group.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** The numbers from 0 to below `count`. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
