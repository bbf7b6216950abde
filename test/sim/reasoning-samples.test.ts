import sharp from 'sharp';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { checkSample, type Answer as DataAnswer } from '../../src/data/reasoning.ts';
import { reasoningSamples } from '../../src/sim/reasoning/generate.ts';
import { type Answer, KINDS, type Sample, STAGES, TABLE_4 } from '../../src/sim/reasoning/sample.ts';

const drawn: Sample[] = [];
beforeAll(async () => {
  for (const draw of [0, 1, 2]) drawn.push(...(await reasoningSamples(draw, { seed: 3 })));
}, 60_000);

test('are of all kinds, of the stage of their kind, and what datasets take', async () => {
  expect(KINDS.filter((kind) => !drawn.some(({ answer }) => answer.kind === kind))).toEqual([]);
  const encoded = new Map<Uint8Array, Promise<Uint8Array>>();
  for (const { stage, pictures, question, answer } of drawn) {
    expect(STAGES).toContain(stage);
    expect(stage).toBe(TABLE_4[answer.kind].stage);
    const images = await Promise.all(
      pictures.map(async ({ width, height, data }) => {
        const bytes =
          encoded.get(data) ??
          sharp(data, { raw: { width, height, channels: 3 } })
            .png()
            .toBuffer()
            .then((png) => new Uint8Array(png));
        encoded.set(data, bytes);
        return { bytes: await bytes, width, height };
      }),
    );
    expect(checkSample({ ...answer, question, images }, 'a sample').kind).toBe(answer.kind);
    expect(question).not.toMatch(/[{}]|undefined|\bthe the\b/);
  }
});

test('are the same for the same seed and draw, and others for others', async () => {
  const once = drawn.slice(0, 8);
  const again = (await reasoningSamples(0, { seed: 3 })).slice(0, 8);
  expect(again).toEqual(once);
  const other = await reasoningSamples(3, { seed: 3, size: 96 });
  expect(other.map(({ question }) => question)).not.toEqual(drawn.map(({ question }) => question).slice(0, other.length));
}, 30_000);

test('are only of the kinds that are asked for', async () => {
  const some = await reasoningSamples(0, { seed: 3, size: 96, kinds: ['affordance', 'grounding-2d'] });
  expect([...new Set(some.map(({ answer }) => answer.kind))].toSorted()).toEqual(['affordance', 'grounding-2d']);
}, 30_000);

test('their answers are those of datasets', () => {
  expectTypeOf<Answer>().toExtend<DataAnswer>();
});
