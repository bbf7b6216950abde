import { expect, test } from 'vitest';
import { type CapabilitySample, heldOutSamples } from '../../src/eval/capabilities/samples.ts';
import { scoreAnswer } from '../../src/eval/capabilities/score.ts';
import { groundingQuestion } from '../../src/eval/guided/model-grounder.ts';
import { reasoningSamples } from '../../src/sim/reasoning/generate.ts';
import { KINDS } from '../../src/sim/reasoning/sample.ts';

test('held-out scenes give every kind, the same each time, and truths that are right', async () => {
  const all: CapabilitySample[] = [];
  for await (const sample of heldOutSamples({ samples: 2, size: 56, seed: 3 })) all.push(sample);
  expect(all.map(({ kind }) => kind)).toEqual(KINDS.flatMap((kind) => [kind, kind]));
  for (const { kind, truth, images, viewMask, choices } of all) {
    expect(images).toHaveLength(3 * 56 * 56 * 3);
    expect(viewMask[0]).toBe(1);
    expect(scoreAnswer(kind, truth, truth, 56).right).toBe(true);
    if (choices) expect([choices, choices.includes(truth)]).toEqual([choices.toSorted(), true]);
  }
  const again = heldOutSamples({ samples: 2, size: 56, seed: 3 });
  expect((await again.next()).value).toEqual(all[0]);
}, 120_000);

test('a model is asked where things are as it was in training', async () => {
  const [prefix, suffix] = groundingQuestion('|').split('|') as [string, string];
  const samples = await reasoningSamples(0, { seed: 0, kinds: ['grounding-2d'], size: 56 });
  expect(samples.some(({ question }) => question.startsWith(prefix) && question.endsWith(suffix))).toBe(true);
}, 120_000);
