/** The same instruction in other words: nothing in it comes to mean anything else. */
import type { RandomStream } from '../../tensor/random.ts';
import type { EpisodePlan } from '../episode.ts';
import { fillSlots } from '../tasks/task.ts';
import { COURTESIES, DISTRACTIONS, isImperative, ORDER_FRAMES, OTHER_FRAMES, SYNONYMS, VERBS, withPlaceFirst } from './words.ts';

/**
 * Rewrites the instruction, and changes nothing else. From strength to strength, in addition to what was before: a paraphrase that
 * training never sees; a courtesy; synonyms, where nothing else in the scene is called so; a sentence before it that has nothing to do
 * with it; another order of its parts and another such sentence behind it.
 */
export function perturbLanguage(plan: EpisodePlan, strength: number, random: RandomStream): EpisodePlan {
  const words = sceneWords(plan);
  const unrelated = DISTRACTIONS.filter((sentence) => wordsOf(sentence).every((word) => !words.has(word)));
  // All is drawn at every strength, so that of one seed a greater strength says more of the same.
  const [which, courtesy, frame, sentence] = [random.uniform(), random.uniform(), random.uniform(), random.uniform()];
  const choose = (choices: readonly string[], draw: number, next = 0): string =>
    choices[(Math.floor(draw * choices.length) + next) % choices.length] as string;

  let text = choose(paraphrases(plan), which);
  if (strength >= 3) text = withSynonyms(text, words);
  if (strength >= 5) text = reordered(text, (frames) => choose(frames, frame));
  if (strength >= 2) text = choose(COURTESIES, courtesy) + text;
  if (strength >= 4) text = `${choose(unrelated, sentence)} ${text}`;
  if (strength >= 5) text = `${text.replace(/([^.?!])$/, '$1.')} ${choose(unrelated, sentence, 1)}`;
  return { ...plan, instruction: text };
}

/** Other ways to give the instruction: of those for masks, where it was one of them. */
function paraphrases({ task, setup, instruction }: EpisodePlan): string[] {
  const { heldOut, mask = [], maskHeldOut = [] } = task.instructions;
  const fill = (templates: readonly string[]): string[] => templates.map((template) => fillSlots(template, setup.words));
  return (fill(mask).includes(instruction) ? fill(maskHeldOut) : fill(heldOut)).filter((text) => text !== instruction);
}

/** All words in names of the scene's things and of their parts. */
const sceneWords = ({ scene: { things } }: EpisodePlan): ReadonlySet<string> =>
  new Set(
    things.flatMap(({ id, model: { noun, adjectives, parts = [] } }) =>
      [id, noun, ...adjectives, ...parts.map(({ name }) => name)].flatMap(wordsOf),
    ),
  );

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z-]+/g) ?? [];

/** Other verbs at the beginning of clauses, and other nouns and prepositions; no noun that has a meaning in the scene already. */
function withSynonyms(text: string, taken: ReadonlySet<string>): string {
  // A verb has an object: "from hand to hand" has none.
  const verbs = new RegExp(`(^|\\b(?:and|then|you|to) )(${VERBS.map(([verb]) => verb).join('|')})(?= )`, 'g');
  const others = new RegExp(`\\b(${SYNONYMS.map(([words]) => words).join('|')})\\b(?!-)`, 'g');
  return text
    .replace(verbs, (whole, before: string, verb: string) => {
      const same = VERBS.find(([other]) => other === verb)?.[1];
      return same === undefined ? whole : before + same;
    })
    .replace(others, (words) => {
      const same = SYNONYMS.find(([other]) => other === words)?.[1] as string;
      return wordsOf(same).some((word) => taken.has(word) && word !== words) ? words : same;
    });
}

/** The place first, or what it is about in another sentence around it. */
function reordered(text: string, choose: (frames: readonly string[]) => string): string {
  return withPlaceFirst(text) ?? choose(isImperative(text) ? ORDER_FRAMES : OTHER_FRAMES).replace('{}', text);
}
