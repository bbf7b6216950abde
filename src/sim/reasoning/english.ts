/** English around the names of things. */
import type { RandomStream } from '../../tensor/random.ts';
import { fillSlots } from '../tasks/task.ts';
import { pick } from './lists.ts';
import type { Split } from './sample.ts';

/** Ways to say the same, with `{slots}`: those to train with, and those that training never sees. */
export interface Phrases {
  readonly training: readonly string[];
  readonly heldOut: readonly string[];
}

/** One of the phrases of a split, with its slots filled. */
export function say(phrases: Phrases, split: Split, random: RandomStream, slots: Readonly<Record<string, string>> = {}): string {
  return fillSlots(pick(phrases[split], random), slots);
}

/** `a red mug`, `an orange` */
export const withArticle = (name: string): string => `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;

/** `mugs`, `boxes`, `knives`, `cherries`; undefined for what is many already (`scales`). */
export function plural(noun: string): string | undefined {
  if (/[^s]s$/.test(noun)) return undefined;
  if (/(s|x|z|ch|sh)$/.test(noun)) return `${noun}es`;
  if (/(kni|loa|lea)fe?$/.test(noun)) return noun.replace(/fe?$/, 'ves');
  if (/[^aeiou]y$/.test(noun)) return noun.replace(/y$/, 'ies');
  if (/(potat|tomat|mang)o$/.test(noun)) return `${noun}es`;
  return `${noun}s`;
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'] as const;

/** A whole number up to ten as a word. */
export const numberWord = (n: number): string => NUMBERS[n] ?? String(n);

/** `the mug`, `the mug and the plate`, `the mug, the plate and the can` */
export function listed(names: readonly string[]): string {
  const named = names.map((name) => `the ${name}`);
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1)}`;
}

/** With a capital letter and a full stop, unless it has its own. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
