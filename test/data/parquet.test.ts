import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parquetWriteFile } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { openParquet, type ParquetFile } from '../../src/data/parquet.ts';
import { createParquet, type ParquetColumn, type ParquetValues } from '../../src/data/parquet-write.ts';
import { RECORDED, temporaryFolder } from './lerobot/support.ts';

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

test('what pyarrow wrote: its encodings, pages and row groups, and headers of pages that are long', async () => {
  const rows = 300;
  await using(path.join(RECORDED, 'columns.parquet'), async (file) => {
    const numbers = async (column: string, shape: number[], from = 0, to = rows) =>
      Array.from(await file.readNumbers(column, shape, from, to));
    expect(await numbers('f32', [1])).toEqual(each(rows, (i) => Math.fround(i / 7)));
    expect(await numbers('f64', [1])).toEqual(each(rows, (i) => i / 3));
    expect(await numbers('delta', [1])).toEqual(each(rows, (i) => i * i - 1000));
    expect(await numbers('few', [1])).toEqual(each(rows, (i) => (i % 3) / 2));
    expect(await numbers('flag', [1])).toEqual(each(rows, (i) => Number(i % 2 === 0)));
    expect(await numbers('list', [2])).toEqual(each(rows, (i) => [i, i / 2]).flat());
    expect(await numbers('fixed', [3])).toEqual(each(3 * rows, (i) => i));
    expect(await numbers('matrix', [2, 2], 120, 140)).toEqual(each(20, (i) => [120 + i, 1, 2, -120 - i]).flat());
    const texts = each(rows, (i) => (i % 7 === 0 ? undefined : `${i} ${'x'.repeat(600)}`));
    expect(await file.readStrings('text', 0, rows)).toEqual(texts);
    expect(await file.readStrings('text', 127, 130)).toEqual(texts.slice(127, 130));
  });
});

test('memory does not grow with what was read', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = async (): Promise<number> => {
    collect();
    // Memory of buffers is given back a little later.
    await setTimeout(50);
    collect();
    return process.memoryUsage().arrayBuffers / 2 ** 20;
  };
  const [groups, rows] = [40, 500];
  const columns = [{ name: 'a', dtype: 'float64', shape: [50] }];
  const output = createParquet(here('a.parquet'), columns, { groupValues: rows * 50 });
  const values = Float64Array.from({ length: rows * 50 }, (_, i) => i / 3);
  for (let i = 0; i < groups; i++) output.append(rows, { a: values });
  await output.finish();
  await using(here('a.parquet'), async (file) => {
    const before = await held();
    for (let i = 0; i < groups; i++) await file.readNumbers('a', [50], i * rows, i * rows + 1);
    // A page is 64 kB, and there are 40 groups; of each, the first page was read.
    expect((await held()) - before).toBeLessThan(1);
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

  test.each([
    ['float32', 3.4028235e38, 3.4028236e38],
    ['float16', 65504, 65520],
  ])('a finite %s that would become infinite', async (dtype, greatest, tooGreat) => {
    const output = createParquet(here('a.parquet'), [{ name: 'a', dtype, shape: [2] }]);
    output.append(2, { a: [0, greatest, Number.NEGATIVE_INFINITY, Number.NaN] });
    expect(() => output.append(2, { a: [0, 1, -tooGreat, 3] })).toThrow(
      `a.parquet: column "a" of ${dtype} cannot hold ${-tooGreat} in row 3, which would become infinite`,
    );
    await output.finish();
    const read = await using(here('a.parquet'), (file) => file.readNumbers('a', [2], 0, 2));
    expect(Array.from(read)).toEqual([0, dtype === 'float32' ? Math.fround(greatest) : greatest, Number.NEGATIVE_INFINITY, Number.NaN]);
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

  test('a footer that announces rows which nobody wrote', async () => {
    await write(here('a.parquet'), columns, 100, { a: each(800, (i) => i) });
    const bytes = await readFile(here('a.parquet'));
    // 100 as Thrift writes it; the first one is the number of rows of the file.
    const at = bytes.indexOf(Buffer.of(0x16, 0xc8, 0x01), bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8));
    bytes[at + 1] = 0xdc;
    await writeFile(here('a.parquet'), bytes);
    await expect(openParquet(here('a.parquet'))).rejects.toThrow(
      'no readable parquet file (3504 bytes): it should have 110 rows, but its row groups have 100',
    );
  });

  test('whichever bit of a footer is wrong: what is read is right, or refused', { timeout: 60_000 }, async () => {
    const two = [
      { name: 'a', dtype: 'float32', shape: [2] },
      { name: 'b', dtype: 'int64' },
    ];
    const [a, b] = [each(200, (i) => i + 1), each(100, () => 5)];
    await write(here('a.parquet'), two, 100, { a, b });
    const bytes = await readFile(here('a.parquet'));
    let refused = 0;
    for (let at = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8); at < bytes.length - 8; at++) {
      const bit = 1 << (at % 8);
      bytes[at] = (bytes[at] as number) ^ bit;
      await writeFile(here('b.parquet'), bytes);
      bytes[at] = (bytes[at] as number) ^ bit;
      const file = await openParquet(here('b.parquet')).catch(() => undefined);
      if (!file) refused++;
      for (const [column, shape, right] of [
        ['a', [2], a],
        ['b', [1], b],
      ] as const) {
        const found = await file?.readNumbers(column, shape, 0, 100).catch(() => undefined);
        if (found) expect(Array.from(found)).toEqual(right);
      }
      await file?.close();
    }
    expect(refused).toBeGreaterThan(50);
  });

  test.each([
    [13, 'announces -7 bytes, but there can be 0 to'],
    [0x7e, 'announces 63 bytes, but there can be 0 to 32'],
  ])('a page whose size leads back, or out of its column', async (size, message) => {
    const data = each(2, (i) => i / 3);
    parquetWriteFile({ filename: here('a.parquet'), columnData: [{ name: 'a', data, type: 'DOUBLE' }], codec: 'UNCOMPRESSED' });
    const bytes = await readFile(here('a.parquet'));
    // A page of an index, of no bytes unpacked and `size`, zigzag, in the file
    Buffer.of(0x15, 0x02, 0x15, 0x00, 0x15, size, 0x00).copy(bytes, 4);
    await writeFile(here('a.parquet'), bytes);
    await using(here('a.parquet'), (file) => expect(file.readNumbers('a', [1], 0, 2)).rejects.toThrow(message));
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
