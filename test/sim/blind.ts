/**
 * Answering without looking: how often one is right who knows the words of a question and what the answer may be, but not the picture.
 * Two such ones are trained on half of the questions and tried on the other half.
 */

/** A question with few possible answers. */
export interface Choice {
  readonly question: string;
  readonly answer: string;
  readonly choices: readonly string[];
}

/** Shares of right answers, and how many would be right by chance. */
export interface BlindResult {
  readonly questions: number;
  readonly chance: number;
  /** The most frequent answer to the same question, word by word */
  readonly sameQuestion: number;
  /** Naive Bayes over words and pairs of words that follow each other */
  readonly words: number;
}

/** Trains on the first half, tries the second. */
export function blindResult(questions: readonly Choice[]): BlindResult {
  const half = Math.floor(questions.length / 2);
  const [known, unknown] = [questions.slice(0, half), questions.slice(half)];
  const share = (right: (choice: Choice) => number): number => unknown.reduce((sum, choice) => sum + right(choice), 0) / unknown.length;
  const same = countBy(known, ({ question }) => [question]);
  const words = countBy(known, ({ question }) => features(question));
  const answers = new Map<string, number>();
  for (const { answer } of known) answers.set(answer, (answers.get(answer) ?? 0) + 1);
  const vocabulary = words.size;
  const totals = new Map([...answers.keys()].map((answer) => [answer, sum([...words.values()].map((counts) => counts.get(answer) ?? 0))]));
  const bayes = (question: string, answer: string): number =>
    Math.log((answers.get(answer) ?? 0) + 0.5) +
    sum(
      features(question).map((word) =>
        Math.log(((words.get(word)?.get(answer) ?? 0) + 0.3) / ((totals.get(answer) ?? 0) + 0.3 * vocabulary)),
      ),
    );
  return {
    questions: questions.length,
    chance: share(({ choices }) => 1 / choices.length),
    sameQuestion: share(({ question, answer, choices }) => guessed(choices, answer, (choice) => same.get(question)?.get(choice) ?? 0)),
    words: share(({ question, answer, choices }) => guessed(choices, answer, (choice) => bayes(question, choice))),
  };
}

/** The chance that the best one is right, when ties are broken at random. */
function guessed(choices: readonly string[], answer: string, score: (choice: string) => number): number {
  const best = Math.max(...choices.map(score));
  const ties = choices.filter((choice) => score(choice) === best);
  return ties.includes(answer) ? 1 / ties.length : 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function features(question: string): string[] {
  const words = question.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
}

/** How often each answer came with each feature. */
function countBy(questions: readonly Choice[], of: (choice: Choice) => readonly string[]): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>();
  for (const choice of questions) {
    for (const feature of of(choice)) {
      const answers = counts.get(feature) ?? new Map<string, number>();
      counts.set(feature, answers.set(choice.answer, (answers.get(choice.answer) ?? 0) + 1));
    }
  }
  return counts;
}
