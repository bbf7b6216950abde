/** Capability tests: what is right, what is guessed, and what tables make of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderAnswer } from '../../src/data/reasoning/answer.ts';
import type { Answer, ReasoningKind } from '../../src/data/reasoning.ts';
import { bestGuess, likelyAnswers } from '../../src/eval/capabilities/guess.ts';
import { runCapabilities } from '../../src/eval/capabilities/run.ts';
import type { CapabilitySample } from '../../src/eval/capabilities/samples.ts';
import { meanOverlap, RULES, sameWords, scoreAnswer } from '../../src/eval/capabilities/score.ts';
import { capabilityTables, summarise } from '../../src/eval/capabilities/summary.ts';
import type { PixelBox } from '../../src/eval/guided/masks.ts';
import { processor } from '../../src/model/processor.ts';
import type { Answerer } from '../../src/policy/answerer.ts';
import { policyConfig, tinyProcessor } from '../support/policy.ts';

const SIDE = 100;
const pixel = fc.integer({ min: 0, max: SIDE - 1 });
const box = fc
  .tuple(pixel, pixel, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .map(([x, y, width, height]): PixelBox => [x, y, Math.min(SIDE, x + width), Math.min(SIDE, y + height)]);
const boxes = fc.array(
  box.map((one) => ({ box: one })),
  { maxLength: 4 },
);
const label = 'cup';
const boxText = (...all: PixelBox[]): string =>
  renderAnswer({ kind: 'grounding-2d', boxes: all.map((one) => ({ box: [...one] as [number, number, number, number], label })) });
const pointText = (...all: [number, number][]): string =>
  renderAnswer({ kind: 'object-pointing', points: all.map((point) => ({ point, label })) });

describe('scores', () => {
  test.each<Answer>([
    { kind: 'general-vqa', answer: 'yes' },
    { kind: 'understanding-qa', answer: 'on the table' },
    { kind: 'planning-qa', answer: 'pick up the mug' },
    { kind: 'trajectory-2d', trajectories: [{ points: [[1, 2], [50, 60]], label }] }, // biome-ignore format: one line
    { kind: 'trajectory-3d', trajectories: [{ points: [[0.1, 0.2, 0.3], [0, 0, 0.5]], label }] }, // biome-ignore format: one line
    { kind: 'grounding-2d', boxes: [{ box: [1, 2, 30, 40], label }] },
    { kind: 'grounding-3d', boxes: [{ centre: [0, 0, 1], size: [0.1, 0.1, 0.1], rotation: [0, 0, 1], label }] },
    { kind: 'space-pointing', points: [{ point: [5, 6], label }] },
    { kind: 'object-pointing', points: [{ point: [5, 6], label }] },
    { kind: 'affordance', boxes: [{ box: [1, 2, 30, 40], label }] },
    { kind: 'mask-tracking', masks: [{ size: [2, 2], counts: [1, 3] }, null], label },
  ])('the truth is right, silence is wrong: $kind', (answer) => {
    const truth = renderAnswer(answer);
    const score = scoreAnswer(answer.kind, truth, truth, SIDE);
    expect(score).toMatchObject({ right: true, wellFormed: true });
    const { measure } = RULES[answer.kind];
    expect(score.measure).toBe(measure === undefined ? undefined : measure === 'IoU' ? 1 : 0);
    expect(scoreAnswer(answer.kind, '', truth, SIDE)).toMatchObject({ right: false, wellFormed: measure === undefined });
  });

  test('overlaps do not depend on order, are the same both ways, and 1 for the same boxes alone', () => {
    fc.assert(
      fc.property(boxes, boxes, (a, b) => {
        const overlap = meanOverlap(a, b);
        expect(overlap).toBeGreaterThanOrEqual(0);
        expect(overlap).toBeLessThanOrEqual(1 + 1e-12);
        expect(meanOverlap(b, a)).toBeCloseTo(overlap, 12);
        expect(meanOverlap(a.toReversed(), b)).toBeCloseTo(overlap, 12);
        expect(meanOverlap(a, a)).toBeCloseTo(1, 12);
      }),
    );
  });

  test('a box too many or too few costs its share', () => {
    const [a, b]: PixelBox[] = [
      [0, 0, 10, 10],
      [50, 50, 60, 60],
    ];
    expect(scoreAnswer('grounding-2d', boxText(a as PixelBox, b as PixelBox), boxText(a as PixelBox), SIDE).measure).toBe(0.5);
    expect(scoreAnswer('grounding-2d', boxText(b as PixelBox), boxText(a as PixelBox), SIDE)).toMatchObject({ right: false, measure: 0 });
    // A third of the union: 50 of 150 pixels
    expect(scoreAnswer('grounding-2d', boxText([0, 5, 10, 15]), boxText([0, 0, 10, 10]), SIDE).measure).toBeCloseTo(1 / 3, 12);
  });

  test('points are as far as they are, and one of several is not enough', () => {
    expect(scoreAnswer('object-pointing', pointText([3, 4]), pointText([0, 0]), SIDE).measure).toBeCloseTo(0.05, 12);
    expect(scoreAnswer('object-pointing', pointText([0, 0]), pointText([0, 0], [80, 0]), SIDE)).toMatchObject({
      right: false,
      measure: 0.4,
    });
    expect(scoreAnswer('space-pointing', pointText([0, 0]), pointText([0, 0], [80, 0]), SIDE)).toMatchObject({ right: true, measure: 0 });
    expect(scoreAnswer('object-pointing', '```json\n[]\n```', pointText([0, 0]), SIDE)).toEqual({ right: false, wellFormed: true });
  });

  test('a path that is moved is as far as that, however many points it has', () => {
    const path = (points: [number, number][]): string => renderAnswer({ kind: 'trajectory-2d', trajectories: [{ points, label }] });
    const truth = path([
      [0, 0],
      [20, 0],
      [40, 0],
    ]);
    const moved = path([
      [0, 7],
      [40, 7],
    ]);
    expect(scoreAnswer('trajectory-2d', moved, truth, SIDE).measure).toBeCloseTo(0.07, 12);
  });

  test('words are the same in other letters', () => {
    expect(sameWords(' On the  table.', 'on the table')).toBe(true);
    expect(sameWords('on the table', 'on the stove')).toBe(false);
  });
});

describe('without a look', () => {
  const of = (question: string, truth: string, scene = 0, kind: ReasoningKind = 'general-vqa') => ({
    ...{ kind, question, truth, scene },
  });

  test('the answers to the likest questions, none of its own scene', () => {
    const colour = Array.from({ length: 20 }, (_, i) => of(`What colour is the cup ${i}?`, i % 4 === 0 ? 'red' : 'blue'));
    const count = Array.from({ length: 20 }, (_, i) => of(`How many plates are there ${i}?`, 'three'));
    const asked = of('What colour is the jug?', 'green', 1);
    const beside = of('What colour is the jug?', 'white', 1);
    const likely = likelyAnswers(asked, [...count, ...colour, asked, beside]);
    expect(likely).toHaveLength(16);
    expect(new Set(likely)).toEqual(new Set(['red', 'blue']));
    expect(bestGuess('general-vqa', likely)).toBe('blue');
  });

  test('of a choice what it names', () => {
    const all = ['left', 'right', 'up', 'down'].map((side) => of('Is the cup to the left or right of the jug?', side));
    const likely = likelyAnswers(of('Is the mug to the left or to the right?', 'left', 1), all);
    expect(likely.toSorted()).toEqual(['left', 'right']);
  });

  test('of known choices those', () => {
    const all = ['left', 'right', 'right', 'up'].map((side) => of('Where is the cup?', side));
    const asked = of('Where is the jug?', 'left', 1);
    expect(likelyAnswers({ ...asked, choices: ['right', 'left'] }, all).toSorted()).toEqual(['left', 'right', 'right']);
    expect(likelyAnswers({ ...asked, choices: ['on', 'off'] }, all)).toEqual(['on', 'off']);
  });

  test('of places the middle', () => {
    expect(bestGuess('grounding-2d', [boxText([0, 0, 10, 10]), boxText([2, 4, 20, 30]), boxText([50, 50, 60, 60])])).toBe(
      boxText([2, 4, 20, 30]).replaceAll(label, 'it'),
    );
    expect(bestGuess('grounding-2d', [])).toBe('');
  });
});

/** Answers as it is told to. */
function fakeAnswerer(say: (question: string, isBlack: boolean) => string): Answerer {
  const { files } = tinyProcessor();
  const asking = processor({ ...files, prompt: { ...files.prompt, question: { questionLength: 160, answerLength: 4 } } }, policyConfig());
  return {
    processor: asking,
    batch: 3,
    answer: async (questions) => questions.map(({ question, images }) => say(question, !images.some((level) => level > 0))),
    dispose: async () => undefined,
  };
}

const yesNo = (i: number): CapabilitySample => ({
  kind: 'general-vqa',
  question: `Is there a cup ${i}?`,
  truth: i % 2 === 0 ? 'yes' : 'no',
  images: new Uint8Array(3 * 56 * 56 * 3).fill(1 + (i % 2)),
  viewMask: Uint8Array.of(1, 0, 0),
  scene: Math.floor(i / 2),
  choices: ['yes', 'no'],
});

async function* each(samples: readonly CapabilitySample[]): AsyncGenerator<CapabilitySample> {
  yield* samples;
}

describe('a run', () => {
  test('who sees is right, who does not is at chance', async () => {
    const samples = Array.from({ length: 10 }, (_, i) => yesNo(i));
    const truths = new Map(samples.map(({ question, truth }) => [question, truth]));
    const answerer = fakeAnswerer((question, isBlack) => (isBlack ? 'yes' : (truths.get(question) as string)));
    const done: number[] = [];
    const results = await runCapabilities(answerer, each(samples), { onProgress: (count) => done.push(count) });
    expect(done).toEqual([3, 6, 9, 10]);
    expect(results.map(({ question }) => question)).toEqual(samples.map(({ question }) => question));
    const [summary] = summarise(results, 0);
    expect(summary).toMatchObject({ kind: 'general-vqa', samples: 10, scenes: 5, chance: { right: 0.5 } });
    expect(summary?.answerers.model.right).toMatchObject({ successes: 10, trials: 10 });
    expect(summary?.answerers.blind.right).toMatchObject({ successes: 5, trials: 10 });
    const [table] = capabilityTables(summarise(results, 0), 'tiny');
    expect(table?.rows).toEqual([
      ['', 'right is', 'samples', 'tiny', 'black pictures', 'question alone', 'chance', 'malformed'],
      ['general-vqa', 'same words', '10', '100.0 (72.2–100.0)', '50.0 (23.7–76.3)', expect.any(String), '50.0', '0'],
    ]);
  });

  test('what a model has no room for is wrong, and the rest goes on', async () => {
    const long = { ...yesNo(1), question: 'Is it? '.repeat(200) };
    const results = await runCapabilities(
      fakeAnswerer(() => 'no'),
      each([yesNo(0), long, yesNo(3)]),
    );
    expect(results.map(({ scores }) => [scores.model.right, scores.model.wellFormed])).toEqual([
      [false, true],
      [false, false],
      [true, true],
    ]);
  });

  test('of boxes: the truth overlaps wholly, a malformed answer counts and overlaps nothing', async () => {
    const samples = Array.from({ length: 6 }, (_, i): CapabilitySample => {
      const { choices, ...rest } = yesNo(i);
      expect(choices).toContain(rest.truth);
      return { ...rest, kind: 'grounding-2d', question: `Where is cup ${i}?`, truth: boxText([i, i, i + 20, i + 20]) };
    });
    const truths = new Map(samples.map(({ question, truth }) => [question, truth]));
    const results = await runCapabilities(
      fakeAnswerer((question, isBlack) => (isBlack ? '[{"bbox_2d": [1, 2' : (truths.get(question) as string))),
      each(samples),
    );
    const [summary] = summarise(results, 0);
    expect(summary?.answerers.model).toMatchObject({ malformed: 0, measure: { value: 1, low: 1, high: 1 } });
    expect(summary?.answerers.blind).toMatchObject({ malformed: 6, right: { successes: 0 }, measure: { value: 0 } });
    expect(summary?.chance.measure).toBeGreaterThan(0.5);
    expect(capabilityTables([summary as NonNullable<typeof summary>], 'tiny')[1]?.rows[1]?.slice(0, 3)).toEqual([
      'grounding-2d',
      'mean IoU',
      '1.000 (1.000–1.000)',
    ]);
  });
});
