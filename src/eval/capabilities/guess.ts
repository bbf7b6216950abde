/**
 * What can be said of a question without a look at the pictures. A sample is compared with those of its kind about other scenes: the ones
 * whose questions have the most words in common with its own answer for it. They are held out as it is, in the same words, and so tell more
 * than the training data, whose questions are worded otherwise.
 */
import { parseAnswer, renderAnswer, type SaidAnswer } from '../../data/reasoning/answer.ts';
import type { ReasoningKind } from '../../data/reasoning.ts';

/** A question and its answer. */
export interface Answered {
  readonly kind: ReasoningKind;
  readonly question: string;
  /** What was to be said */
  readonly truth: string;
  /** Samples of one number share things and room, or pictures: they do not answer for one another, and intervals are taken over them */
  readonly scene: number;
  /** Of a question with few possible answers all those that could have been right, each as likely; unknown otherwise */
  readonly choices?: readonly string[];
}

/** Questions that answer for another one */
const NEIGHBOURS = 16;

/**
 * Answers to the questions most like that of a sample, the likest first, none of its own scene: as many as `NEIGHBOURS`. Only those that are
 * among its choices, where these are known, and all of these if there are none; otherwise, where the question offers a choice (`left or right`),
 * those that it names, if any.
 */
export function likelyAnswers(sample: Answered, all: readonly Answered[]): readonly string[] {
  const { kind, question, scene, choices } = sample;
  const own = wordsOf(question);
  const answers = all
    .filter((other) => other.kind === kind && other.scene !== scene)
    .map((other) => ({ answer: other.truth, likeness: likeness(own, wordsOf(other.question)) }))
    .sort((a, b) => b.likeness - a.likeness)
    .map(({ answer }) => answer);
  const possible = answers.filter((answer) => (choices ? choices.includes(answer) : own.has('or') && isNamed(answer, question)));
  return possible.length > 0 ? possible.slice(0, NEIGHBOURS) : (choices ?? answers.slice(0, NEIGHBOURS));
}

/** The likeliest of some answers: the most frequent text, or in the middle of the places; empty without any. */
export function bestGuess(kind: ReasoningKind, answers: readonly string[]): string {
  const parsed = answers.flatMap((text) => {
    const result = parseAnswer(kind, text);
    return result.ok ? [result.answer] : [];
  });
  return middleOf(kind, parsed) ?? mostFrequent(answers);
}

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\d]+/gu) ?? []);

/** Jaccard's: words of both by words of either. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const both = [...a].filter((word) => b.has(word)).length;
  return both / Math.max(1, a.size + b.size - both);
}

const isNamed = (answer: string, question: string): boolean =>
  ` ${question.toLowerCase().replaceAll(/[^\p{L}\d]+/gu, ' ')} `.includes(
    ` ${answer
      .toLowerCase()
      .replaceAll(/[^\p{L}\d]+/gu, ' ')
      .trim()} `,
  );

/** The first of those that are there most often; empty without any. */
function mostFrequent(answers: readonly string[]): string {
  const count = new Map<string, number>();
  for (const answer of answers) count.set(answer, (count.get(answer) ?? 0) + 1);
  return [...count].reduce((best, one) => (one[1] > best[1] ? one : best), ['', 0] as [string, number])[0];
}

/** The median of single boxes or points, number by number; undefined for kinds without such, and where there are none. */
function middleOf(kind: ReasoningKind, answers: readonly SaidAnswer[]): string | undefined {
  const label = 'it';
  switch (kind) {
    case 'grounding-2d':
    case 'affordance': {
      const box = medians(answers.flatMap((one) => (one.kind === kind ? one.boxes.slice(0, 1).map(({ box: sides }) => sides) : [])));
      return box && renderAnswer({ kind, boxes: [{ box: box as [number, number, number, number], label }] });
    }
    case 'space-pointing':
    case 'object-pointing': {
      const point = medians(answers.flatMap((one) => (one.kind === kind ? one.points.slice(0, 1).map(({ point: at }) => at) : [])));
      return point && renderAnswer({ kind, points: [{ point: point as [number, number], label }] });
    }
    case 'grounding-3d': {
      const of = (pick: 'centre' | 'size' | 'rotation') =>
        medians(answers.flatMap((one) => (one.kind === kind ? one.boxes.slice(0, 1).map((box) => box[pick]) : []))) as
          | [number, number, number]
          | undefined;
      const [centre, size, rotation] = [of('centre'), of('size'), of('rotation')];
      return centre && size && rotation && renderAnswer({ kind, boxes: [{ centre, size, rotation, label }] });
    }
    default:
      return undefined;
  }
}

/** Medians of lists of numbers, place by place; undefined without any. */
function medians(lists: readonly (readonly number[])[]): number[] | undefined {
  return lists[0]?.map((_, i) => {
    const sorted = lists.map((list) => list[i] as number).sort((a, b) => a - b);
    return sorted[sorted.length >> 1] as number;
  });
}
