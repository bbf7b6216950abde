/** What the things of a picture can be called, so that it is clear which one is meant. */

import type { ObjectModel } from '../objects/model.ts';
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
 * All that a thing can be called in a picture, if it is seen: its noun, its full name, and, of several that are called the same and are
 * all seen, the leftmost and so on. Empty when nothing tells it apart.
 */
export function namesIn(sight: Sight, thing: ThingNow, things: readonly ThingNow[]): string[] {
  const seen = things.filter(({ id }) => sight.seen.has(id));
  const names: Name[] = [thing.model, { noun: thing.model.noun, adjectives: [] }];
  const unique = names.filter((name) => candidates(seen, name).length === 1).map(textOf);
  if (unique.length > 0) return [...new Set(unique)];
  return placesInRow(sight, thing, candidates(seen, thing.model)).map((place) => `${place} ${thing.model.name}`);
}

/** Pixels between the middles of two things one of which is further left, or further down */
const STEP = 8;

/** `leftmost`, `rightmost`: what one of several things is in a picture. */
function placesInRow(sight: Sight, thing: ThingNow, alike: readonly ThingNow[]): string[] {
  const middle = (id: string): readonly [number, number] => {
    const [left, top, right, bottom] = sight.seen.get(id)?.box ?? [0, 0, 0, 0];
    return [(left + right) / 2, (top + bottom) / 2];
  };
  const [x, y] = middle(thing.id);
  const others = alike.filter(({ id }) => id !== thing.id).map(({ id }) => middle(id));
  const words =
    alike.length === 2 ? (['left', 'right', 'nearer', 'farther'] as const) : (['leftmost', 'rightmost', 'nearest', 'farthest'] as const);
  const over = sight.view === 'head' || sight.view === 'scene';
  const is = [
    others.every(([ox]) => x < ox - STEP),
    others.every(([ox]) => x > ox + STEP),
    // Cameras that look over a table: what is nearer is further down in the picture.
    over && others.every(([, oy]) => y > oy + STEP),
    over && others.every(([, oy]) => y < oy - STEP),
  ];
  return words.filter((_, i) => is[i]);
}

/** Colours that are told apart by everyone. */
export const COLOR_WORDS = ['red', 'yellow', 'green', 'blue', 'purple', 'pink', 'white', 'black'] as const;
/** Bright ones, which nothing else in a scene looks like */
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
