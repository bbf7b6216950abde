/** What there is: how many, of what colour, where in the picture. */

import { answersTo } from '../../objects/names.ts';
import type { Fact, Topic } from '../balance.ts';
import { numberWord, plural, withArticle } from '../english.ts';
import type { Moment } from '../moment.ts';
import { BRIGHT, COLOR_WORDS, candidates, colorOf, fullName, type Name, noDoubt, textOf } from '../names.ts';
import { isClear, type Seen } from '../sight.ts';
import { colorsAround } from '../surroundings.ts';
import type { ThingNow } from '../things.ts';
import { COLOR, COUNT, EXISTS, HALF, IDENTITY, TALLER } from '../topics.ts';

/** A fact about one moment. */
type Add = (topic: Topic, slots: Fact['slots'], value: string) => void;

/** All that pictures show of which things there are. */
export function sceneFacts(moments: readonly Moment[]): Fact[] {
  const facts: Fact[] = [];
  const names = castOf(moments);
  for (const [number, moment] of moments.entries()) {
    const add: Add = (topic, slots, value) => facts.push({ topic, slots, value, moments: [number] });
    for (const name of names) existence(moment, name, add);
    for (const noun of new Set(names.map((name) => name.noun))) counts(moment, noun, add);
    colors(moment, add);
    referents(moment, add);
    halves(moment, add);
  }
  return facts;
}

/** All names of the things of all moments, with and without adjectives. */
function castOf(moments: readonly Moment[]): Name[] {
  const models = moments.flatMap(({ things }) => things.map(({ model }) => model));
  const names = models.flatMap(({ noun, adjectives }): Name[] => [
    { noun, adjectives },
    { noun, adjectives: [] },
  ]);
  return [...new Map(names.map((name) => [textOf(name), name])).values()];
}

const seenBy = (moment: Moment): ThingNow[] => moment.things.filter(({ id }) => moment.sight.seen.has(id));
const clear = (moment: Moment, { id }: ThingNow): boolean => isClear(moment.sight.seen.get(id));

/** Yes where one is clearly seen, no where there is nothing that could be one, not even hidden. */
function existence(moment: Moment, name: Name, add: Add): void {
  const possible = candidates(moment.things, name);
  const slots = { a: withArticle(textOf(name)) };
  if (possible.length === 0) add(EXISTS, slots, 'no');
  else if (possible.some((thing) => answersTo(thing.model, name) && clear(moment, thing))) add(EXISTS, slots, 'yes');
}

/** What there is more of is not counted. */
const MOST_COUNTED = 6;

/** Numbers of one kind of thing, where all of them are clearly seen, and nothing else could be one. */
function counts(moment: Moment, noun: string, add: Add): void {
  const many = plural(noun);
  const possible = candidates(moment.things, { noun, adjectives: [] });
  if (many === undefined || possible.length === 0 || !noDoubt(possible, noun)) return;
  if (possible.length <= MOST_COUNTED && possible.every((thing) => clear(moment, thing)))
    add(COUNT, { a: many }, numberWord(possible.length));
}

/** What there is of each bright colour that nothing but things has, where all that is seen has a colour that is known. */
function colors(moment: Moment, add: Add): void {
  if (!moment.things.every(({ model }) => colorOf(model) !== undefined)) return;
  const around = colorsAround(moment.sight);
  for (const color of BRIGHT.filter((one) => !around.has(one))) {
    const these = moment.things.filter(({ model }) => colorOf(model) === color);
    const shown = these.filter((thing) => clear(moment, thing));
    if (these.length === 0) add(EXISTS, { a: `a ${color} thing` }, 'no');
    else if (shown.length > 0) add(EXISTS, { a: `a ${color} thing` }, 'yes');
    if (these.length > 0 && these.length <= MOST_COUNTED && shown.length === these.length)
      add(COUNT, { a: `${color} things` }, numberWord(these.length));
    const [only] = these;
    if (only && these.length === 1 && shown.length === 1) add(IDENTITY, { a: `${color} thing` }, withArticle(only.model.noun));
  }
}

/** Colour and kind of things that are said to be somewhere; the colour, too, of the only one of its kind. */
function referents(moment: Moment, add: Add): void {
  const outermost = extremes(moment);
  const named = [...outermost, ...contents(moment)];
  for (const { words, thing } of named) {
    if (!clear(moment, thing)) continue;
    add(IDENTITY, { a: words }, withArticle(thing.model.noun));
    color(thing, words, add);
  }
  for (const thing of seenBy(moment)) {
    const { noun } = thing.model;
    if (clear(moment, thing) && candidates(moment.things, { noun, adjectives: [] }).length === 1) color(thing, noun, add);
  }
  const [left, right] = ['leftmost thing', 'rightmost thing'].map((end) => outermost.find(({ words }) => words === end)?.thing);
  if (left && right && left !== right && clear(moment, left) && clear(moment, right)) {
    const [a, b] = [heightOf(left), heightOf(right)];
    if (Math.max(a, b) > 1.3 * Math.min(a, b)) add(TALLER, {}, a > b ? 'the leftmost' : 'the rightmost');
  }
}

function color(thing: ThingNow, words: string, add: Add): void {
  const found = colorOf(thing.model);
  if (found !== undefined && (COLOR_WORDS as readonly string[]).includes(found)) add(COLOR, { a: words }, found);
}

/** Pixels by which one thing must be further out than all others */
const APART = 10;

/** The things at the ends of the picture, where there is no doubt. */
function extremes(moment: Moment): { words: string; thing: ThingNow }[] {
  const places = seenBy(moment).map((thing) => {
    const { box } = moment.sight.seen.get(thing.id) as Seen;
    return { thing, x: (box[0] + box[2]) / 2 };
  });
  const row = places.toSorted((a, b) => a.x - b.x);
  const [first, second, last, before] = [row[0], row[1], row.at(-1), row.at(-2)];
  if (!(first && second && last && before)) return [];
  return [
    ...(second.x - first.x > APART ? [{ words: 'leftmost thing', thing: first.thing }] : []),
    ...(last.x - before.x > APART ? [{ words: 'rightmost thing', thing: last.thing }] : []),
  ];
}

/** What is the only thing on or in another. */
export function contents({ things, supports }: Moment): { words: string; thing: ThingNow }[] {
  return things.flatMap((host) => {
    const name = fullName(host, things);
    const inside = things.filter(({ id }) => {
      const support = supports.get(id);
      return support?.on === 'thing' && support.target === host.id && support.part === undefined;
    });
    const [thing] = inside;
    const support = thing && supports.get(thing.id);
    if (name === undefined || !thing || inside.length !== 1 || support?.on !== 'thing') return [];
    return [{ words: `thing ${support.place.kind} the ${name}`, thing }];
  });
}

/** Metres, as it stands now */
function heightOf({ model: { bounds }, pose: { rotation } }: ThingNow): number {
  const size = [0, 1, 2].map((i) => (bounds[1][i] as number) - (bounds[0][i] as number));
  return (
    Math.abs(rotation[6]) * (size[0] as number) + Math.abs(rotation[7]) * (size[1] as number) + Math.abs(rotation[8]) * (size[2] as number)
  );
}

/** Where things are in the picture, if all of what is seen is in one half. */
function halves(moment: Moment, add: Add): void {
  const middle = moment.sight.picture.width / 2;
  for (const thing of seenBy(moment)) {
    const name = fullName(thing, moment.things);
    const box = moment.sight.seen.get(thing.id)?.box;
    if (name === undefined || !box || !clear(moment, thing)) continue;
    if (box[2] <= middle) add(HALF, { a: name }, 'left');
    else if (box[0] >= middle) add(HALF, { a: name }, 'right');
  }
}
