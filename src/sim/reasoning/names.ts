/** What the things of a picture can be called, so that it is clear which one is meant. */

import type { ObjectModel } from '../objects/model.ts';
import { alongTable } from './frames.ts';
import type { Moment } from './moment.ts';
import type { Sight } from './sight.ts';
import type { ThingNow } from './things.ts';

/** Words for a kind of thing. */
export type Name = Pick<ObjectModel, 'noun' | 'adjectives'>;

/** `red mug` */
export const textOf = ({ noun, adjectives }: Name): string => [...adjectives, noun].join(' ');

/** Kinds of things whose names people exchange, or that look so much alike that one may be taken for another. */
const ALIKE: readonly (readonly string[])[] = [
  ['block', 'cube', 'brick', 'toy brick', 'alphabet block', 'puzzle cube'],
  ['cup', 'mug', 'goblet'],
  ['can', 'soup tin'],
  ['plate', 'saucer'],
  ['bowl', 'ramekin'],
  ['bin', 'bucket', 'flowerpot', 'vase'],
  ['pan', 'pot'],
  ['box', 'matchbox', 'box of tissues', 'box of popcorn', 'present', 'toolbox'],
  ['paper bag', 'gift bag', 'bag of rice', 'bag of flour', 'bag of crisps', 'sack of potatoes', 'pouch'],
  ['ball', 'basketball', 'football'],
  ['juice carton', 'milk carton'],
  ['pepper mill', 'salt shaker'],
  ['cupcake', 'birthday cake'],
  ['baguette', 'loaf of bread', 'slice of bread'],
  ['tray', 'board'],
];

/** Whether a thing could be taken for what a name means: also a wine bottle for a bottle, and a mug for a cup. */
export function couldBe(model: Name, name: Name): boolean {
  const kinds = [name.noun, ...ALIKE.filter((nouns) => nouns.includes(name.noun)).flat()];
  const words = [...model.adjectives, ...model.noun.split(' ')];
  return (
    kinds.some((noun) => model.noun === noun || model.noun.endsWith(` ${noun}`)) && name.adjectives.every((word) => words.includes(word))
  );
}

/** All things that could be meant by a name. */
export const candidates = <T extends { readonly model: ObjectModel }>(things: readonly T[], name: Name): T[] =>
  things.filter(({ model }) => couldBe(model, name));

/** Whether all things that could be meant by a noun are called so. */
export const noDoubt = (things: readonly { readonly model: ObjectModel }[], noun: string): boolean =>
  things.every(({ model }) => model.noun === noun);

/** The full name of a thing if it is the only one in its scene that can be called so. */
export function fullName(thing: ThingNow, things: readonly ThingNow[]): string | undefined {
  return candidates(things, thing.model).length === 1 ? thing.model.name : undefined;
}

/**
 * All that a thing can be called in a picture of a moment, if it is seen: its noun, its full name, and, of several that are called the
 * same and are all seen, the leftmost and so on. Empty when nothing tells it apart.
 */
export function namesIn(moment: Moment, sight: Sight, thing: ThingNow): string[] {
  const seen = moment.things.filter(({ id }) => sight.seen.has(id));
  const names: Name[] = [thing.model, { noun: thing.model.noun, adjectives: [] }];
  const unique = names.filter((name) => candidates(seen, name).length === 1).map(textOf);
  if (unique.length > 0) return [...new Set(unique)];
  const alike = candidates(seen, thing.model).filter((other) => other !== thing);
  return [...sideways(sight, thing, alike), ...inDepth(moment, sight, thing, alike)].map((place) => `${place} ${thing.model.name}`);
}

/** Pixels between the middles of two things of which one is further left in the picture */
export const FURTHER_LEFT = 8;

/** The middle of what is seen of a thing, from the left, pixels. */
export function middleInPicture({ seen }: Sight, { id }: ThingNow): number {
  const [left, , right] = seen.get(id)?.box ?? [0, 0, 0, 0];
  return (left + right) / 2;
}

/** `left` or `right` of two, `leftmost` or `rightmost` of several things in a picture. */
function sideways(sight: Sight, thing: ThingNow, alike: readonly ThingNow[]): string[] {
  const ends = alike.length === 1 ? ['left', 'right'] : ['leftmost', 'rightmost'];
  return endOf(
    middleInPicture(sight, thing),
    alike.map((other) => middleInPicture(sight, other)),
    FURTHER_LEFT,
    ends,
  );
}

/** Metres along the table between two things of which one is nearer */
const NEARER_BY = 0.03;

/** `nearer` or `farther`, `nearest` or `farthest` along the table, for a camera that looks over it; nothing where not all stand on it. */
function inDepth({ supports }: Moment, sight: Sight, thing: ThingNow, alike: readonly ThingNow[]): string[] {
  if (sight.view !== 'head' && sight.view !== 'scene') return [];
  const stands = ({ id, model }: ThingNow): boolean => model.fixed === true || supports.get(id)?.on === 'table';
  const [own, ...others] = [thing, ...alike].map((one) => (stands(one) ? alongTable(sight.camera, one.middle)?.[1] : undefined));
  if (own === undefined || !others.every((away) => away !== undefined)) return [];
  return endOf(own, others, NEARER_BY, alike.length === 1 ? ['nearer', 'farther'] : ['nearest', 'farthest']);
}

/** The first word for what is less than all others by a margin, the second for what is more. */
function endOf(own: number, others: readonly number[], margin: number, [less, more]: readonly string[]): string[] {
  if (others.every((other) => own < other - margin)) return [less as string];
  return others.every((other) => own > other + margin) ? [more as string] : [];
}

/** Colours that are told apart by everyone. */
export const COLOR_WORDS = ['red', 'yellow', 'green', 'blue', 'purple', 'pink', 'white', 'black'] as const;
/** Bright ones, which few other surfaces have */
export const BRIGHT = ['red', 'yellow', 'green', 'blue', 'purple', 'pink'] as const;

/** Adjectives of things with more than one colour, or with one that is hard to name */
const PATTERNS = ['striped', 'dotted', 'checked', 'speckled', 'zigzag', 'tartan', 'woven', 'marble', 'wooden', 'steel', 'cork'];

/**
 * The colour of a thing: one of COLOR_WORDS; `other` when it is clearly none of the bright ones; undefined when that is hard to say.
 * Its adjectives tell, and what no adjective tells of is said to be hard, but for furniture, which is wood, straw and steel.
 */
export function colorOf({ adjectives, category }: ObjectModel): string | undefined {
  const named = adjectives.find((word) => (COLOR_WORDS as readonly string[]).includes(word));
  if (adjectives.some((word) => PATTERNS.includes(word))) return named === undefined ? 'other' : undefined;
  return (
    named ??
    (category === 'fixture' || adjectives.some((word) => ['grey', 'silver', 'brown', 'beige'].includes(word)) ? 'other' : undefined)
  );
}
