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

/** `mugs`, `boxes`, `knives`, `slices of bread`; undefined for what is many already, or not counted (`scales`, `broccoli`). */
export function plural(noun: string): string | undefined {
  const [, before, word, after = ''] = /^((?:\S+ )*?)(\S+)( of .*)?$/.exec(noun) as unknown as [string, string, string, string?];
  if (/^(scales|broccoli)$/.test(word)) return undefined;
  return `${before}${pluralWord(word)}${after}`;
}

function pluralWord(word: string): string {
  if (word === 'fish') return word;
  if (word === 'die') return 'dice';
  if (/man$/.test(word)) return word.replace(/man$/, 'men');
  if (/mouse$/.test(word)) return word.replace(/mouse$/, 'mice');
  if (/(kni|loa|lea|shel)fe?$/.test(word)) return word.replace(/fe?$/, 'ves');
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /((potat|tomat|mang|domin)o|s|x|z|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
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
