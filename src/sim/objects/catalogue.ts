/**
 * The catalogue of things to grasp: 35 to train with and 212 that training never sees, in the five categories of the grasping
 * benchmark. Each is of a kind (a bottle, a banana), with a look that its adjectives name and proportions drawn for its name; all are
 * made when they are first asked for.
 */
import { unknownName } from '../../robot/names.ts';
import { randomStream } from '../../tensor/random.ts';
import { AXISYMMETRIC } from './axisymmetric.ts';
import { BAGGED } from './bagged.ts';
import { BLOCK_LIKE } from './block-like.ts';
import type { KindEntry, Vary } from './draft.ts';
import { finishDraft } from './finish.ts';
import { IRREGULAR } from './irregular.ts';
import { lookOf } from './look.ts';
import type { Category, ObjectModel } from './model.ts';
import { TOOLS } from './tools.ts';

/** The kinds of each category. */
const KINDS: readonly (readonly [Category, readonly KindEntry[]])[] = [
  ['axisymmetric', AXISYMMETRIC],
  ['block-like', BLOCK_LIKE],
  ['irregular', IRREGULAR],
  ['tool', TOOLS],
  ['bagged', BAGGED],
];

/** An object before it is made. */
interface Entry {
  readonly category: Category;
  readonly kind: KindEntry;
  readonly adjectives: readonly string[];
  readonly unseen: boolean;
}

function entriesOf(category: Category, kind: KindEntry): [string, Entry][] {
  const entry = (words: string, unseen: boolean): [string, Entry] => {
    const adjectives = words === '' ? [] : words.split(' ');
    return [[...adjectives, kind.noun].join(' '), { category, kind, adjectives, unseen }];
  };
  const { training = [], unseen = [] } = kind;
  return [...training.map((words) => entry(words, false)), ...unseen.map((words) => entry(words, true))];
}

const ENTRIES: ReadonlyMap<string, Entry> = new Map(
  KINDS.flatMap(([category, kinds]) => kinds.flatMap((kind) => entriesOf(category, kind))),
);

const namesWhere = (wanted: (entry: Entry) => boolean): string[] => [...ENTRIES].filter(([, entry]) => wanted(entry)).map(([name]) => name);

/** The names of the objects to train with. */
export const TRAINING_OBJECTS: readonly string[] = namesWhere(({ unseen }) => !unseen);
/** The names of the objects that training never sees. */
export const UNSEEN_OBJECTS: readonly string[] = namesWhere(({ unseen }) => unseen);

/** The names of all objects, or of those of one category. */
export const objectNames = (category?: Category): string[] => namesWhere((entry) => category === undefined || entry.category === category);

const made = new Map<string, ObjectModel>();

/** The object of this name, made on the first call. Throws when there is none, with the names most like it. */
export function objectModel(name: string): ObjectModel {
  const entry = ENTRIES.get(name);
  if (!entry) throw unknownName('object', name, objectNames());
  const model = made.get(name) ?? makeModel(name, entry);
  made.set(name, model);
  return model;
}

/** Seed of all proportions */
const SEED = 247;

function makeModel(name: string, { category, kind, adjectives, unseen }: Entry): ObjectModel {
  const random = randomStream(SEED, `object/${name}`);
  /** Objects to train with have middling proportions, unseen ones those on either side: none agree in any. */
  const vary: Vary = (low, high) => {
    const share = random.uniform();
    const t = unseen ? (share < 0.5 ? 0.6 * share : 0.4 + 0.6 * share) : 0.35 + 0.3 * share;
    return low + (high - low) * t;
  };
  const draft = kind.make(lookOf(adjectives, kind), vary);
  return finishDraft({ name, noun: kind.noun, adjectives, category }, draft);
}
