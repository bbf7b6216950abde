/**
 * Questions with few possible answers, such that their words say nothing about the answer.
 *
 * What is known of each moment is written down as facts: what is asked about, and what is so at that moment ("where is the mug": "on
 * the table"). A question is only asked when the moments at hand differ in it: two of the answers, or all, are drawn first, then one of
 * them, all as likely, and then a moment in which it is right. So for each question, word by word, every answer that there could have
 * been was as likely, and who does not look at the picture can but guess (the idea of the balanced pairs of VQA v2, Goyal et al. 2017,
 * "Making the V in VQA matter"). No list of how often what is seen is needed, and what is always so (that plates are wider than cups)
 * is never asked.
 */
import type { RandomStream } from '../../tensor/random.ts';
import { type Phrases, say } from './english.ts';
import { grouped, pick, range, shuffled } from './lists.ts';
import type { Kind, Split } from './sample.ts';

/** Something to ask about. */
export interface Topic {
  readonly kind: Extract<Kind, 'general-vqa' | 'understanding-qa' | 'planning-qa'>;
  /** "Where is the {a}?": the value is the answer. */
  readonly open?: Phrases;
  /** How many values there must be for that; 2 by default. */
  readonly openFrom?: number;
  /** "Is the {a} {first} or {second}?" */
  readonly either?: Phrases;
  /** "Is the {a} {value}?", yes or no */
  readonly yesNo?: Phrases;
}

/** What is so at a moment, or between some. */
export interface Fact {
  readonly topic: Topic;
  /** What is asked about: all words of the question but the values */
  readonly slots: Readonly<Record<string, string>>;
  readonly value: string;
  /** Which of the moments: their numbers, in the order of the pictures */
  readonly moments: readonly number[];
}

/** A question about some of the moments. */
export interface ClosedQuestion {
  readonly kind: Topic['kind'];
  readonly question: string;
  readonly answer: string;
  /** All that the answer could have been, as likely as it was */
  readonly choices: readonly string[];
  readonly moments: readonly number[];
}

/** A topic's facts about the same things: by value, where it is so. */
interface Contrast {
  readonly topic: Topic;
  readonly slots: Fact['slots'];
  readonly places: ReadonlyMap<string, readonly Fact['moments'][]>;
}

/** A question is asked so often at most, and no more often than there are moments for each of its answers. */
const MOST_ASKED = 4;

/** All questions in random order, each topic as often as another as long as it has some left. All randomness is that of the stream. */
export function* closedQuestions(facts: readonly Fact[], split: Split, random: RandomStream): Generator<ClosedQuestion, void, void> {
  const byTopic = [...grouped(facts, ({ topic }) => topic)].map(([topic, list]) => contrasts(topic, list));
  const left = byTopic.filter((list) => list.length > 0).map((list) => shuffled(list.flatMap(repeated), random));
  while (left.length > 0) {
    const i = random.integer(left.length);
    const list = left[i] as Contrast[];
    const contrast = list.pop() as Contrast;
    if (list.length === 0) left.splice(i, 1);
    yield questionOf(contrast, split, random);
  }
}

function repeated(contrast: Contrast): Contrast[] {
  const fewest = Math.min(...[...contrast.places.values()].map((moments) => moments.length));
  return range(Math.min(fewest, MOST_ASKED)).map(() => contrast);
}

/** What differs between moments, of one topic. */
function contrasts(topic: Topic, facts: readonly Fact[]): Contrast[] {
  return [...grouped(facts, ({ slots }) => JSON.stringify(slots)).values()].flatMap((group) => {
    const { slots } = group[0] as Fact;
    const byValue = grouped(group, ({ value }) => value);
    return byValue.size < 2
      ? []
      : [{ topic, slots, places: new Map([...byValue].map(([value, list]) => [value, list.map(({ moments }) => moments)])) }];
  });
}

/** Share of questions that do not say what the answer may be, where there is a choice */
const OPEN = 0.6;

function questionOf({ topic, slots, places }: Contrast, split: Split, random: RandomStream): ClosedQuestion {
  const values = shuffled([...places.keys()], random);
  const { kind, open, openFrom = 2, either, yesNo } = topic;
  const closed = [...(either ? ['either' as const] : []), ...(yesNo ? ['yesNo' as const] : [])];
  const isOpen = open !== undefined && values.length >= openFrom && (closed.length === 0 || random.uniform() < OPEN);
  const [first, second] = values as [string, string];
  // The order of the values is random: whichever is taken here is as likely as the other.
  const where = (value: string): Fact['moments'] => pick(places.get(value) as readonly Fact['moments'][], random);
  switch (isOpen ? 'open' : pick(closed, random)) {
    case 'open':
      return { kind, question: say(open as Phrases, split, random, slots), answer: first, choices: values, moments: where(first) };
    case 'either': {
      const answer = pick([first, second], random);
      const question = say(either as Phrases, split, random, { ...slots, first, second });
      return { kind, question, answer, choices: [first, second], moments: where(answer) };
    }
    case 'yesNo': {
      const yes = random.integer(2) === 1;
      const question = say(yesNo as Phrases, split, random, { ...slots, value: first });
      const answer = yes ? 'yes' : 'no';
      const other = pick(values.slice(1), random);
      return { kind, question, answer, choices: ['yes', 'no'], moments: where(yes ? first : other) };
    }
  }
}
