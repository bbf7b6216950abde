/** Answers with a cache are what the whole sequence, read again for each token, says. */
import { afterAll, describe, expect, test } from 'vitest';
import { answerPrograms, askingLayout, askingPrompt, decodeAnswers } from '../../src/model/answer.ts';
import { observationInputs, readSequence } from '../../src/model/gear-vla.ts';
import { logits } from '../../src/model/language.ts';
import { processor, promptFeeds } from '../../src/model/processor.ts';
import { layoutOf } from '../../src/model/sequence.ts';
import { compile } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { argMax } from '../../src/tensor/ops/reduce.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { ropePositions, type View } from '../../src/tokens/prompt.ts';
import { engine } from '../nn/helpers.ts';
import { policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';

const config = policyConfig();
const lengths = { questionLength: 12, answerLength: 9 };
const { files } = tinyProcessor(config);
const { format, layouts, text } = processor({ ...files, prompt: { ...files.prompt, question: lengths } }, config);
const full = layouts.question ?? layoutOf({ ids: new Int32Array(), spans: [] });
const layout = askingLayout(full);
const words = { start: 0, end: text.vocabularySize };
// Far from their first values, so that answers differ from question to question
const weights = new Map(
  [...tinyWeights(config)].map(([name, { shape, data }]): [string, HostTensor] => [
    name,
    hostTensor(
      'f32',
      shape,
      normals(randomStream(3, name), data.length, 0.3).map((value, i) => value + Number(data[i])),
    ),
  ]),
);

const asked: readonly { question: string; views: View[] }[] = [
  { question: 'red?', views: ['head'] },
  { question: 'put the red apple', views: ['head', 'leftWrist'] },
  { question: 'bowl on plate', views: ['head', 'leftWrist', 'rightWrist'] },
];
const prompts = asked.map((one) => askingPrompt(format, { ...one, ...lengths }));
const random = randomStream(5, 'pictures');
const images = hostTensor(
  'u8',
  [asked.length, 3, 56, 56, 3],
  Array.from({ length: asked.length * 3 * 56 * 56 * 3 }, () => random.integer(256)),
);
const feeds = { images, ...promptFeeds(prompts, format) };
const executable = await compile(
  engine,
  answerPrograms(parameters({ seed: 0 }), layout, config, { batch: asked.length, answerLength: lengths.answerLength, words }),
  { initial: ({ name }) => weights.get(name), frozen: true },
);
const scope = parameters({ seed: 0 });
const forced = await compile(
  engine,
  {
    main: {
      outputs: {
        said: argMax(
          logits(scope, readSequence(scope, observationInputs(asked.length, full, config), full, config).hidden, config.language, words),
          2,
        ),
      },
    },
  },
  { initial: ({ name }) => weights.get(name), frozen: true },
);
afterAll(async () => {
  await executable.dispose();
  await forced.dispose();
});

/** What follows at each place of questions with beginnings of answers. */
async function teacherForced(answers: readonly (readonly number[])[]): Promise<number[][]> {
  const whole = prompts.map((prompt, b) => {
    const said = answers[b] ?? [];
    const rest = lengths.answerLength - said.length;
    const [start, end] = [layout.length, layout.length + said.length];
    return {
      ...prompt,
      ids: Int32Array.from([...prompt.ids, ...said, ...new Array<number>(rest).fill(0)]),
      visible: Uint8Array.from([...prompt.visible, ...said.map(() => 1), ...new Array<number>(rest).fill(0)]),
      spans: [...prompt.spans, { kind: 'answer' as const, start, end }, { kind: 'padding' as const, start: end, end: full.length }],
    };
  });
  const { said } = await forced.run('main', { images, ...promptFeeds(whole, format) });
  return asked.map((_, b) => Array.from({ length: full.length }, (_, t) => Number(said?.data[b * full.length + t])));
}

describe('answers', () => {
  test('are, token by token, what the sequence so far says', async () => {
    const answers = await decodeAnswers(executable, feeds, { end: -1, answerLength: lengths.answerLength });
    expect(answers.map((said) => said.length)).toEqual([9, 9, 9]);
    expect(new Set(answers.map(String)).size).toBe(3);
    expect(new Set(answers.flat()).size).toBeGreaterThan(5);
    for (let i = 0; i < lengths.answerLength; i++) {
      const next = await teacherForced(answers.map((said) => said.slice(0, i)));
      expect(next.map((said) => said[layout.length - 1 + i])).toEqual(answers.map((said) => said[i]));
    }
  });

  test('end where the end is said; the others go on', async () => {
    const answers = await decodeAnswers(executable, feeds, { end: -1, answerLength: lengths.answerLength });
    const end = answers[0]?.[2] as number;
    const ended = await decodeAnswers(executable, feeds, { end, answerLength: lengths.answerLength });
    expect(ended).toEqual(answers.map((said) => (said.includes(end) ? said.slice(0, said.indexOf(end)) : said)));
    expect(await decodeAnswers(executable, feeds, { end, answerLength: 1 })).toEqual(
      answers.map(([first]) => (first === end ? [] : [first])),
    );
  });

  test('are of text alone', async () => {
    const answers = await decodeAnswers(executable, feeds, { end: -1, answerLength: lengths.answerLength });
    expect(Math.max(...answers.flat())).toBeLessThan(words.end);
  });
});

test('a prompt that asks is the beginning of one that answers', () => {
  expect([layout.length, ...prompts.map(({ ids }) => ids.length)]).toEqual(new Array(4).fill(full.length - lengths.answerLength));
  for (const { ids, spans, visible } of prompts) {
    expect(spans.at(-1)?.end).toBe(ids.length);
    const positions = ropePositions({ ids, spans, visible }, format.grid);
    expect(Math.max(...positions)).toBe(positions[ids.length - 1]);
  }
});
