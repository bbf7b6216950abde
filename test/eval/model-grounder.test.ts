import { expect, test } from 'vitest';
import { groundingQuestion, modelGrounder } from '../../src/eval/guided/model-grounder.ts';
import type { Answerer, PictureQuestion } from '../../src/policy/answerer.ts';
import { tinyProcessor } from '../support/policy.ts';

const side = 56;
const picture = { width: side, height: side, data: new Uint8Array(3 * side * side).fill(9) };

/** Says one thing to every question. */
function answering(said: string): { answerer: Answerer; asked: PictureQuestion[] } {
  const asked: PictureQuestion[] = [];
  const answer = async (questions: readonly PictureQuestion[]): Promise<string[]> => {
    asked.push(...questions);
    return questions.map(() => said);
  };
  return { answerer: { processor: tinyProcessor(), batch: 1, answer, dispose: async () => undefined }, asked };
}

test.each([
  ['a box', '```json\n[\n\t{"bbox_2d": [3, 4, 20, 30], "label": "red can"}\n]\n```', [3, 4, 20, 30]],
  ['one that leaves the picture', '[{"bbox_2d": [-3, 4.4, 90, 30], "label": "red can"}]', [0, 4, 56, 30]],
  ['one outside', '[{"bbox_2d": [60, 4, 90, 30], "label": "red can"}]', undefined],
  ['none', '[]', undefined],
  ['words', 'on the table', undefined],
  ['a beginning', '[{"bbox_2d": [3, 4, 2', undefined],
])('%s', async (_, said, box) => {
  const { answerer, asked } = answering(said);
  const found = await modelGrounder(answerer, () => 'red can').ground(picture, 'put the red can on the plate');
  expect(found).toEqual(box && { phrase: 'red can', box });
  expect(asked.map(({ question, viewMask }) => [question, [...viewMask]])).toEqual([[groundingQuestion('red can'), [1, 0, 0]]]);
  expect([...(asked[0] as PictureQuestion).images.subarray(0, picture.data.length)]).toEqual([...picture.data]);
});

test('a picture of another size is refused', async () => {
  const grounder = modelGrounder(answering('[]').answerer, () => 'can');
  await expect(grounder.ground({ width: 8, height: 8, data: new Uint8Array(192) }, 'take the can')).rejects.toThrow(
    'a picture of 8×8 pixels, but the model sees 56×56',
  );
});
