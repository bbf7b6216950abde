/** Whatever dataset is written is read as it was: of version 3.0, of version 2.1, and converted from one to the other. */
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convert } from '../../../src/data/convert.ts';
import { type LeRobotSource, openLeRobot } from '../../../src/data/lerobot/open.ts';
import { createLeRobot } from '../../../src/data/lerobot/write.ts';
import type { Feature } from '../../../src/data/source.ts';
import { type TinyDataset, temporaryFolder, writeV21 } from './support.ts';

const here = temporaryFolder();

/** Values that a type can hold. */
const VALUES: Readonly<Record<string, fc.Arbitrary<number>>> = {
  float32: fc.float(),
  float64: fc.double(),
  int64: fc.maxSafeInteger(),
  int32: fc.integer(),
  uint8: fc.nat(255),
  bool: fc.nat(1),
};

const feature: fc.Arbitrary<Feature> = fc.oneof(
  fc.record({
    dtype: fc.constantFrom(...Object.keys(VALUES)),
    shape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  }),
  fc.constant({ dtype: 'string', shape: [1] }),
);

const valuesOf = ({ dtype, shape }: Feature, rows: number): fc.Arbitrary<number[] | string[]> => {
  const size = rows * shape.reduce((product, n) => product * n, 1);
  if (dtype === 'string') return fc.array(fc.string({ unit: 'grapheme' }), { minLength: rows, maxLength: rows });
  return fc.array(VALUES[dtype] as fc.Arbitrary<number>, { minLength: size, maxLength: size });
};

const dataset: fc.Arbitrary<TinyDataset> = fc
  .record({
    fps: fc.constantFrom(5, 10, 30, 50),
    features: fc.dictionary(fc.stringMatching(/^[a-z][a-z._]{0,8}$/), feature, { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    lengths: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
  })
  .filter(({ features }) => !['timestamp', 'index'].some((name) => name in features))
  .chain(({ fps, features, lengths }) =>
    fc.record({
      fps: fc.constant(fps),
      features: fc.constant(features),
      episodes: fc.tuple(
        ...lengths.map((length) =>
          fc.record({
            tasks: fc.array(fc.constantFrom('pick', 'place', 'größer 积木'), { minLength: length, maxLength: length }),
            values: fc.record(Object.fromEntries(Object.entries(features).map(([name, one]) => [name, valuesOf(one, length)]))),
          }),
        ),
      ),
    }),
  );

async function writeV30(root: string, { fps, features, episodes }: TinyDataset): Promise<void> {
  const writer = await createLeRobot(root, { fps, robotType: 'tiny', features, dataFileMegabytes: 3e-4, chunksSize: 2 });
  for (const { tasks, values } of episodes) {
    const of = (kind: 'strings' | 'numbers') =>
      Object.entries(features).filter(([, { dtype }]) => (dtype === 'string') === (kind === 'strings'));
    const columns = of('numbers').map(([name, { dtype, shape }]) => {
      const data = values[name] as number[];
      return [name, { shape, data: dtype === 'float32' ? Float32Array.from(data) : Float64Array.from(data) }];
    });
    const strings = of('strings').map(([name]) => [name, values[name]]);
    await writer.addEpisode({
      length: tasks.length,
      rows: [{ length: tasks.length, tasks, columns: Object.fromEntries(columns), strings: Object.fromEntries(strings) }],
    });
  }
  await writer.finish();
}

/** Compares what a source reads with what was written; `toBe` also tells 0 from −0. */
async function expectSame(source: LeRobotSource, { fps, features, episodes }: TinyDataset): Promise<void> {
  expect(source.fps).toBe(fps);
  expect(source.features).toEqual(features);
  expect(source.episodes.map(({ length }) => length)).toEqual(episodes.map(({ tasks }) => tasks.length));
  expect(source.lerobot.problems).toEqual([]);
  for (const [i, { tasks, values }] of episodes.entries()) {
    const rows = await source.readRows(i);
    expect(rows.tasks).toEqual(tasks);
    expect(Array.from(rows.timestamps)).toEqual(tasks.map((_, frame) => Math.fround(frame / fps)));
    expect(new Set(source.episodes[i]?.tasks)).toEqual(new Set(tasks));
    for (const [name, { dtype, shape }] of Object.entries(features)) {
      if (dtype === 'string') expect(await source.lerobot.readStrings(i, name)).toEqual(values[name]);
      else {
        expect(rows.columns[name]?.shape).toEqual(shape);
        expect(Array.from(rows.columns[name]?.data ?? [])).toEqual(values[name]);
      }
    }
    const part = { from: Math.floor(tasks.length / 3), to: Math.ceil(tasks.length / 2) };
    const some = await source.readRows(i, part);
    expect(some.tasks).toEqual(tasks.slice(part.from, part.to));
    for (const [name, { shape, data }] of Object.entries(some.columns)) {
      const size = shape.reduce((product, n) => product * n, 1);
      expect(Array.from(data)).toEqual(values[name]?.slice(part.from * size, part.to * size));
    }
  }
}

test('a dataset of version 3.0, of version 2.1, and converted', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(dataset, async (written) => {
      await writeV30(here('v30'), written);
      await writeV21(here('v21'), written, 2);
      const [v30, v21] = [await openLeRobot(here('v30')), await openLeRobot(here('v21'))];
      await expectSame(v30, written);
      await expectSame(v21, written);
      await convert(v21, here('converted'));
      const converted = await openLeRobot(here('converted'));
      await expectSame(converted, written);
      for (const source of [v30, v21, converted]) await source.close();
      for (const name of ['v30', 'v21', 'converted']) await rm(here(name), { recursive: true });
    }),
    { numRuns: 20 },
  );
});
