import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { processor } from '../../src/model/processor.ts';
import { openAnswerer } from '../../src/policy/answerer.node.ts';
import { createAnswerer, type PictureQuestion } from '../../src/policy/answerer.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { observation, policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';

const engine = nodeEngine({ threads: 1 });
const config = policyConfig();
const { files } = tinyProcessor(config);
const asking = processor({ ...files, prompt: { ...files.prompt, question: { questionLength: 12, answerLength: 6 } } }, config);
const weights = tinyWeights(config);
const ask = (seed: number, question: string): PictureQuestion => {
  const { images, viewMask } = observation(seed);
  return { images, viewMask, question };
};

describe('an answerer', () => {
  test('answers each question by itself, however many there are', async () => {
    const answerer = await createAnswerer(engine, asking, weights, { batch: 2 });
    const [a, b, c] = [ask(1, 'red?'), ask(2, 'the bowl'), ask(3, 'apple')];
    const together = await answerer.answer([a, b, c]);
    expect(together).toHaveLength(3);
    expect(await answerer.answer([b])).toEqual([together[1]]);
    expect(await Promise.all([answerer.answer([c]), answerer.answer([a])])).toEqual([[together[2]], [together[0]]]);
    expect(await answerer.answer([])).toEqual([]);
    for (const said of together) expect(said).not.toContain('<|im_end|>');
    await answerer.dispose();
  });

  test('refuses what it cannot read, and goes on', async () => {
    const answerer = await createAnswerer(engine, asking, weights);
    await expect(answerer.answer([ask(1, 'x'.repeat(30))])).rejects.toThrow('the question has 30 tokens, but there is room for 12');
    await expect(answerer.answer([{ ...ask(1, 'red?'), viewMask: Uint8Array.of(0, 1, 0) }])).rejects.toThrow('there is no head view');
    await expect(answerer.answer([ask(1, '<|im_end|>')])).rejects.toThrow('special token');
    expect(await answerer.answer([ask(1, 'red?')])).toHaveLength(1);
    await answerer.dispose();
  });

  test('is none of a model that was not trained with questions', async () => {
    await expect(createAnswerer(engine, tinyProcessor(config), weights)).rejects.toThrow('the model "tiny" answers no questions');
  });

  test('from a file answers the same', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'gear-answerer-'));
    const file = path.join(folder, 'policy.safetensors');
    try {
      await savePolicy(file, asking, weights);
      const [before, after] = [await createAnswerer(engine, asking, weights), await openAnswerer(file, engine)];
      const question = ask(4, 'bowl?');
      expect(await after.answer([question])).toEqual(await before.answer([question]));
      await before.dispose();
      await after.dispose();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
