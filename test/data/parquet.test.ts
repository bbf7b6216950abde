import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { openParquet, type ParquetFile } from '../../src/data/parquet.ts';
import { createParquet, type ParquetColumn, type ParquetValues } from '../../src/data/parquet-write.ts';
import { temporaryFolder } from './lerobot/support.ts';

const here = temporaryFolder();

const each = <T>(length: number, value: (i: number) => T): T[] => Array.from({ length }, (_, i) => value(i));

async function write(
  file: string,
  columns: readonly ParquetColumn[],
  rows: number,
  values: Record<string, ParquetValues>,
  groupValues?: number,
) {
  const output = createParquet(file, columns, { ...(groupValues && { groupValues }) });
  output.append(rows, values);
  await output.finish();
}

async function using<T>(file: string, use: (parquet: ParquetFile) => Promise<T>): Promise<T> {
  const parquet = await openParquet(file);
  return use(parquet).finally(() => parquet.close());
}

/** A file with lists of given lengths. */
const writeLists = (file: string, rows: readonly (readonly (number | null)[] | null)[]) =>
  parquetWriteFile({
    filename: file,
    columnData: [{ name: 'state', data: [...rows] }],
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'state', converted_type: 'LIST', num_children: 1, repetition_type: 'OPTIONAL' },
      { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
      { name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' },
    ],
  });

describe('what is written is read', () => {
  test.each([
    ['float32', [4], (i: number) => Math.fround(i * 0.1)],
    ['float64', [2, 3], (i: number) => i / 3],
    ['float16', [1], (i: number) => i / 4],
    ['int64', [1], (i: number) => (i % 2 === 0 ? 2 ** 53 - 1 - i : -i)],
    ['int32', [3], (i: number) => -(2 ** 31) + i],
    ['uint32', [1], (i: number) => 2 ** 32 - 1 - i],
    ['uint8', [2, 1, 2], (i: number) => i % 256],
    ['bool', [1], (i: number) => i % 2],
  ])('%s of shape %j', async (dtype, shape, value) => {
    const rows = 50;
    const size = shape.reduce((product, n) => product * n, 1);
    const values = each(rows * size, value);
    await write(here('a.parquet'), [{ name: 'a', dtype, shape }], rows, { a: values }, 7 * size);
    await using(here('a.parquet'), async (file) => {
      expect(file.rows).toBe(rows);
      expect(Array.from(await file.readNumbers('a', shape, 0, rows))).toEqual(values);
      // Across row groups, which are 7 rows here
      expect(Array.from(await file.readNumbers('a', shape, 5, 30))).toEqual(values.slice(5 * size, 30 * size));
      expect(await file.readNumbers('a', shape, 9, 9)).toHaveLength(0);
    });
  });

  test('signed zeros, infinities and what is no number', async () => {
    const values = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, -0, 0];
    await write(here('a.parquet'), [{ name: 'a', dtype: 'float32', shape: [2] }], 4, { a: values });
    const read = await using(here('a.parquet'), (file) => file.readNumbers('a', [2], 0, 4));
    expect(Buffer.from(read.buffer)).toEqual(Buffer.from(Float32Array.from(values).buffer));
  });

  test('texts, lists of texts and pictures', async () => {
    const columns = ['string', 'strings', 'image'].map((dtype) => ({ name: dtype, dtype }));
    const image = { bytes: Uint8Array.of(1, 2, 3), path: 'a.png' };
    await write(here('a.parquet'), columns, 3, {
      string: ['a', undefined, 'ü'],
      strings: [['x', 'y'], [], ['z']],
      image: [image, {}, image],
    });
    await using(here('a.parquet'), async (file) => {
      expect(await file.readStrings('string', 0, 3)).toEqual(['a', undefined, 'ü']);
      expect((await file.readObjects(['strings'])).map((row) => row.strings)).toEqual([['x', 'y'], [], ['z']]);
      expect(await file.readImages('image', 1, 3)).toEqual([{}, image]);
    });
  });

  test('blocks of any size make one file, which gets its name at the end', async () => {
    const output = createParquet(here('a.parquet'), [{ name: 'a', dtype: 'int64' }], { groupValues: 10 });
    for (const [from, to] of [
      [0, 3],
      [3, 40],
      [40, 41],
    ] as const)
      output.append(to - from, { a: each(to - from, (i) => from + i) });
    expect(await readdir(here())).not.toContain('a.parquet');
    expect(output.rows).toBe(41);
    await output.finish();
    expect(await readdir(here())).toEqual(['a.parquet']);
    expect(Array.from(await using(here('a.parquet'), (file) => file.readNumbers('a', [1], 0, 41)))).toEqual(each(41, (i) => i));
  });

  test('nothing is left of what was abandoned', async () => {
    const output = createParquet(here('a.parquet'), [{ name: 'a', dtype: 'int64' }]);
    output.append(1, { a: [1] });
    await output.abandon();
    expect(await readdir(here())).toEqual([]);
  });
});

describe('values that do not fit are refused', () => {
  const columns = [{ name: 'a', dtype: 'int8', shape: [2] }];
  test.each([
    [{}, 'column "a" is missing in a block of 2 rows'],
    [{ a: [1, 2, 3] }, 'column "a" should have 4 values for 2 rows, got 3'],
    [{ a: [1, 2, 3, 128] }, 'column "a" of int8 cannot hold 128'],
    [{ a: [1, 2, 3, 0.5] }, 'column "a" of int8 cannot hold 0.5'],
  ])('%j', async (values, message) => {
    const output = createParquet(here('a.parquet'), columns);
    expect(() => output.append(2, values as Record<string, ParquetValues>)).toThrow(message);
    await output.abandon();
  });

  test('a dtype that is none', () => {
    expect(() => createParquet(here('b.parquet'), [{ name: 'a', dtype: 'complex64' }])).toThrow('column "a" cannot have dtype "complex64"');
  });
});

describe('broken files', () => {
  const columns = [{ name: 'a', dtype: 'float32', shape: [8] }];

  test('one that is cut off says so', async () => {
    await write(here('a.parquet'), columns, 100, { a: each(800, (i) => i) });
    await truncate(here('a.parquet'), 1000);
    await expect(openParquet(here('a.parquet'))).rejects.toThrow(/a\.parquet: no readable parquet file \(1000 bytes\): .* cut off/);
  });

  test.each(['', 'PAR1', 'this is a text and no parquet file at all'])('%j is none', async (content) => {
    await writeFile(here('a.parquet'), content);
    await expect(openParquet(here('a.parquet'))).rejects.toThrow(/a\.parquet: no readable parquet file/);
  });

  test('one that is missing', async () => {
    await expect(openParquet(here('a.parquet'))).rejects.toThrow(/a\.parquet: cannot be opened: ENOENT/);
  });

  test('damage in the middle is found where it is read', async () => {
    await write(here('a.parquet'), columns, 100, { a: each(800, (i) => i) });
    const bytes = await readFile(here('a.parquet'));
    bytes.fill(0xff, 4, 400);
    await writeFile(here('a.parquet'), bytes);
    await using(here('a.parquet'), async (file) => {
      await expect(file.readNumbers('a', [8], 0, 1)).rejects.toThrow(
        /a\.parquet: column "a", rows 0 to 100, cannot be read: .*damaged or cut off/,
      );
    });
  });

  test.each([
    [
      [
        [1, 2, 3],
        [4, 5],
        [6, 7, 8],
      ],
      'has 2 values in row 1, but its shape is [3]',
    ],
    [
      [
        [1, 2, 3],
        [4, 5],
        [6, 7, 8, 9],
      ],
      'has 2 values in row 1, but its shape is [3]',
    ],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, null, 9],
      ],
      'lacks 1 of its values in row 2, but its shape is [3]',
    ],
    [[[1, 2, 3], null, [4, 5, 6]], 'has no value in row 1, but its shape is [3]'],
    [[[1, 2, 3], [], [4, 5, 6]], 'has no value in row 1, but its shape is [3]'],
  ])('lists of other lengths: %j', async (rows, message) => {
    writeLists(here('a.parquet'), rows);
    await using(here('a.parquet'), async (file) => {
      await expect(file.readNumbers('state', [3], 0, 3)).rejects.toThrow(`a.parquet: column "state" ${message}`);
    });
  });

  test('whole numbers that f64 does not have', async () => {
    parquetWriteFile({ filename: here('a.parquet'), columnData: [{ name: 'a', data: [1n, 2n ** 53n + 1n], type: 'INT64' }] });
    await using(here('a.parquet'), async (file) => {
      await expect(file.readNumbers('a', [1], 0, 2)).rejects.toThrow(
        'column "a" holds 9007199254740993 in row 1, which is no number up to 2^53',
      );
      expect(Array.from(await file.readNumbers('a', [1], 0, 1))).toEqual([1]);
    });
  });

  test('what is not there, or something else', async () => {
    await write(
      here('a.parquet'),
      [
        { name: 'a', dtype: 'string' },
        { name: 'b', dtype: 'image' },
      ],
      1,
      { a: ['x'], b: [{}] },
    );
    await using(here('a.parquet'), async (file) => {
      await expect(file.readNumbers('c', [1], 0, 1)).rejects.toThrow('there is no column "c", only a, b');
      await expect(file.readNumbers('a', [1], 0, 1)).rejects.toThrow('column "a" holds texts or bytes, not numbers');
      await expect(file.readNumbers('b', [1], 0, 1)).rejects.toThrow('column "b" is a struct of b.bytes, b.path');
      await expect(file.readStrings('a', 0, 2)).rejects.toThrow('rows 0 to 2 of column "a" were asked for, but the file has 1');
    });
  });
});
