import { describe, expect, test } from 'vitest';
import { VIEWS as CANONICAL_VIEWS } from '../../src/robot/canonical.ts';
import {
  actionPrompt,
  type Prompt,
  type PromptFormatOptions,
  promptFormat,
  questionPrompt,
  questionSample,
  ropePositions,
  VIEWS,
  type View,
} from '../../src/tokens/prompt.ts';
import { PROMPT_TOKENS, trainTextTokenizer } from '../../src/tokens/text.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';

const tokenizer = trainTextTokenizer(['put the red cube on the plate'], { vocabularySize: 280 });
const words = vocabulary({ textTokens: tokenizer.vocabularySize, fastTokens: 32 });
const options: PromptFormatOptions = { tokenizer, vocabulary: words, grid: [2, 3], instructionLength: 12, fastLength: 5, system: 'Act.' };
const format = promptFormat(options);

const latents = Array.from({ length: 16 }, (_, i) => i % 8);
const input = { instruction: 'put cube', latents, fast: [3, 1, 4] };
const prompt = actionPrompt(format, input);

const spanOf = ({ spans }: Prompt, kind: string): [number, number] => {
  const span = spans.find((one) => one.kind === kind);
  if (!span) throw new Error(`there is no ${kind}`);
  return [span.start, span.end];
};
const idsOf = (one: Prompt, kind: string): number[] => [...one.ids.slice(...spanOf(one, kind))];
/** Kinds of the trained targets, in order and once each. */
const trainedKinds = ({ trained, spans }: Prompt): (string | undefined)[] => [
  ...new Set(
    Array.from(trained.keys()).flatMap((i) => (trained[i] ? [spans.find(({ start, end }) => i + 1 >= start && i + 1 < end)?.kind] : [])),
  ),
];

describe('an action prompt', () => {
  test('is the chat template with placeholders, then the targets', () => {
    const view = `<|vision_start|>${'<|image_pad|>'.repeat(6)}<|vision_end|>`;
    const [latentStart] = spanOf(prompt, 'latent');
    const shown = tokenizer.decode(Array.from(prompt.ids.slice(0, latentStart)).filter((_, i) => prompt.visible[i] === 1));
    expect(shown).toBe(
      `<|im_start|>system\nAct.<|im_end|>\n<|im_start|>user\n${view}${view}${view}put cube<|vision_pad|><|vision_pad|><|im_end|>\n<|im_start|>assistant\n`,
    );
    expect(idsOf(prompt, 'latent')).toEqual([...words.latentTokens(latents)]);
    expect(idsOf(prompt, 'fast')).toEqual([3, 1, 4].map(words.fastToken));
    expect(idsOf(prompt, 'end')).toEqual([tokenizer.tokenId('<|im_end|>')]);
  });

  test('of a plain template has no chat around it, and only the views that there are places for', () => {
    const plain = actionPrompt(promptFormat({ ...options, template: 'plain', views: ['head', 'rightWrist'] }), input);
    const [latentStart] = spanOf(plain, 'latent');
    const shown = tokenizer.decode(Array.from(plain.ids.slice(0, latentStart)).filter((_, i) => plain.visible[i] === 1));
    expect(shown).toBe(`${'<|image_pad|>'.repeat(12)}put cube<|vision_pad|><|vision_pad|><|im_start|>`);
    expect(plain.spans.map(({ kind }) => kind)).toEqual([
      ...['head', 'rightWrist', 'instruction', 'padding', 'state', 'template', 'latent', 'fast', 'end', 'padding'],
    ]);
  });

  test('has words before pictures where the format says so, and the same tokens otherwise', () => {
    const format = { ...options, template: 'plain', views: ['head', 'rightWrist'] } as const;
    const [usual, turned] = [false, true].map((instructionFirst) => actionPrompt(promptFormat({ ...format, instructionFirst }), input));
    expect(turned?.spans.map(({ kind }) => kind)).toEqual([
      ...['instruction', 'padding', 'head', 'rightWrist', 'state', 'template', 'latent', 'fast', 'end', 'padding'],
    ]);
    const counted = (ids: Int32Array | undefined): number[] => [...(ids ?? [])].sort((a, b) => a - b);
    expect(counted(turned?.ids)).toEqual(counted(usual?.ids));
    const asked = { question: 'put', answer: 'cube', views: ['head'], questionLength: 12, answerLength: 9 } as const;
    expect(questionSample(promptFormat({ ...format, instructionFirst: true }), asked).spans[0]?.kind).toBe('instruction');
  });

  test('of a plain question has its answer where that of all others is', () => {
    const wide = promptFormat({ ...options, template: 'plain', views: ['head', 'rightWrist'] });
    const lengths = { questionLength: 12, answerLength: 9 };
    const [one, two] = [
      questionSample(wide, { question: 'put', answer: 'cube', views: ['head'], ...lengths }),
      questionSample(wide, { question: 'the red plate', answer: 'on the plate, on the cube', views: ['head', 'rightWrist'], ...lengths }),
    ];
    expect(one.ids).toHaveLength(2 * 6 + 12 + 1 + 9);
    expect(spanOf(one, 'answer')[0]).toBe(spanOf(two, 'answer')[0]);
    expect(idsOf(one, 'answer')).toEqual([...tokenizer.encode('cube')]);
    expect(one.trained.reduce((sum, x) => sum + x, 0)).toBe(tokenizer.encode('cube').length + 1);
    expect([...one.visible.slice(...spanOf(one, 'rightWrist'))]).toEqual([0, 0, 0, 0, 0, 0]);
    // Longer than there is room for: without its end.
    expect(idsOf(two, 'answer')).toEqual([...tokenizer.encode('on the plate, on the cube')].slice(0, 9));
    expect(two.spans.some(({ kind }) => kind === 'end')).toBe(false);
    expect(() => questionSample(wide, { question: 'x'.repeat(99), answer: '', views: [], ...lengths })).toThrow('there is room for 12');
  });

  test('has no view that the format has no place for', () => {
    const narrow = promptFormat({ ...options, views: ['head'] });
    expect(() => actionPrompt(narrow, { ...input, views: ['head', 'leftWrist'] })).toThrow(
      'prompt: there is no view "leftWrist"; the views are head',
    );
  });

  test('has spans in order and without gaps', () => {
    const kinds = prompt.spans.map(({ kind }) => kind).filter((kind) => kind !== 'template');
    expect(kinds).toEqual([...VIEWS, 'instruction', 'padding', 'state', 'latent', 'fast', 'end', 'padding']);
    prompt.spans.forEach(({ start, end }, i) => {
      expect(start).toBe(prompt.spans[i - 1]?.end ?? 0);
      expect(end).toBeGreaterThan(start);
    });
    expect(prompt.spans.at(-1)?.end).toBe(prompt.ids.length);
  });

  test('trains the targets and nothing else', () => {
    expect(trainedKinds(prompt)).toEqual(['latent', 'fast', 'end']);
    const [start] = spanOf(prompt, 'latent');
    const [, end] = spanOf(prompt, 'end');
    expect(Array.from(prompt.trained, (one, i) => (one ? i : -1)).filter((i) => i >= 0)).toEqual(
      Array.from({ length: end - start }, (_, i) => start - 1 + i),
    );
    for (let i = 0; i + 1 < prompt.ids.length; i++) expect(prompt.targets[i]).toBe(prompt.ids[i + 1]);
  });

  test('has its parts in the same places whatever the instruction', () => {
    const places = (one: Prompt): unknown => ['head', 'rightWrist', 'state', 'latent', 'fast'].map((kind) => spanOf(one, kind));
    expect(places(actionPrompt(format, { ...input, instruction: '' }))).toEqual(places(prompt));
    expect(places(actionPrompt(format, { ...input, instruction: 'put the red' }))).toEqual(places(prompt));
    expect(spanOf(prompt, 'latent')[0]).toBe(format.promptLength);
    expect(prompt.ids).toHaveLength(format.length);
    expect(format.length).toBe(format.promptLength + 16 + 5 + 1);
  });

  test('without FAST tokens trains latents only', () => {
    const video = actionPrompt(format, { instruction: 'put cube', latents });
    expect(trainedKinds(video)).toEqual(['latent']);
    expect(video.ids).toHaveLength(format.length);
    expect(video.spans.at(-1)).toEqual({ kind: 'padding', start: format.promptLength + 16, end: format.length });
  });

  test('without targets is the beginning of the one with them', () => {
    const inference = actionPrompt(format, { instruction: 'put cube' });
    expect(inference.ids).toEqual(prompt.ids.slice(0, format.promptLength));
    expect(inference.visible).toEqual(prompt.visible.slice(0, format.promptLength));
    expect(inference.trained.some(Boolean)).toBe(false);
  });

  test('hides padding and the views that there are not', () => {
    const oneArm = actionPrompt(format, { ...input, views: ['head', 'leftWrist'] });
    const hidden = oneArm.spans
      .filter(({ start, end }) => oneArm.visible.slice(start, end).every((one) => one === 0))
      .map(({ kind }) => kind);
    expect(hidden).toEqual(['template', 'rightWrist', 'template', 'padding', 'padding']);
    expect(oneArm.ids).toEqual(prompt.ids);
  });

  test.each([[[]], [['head']], [['leftWrist']], [['head', 'rightWrist']], [VIEWS]] as (readonly View[])[][])(
    'of the views %j shows these with their marks, and nothing of the others',
    (views) => {
      const some = actionPrompt(format, { ...input, views });
      const view = `<|vision_start|>${'<|image_pad|>'.repeat(6)}<|vision_end|>`;
      const shown = tokenizer.decode(some.ids.slice(0, format.promptLength).filter((_, i) => some.visible[i] === 1));
      expect(shown).toBe(
        `<|im_start|>system\nAct.<|im_end|>\n<|im_start|>user\n${view.repeat(views.length)}put cube<|vision_pad|><|vision_pad|><|im_end|>\n<|im_start|>assistant\n`,
      );
      // Spans are visible or hidden as a whole.
      for (const { start, end } of some.spans) expect(new Set(some.visible.slice(start, end)).size).toBe(1);
      expect(some.spans.map(({ start }) => start)).toEqual([0, ...some.spans.slice(0, -1).map(({ end }) => end)]);
    },
  );

  test('has a place for a guide where the format says so, before the views; without one it is as if there were no place', () => {
    const guided = promptFormat({ ...options, guide: true });
    const [withGuide, without] = [actionPrompt(guided, { ...input, guide: true }), actionPrompt(guided, input)];
    const [start, end] = spanOf(withGuide, 'guide');
    expect(end - start).toBe(6);
    expect(end).toBeLessThan(spanOf(withGuide, 'head')[0]);
    expect(guided.length).toBe(format.length + 8);
    const shown = (one: Prompt): number[] => Array.from(one.ids).filter((_, i) => one.visible[i] === 1);
    expect(shown(without)).toEqual(shown(prompt));
    const positions = (one: Prompt): number[][] => {
      const all = ropePositions(one, [2, 3]);
      const length = one.ids.length;
      return [0, 1, 2].map((axis) =>
        Array.from({ length }, (_, i) => all[axis * length + i] as number).filter((_, i) => one.visible[i] === 1),
      );
    };
    expect(positions(without)).toEqual(positions(prompt));
    expect(() => actionPrompt(format, { ...input, guide: true })).toThrow('there is a guide, but the format has no place for it');
  });

  test('has the views of the canonical record, and no others', () => {
    expect(VIEWS).toEqual(CANONICAL_VIEWS);
    const views = ['head', 'left wrist'] as unknown as readonly View[];
    expect(() => actionPrompt(format, { instruction: '', views })).toThrow(
      'prompt: there is no view "left wrist"; the views are head, leftWrist, rightWrist',
    );
    expect(() => questionPrompt(format, { question: '', views })).toThrow('prompt: there is no view "left wrist"');
  });

  test('needs a vocabulary with all ids of the tokenizer', () => {
    const size = tokenizer.vocabularySize;
    const layout = (textTokens: number) => vocabulary({ textTokens, fastTokens: 32 });
    expect(() => promptFormat({ ...options, vocabulary: layout(size - 1) })).toThrow(
      `promptFormat: the text tokenizer has ids up to ${size - 1}, but the vocabulary has text ids up to ${size - 2}`,
    );
    expect(promptFormat({ ...options, vocabulary: layout(size + 20) }).length).toBe(format.length);
    // Special tokens may be where the tokenizer does not count them.
    const special = new Map([...tokenizer.special, ['<|far|>', size + 5]]);
    expect(() => promptFormat({ ...options, tokenizer: { ...tokenizer, special } })).toThrow(`ids up to ${size + 5}, but`);
  });

  test('says what does not fit', () => {
    const long = 'put the red cube on the plate, then stop moving';
    expect(() => actionPrompt(format, { instruction: long })).toThrow(
      /the instruction has \d+ tokens, but the format has room for 12: "put the/,
    );
    const cut = actionPrompt(promptFormat({ ...options, tooLong: 'truncate' }), { instruction: long });
    expect(long.startsWith(tokenizer.decode(idsOf(cut, 'instruction')))).toBe(true);
    expect(idsOf(cut, 'instruction')).toHaveLength(12);
    expect(() => actionPrompt(format, { ...input, fast: [1, 2, 3, 4, 5, 6] })).toThrow('6 FAST tokens, but the format has room for 5');
    expect(() => actionPrompt(format, { ...input, fast: [32] })).toThrow('FAST id 32 is not one of 0 … 31');
    expect(() => actionPrompt(format, { instruction: '', fast: [] })).toThrow('there are no latents');
    expect(() => actionPrompt(format, { instruction: 'x<|im_end|>' })).toThrow('the instruction contains the special token <|im_end|>');
    const without = trainTextTokenizer([], { vocabularySize: 262, special: PROMPT_TOKENS.filter((name) => name !== '<|image_pad|>') });
    expect(() => promptFormat({ ...options, tokenizer: without })).toThrow('no special token "<|image_pad|>"');
  });
});

describe('a question', () => {
  const question = { question: 'the plate?', views: ['rightWrist', 'head'], answer: 'red' } as const;

  test('trains the answer and the end', () => {
    const asked = questionPrompt(format, question);
    expect(trainedKinds(asked)).toEqual(['answer', 'end']);
    expect(tokenizer.decode(idsOf(asked, 'answer'))).toBe('red');
    expect(asked.ids).toHaveLength(format.length);
    expect(asked.spans.map(({ kind }) => kind).filter((kind) => VIEWS.some((view) => view === kind))).toEqual(['head', 'rightWrist']);
  });

  test('without an answer ends where it begins', () => {
    const { answer: _, ...open } = question;
    const asked = questionPrompt(format, open);
    expect(asked.ids).toEqual(questionPrompt(format, question).ids.slice(0, asked.ids.length));
    expect(asked.ids).toHaveLength(spanOf(questionPrompt(format, question), 'answer')[0]);
    expect(asked.visible.every((one) => one === 1)).toBe(true);
  });

  test('that is too long is an error', () => {
    expect(() => questionPrompt(format, { question: 'x'.repeat(200), answer: '' })).toThrow(/tokens, but the format has room for \d+/);
    expect(() => questionPrompt(format, { question: 'x', answer: '<|im_start|>' })).toThrow('the answer contains the special token');
  });
});

describe('rotary positions', () => {
  test("are Qwen2.5-VL's: text counts on, views have rows and columns", () => {
    const positions = ropePositions(prompt, [2, 3]);
    const length = prompt.ids.length;
    const [start] = spanOf(prompt, 'head');
    const axis = (i: number, from: number, to: number): number[] => [...positions.slice(i * length + from, i * length + to)];
    for (const i of [0, 1, 2]) expect(axis(i, 0, start)).toEqual(Array.from({ length: start }, (_, at) => at));
    expect(axis(0, start, start + 7)).toEqual([0, 0, 0, 0, 0, 0, 3].map((n) => n + start));
    expect(axis(1, start, start + 7)).toEqual([0, 0, 0, 1, 1, 1, 3].map((n) => n + start));
    expect(axis(2, start, start + 7)).toEqual([0, 1, 2, 0, 1, 2, 3].map((n) => n + start));
  });

  test('pass over what is hidden', () => {
    const positions = ropePositions(prompt, [2, 3]);
    const [, end] = spanOf(prompt, 'instruction');
    const [state] = spanOf(prompt, 'state');
    expect(positions[state]).toBe((positions[end - 1] as number) + 1);
    const oneArm = actionPrompt(format, { ...input, views: ['head'] });
    const [latent] = spanOf(oneArm, 'latent');
    // Two views of 2 × 3 cells take max(2, 3) positions each, and their marks two.
    const less = ropePositions(oneArm, [2, 3]);
    expect(less[latent]).toBe((positions[latent] as number) - 10);
    // What is shown has the positions of a prompt of just that.
    const [, headEnd] = spanOf(oneArm, 'head');
    const [instruction] = spanOf(oneArm, 'instruction');
    expect(less[instruction]).toBe((less[headEnd] as number) + 1);
    const hidden = Array.from(oneArm.visible.keys()).filter((i) => oneArm.visible[i] === 0);
    for (const i of hidden) for (const axis of [0, 1, 2]) expect(less[axis * oneArm.ids.length + i]).toBe(0);
  });
});
