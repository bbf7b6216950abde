/**
 * Parquet files, written in row groups of bounded size as the rows come, and there whole or not at all. Types and metadata are those
 * that pyarrow, pandas and Hugging Face's `datasets` write for LeRobot.
 */
import { open, rename, rm } from 'node:fs/promises';
import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { StoredImage } from './parquet.ts';

/** Numbers that a column can hold, by their names in NumPy, which LeRobot uses. */
const NUMBERS: Readonly<Record<string, Omit<SchemaElement, 'name'>>> = {
  float16: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  bool: { type: 'BOOLEAN' },
  int8: { type: 'INT32', converted_type: 'INT_8' },
  int16: { type: 'INT32', converted_type: 'INT_16' },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  uint8: { type: 'INT32', converted_type: 'UINT_8' },
  uint16: { type: 'INT32', converted_type: 'UINT_16' },
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
  uint64: { type: 'INT64', converted_type: 'UINT_64' },
};

/** Least and largest whole numbers of the types that have some. 64 bits: as far as f64 tells them apart. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-(2 ** 7), 2 ** 7 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  uint64: [0, Number.MAX_SAFE_INTEGER],
  bool: [0, 1],
};

/** The greatest numbers that do not become infinite when they are rounded. */
const FINITE: Readonly<Record<string, number>> = {
  // Half a step above the greatest one, 65504 and 2¹²⁸ − 2¹⁰⁴: from there on it is rounded up.
  float16: 65520,
  float32: 2 ** 128 - 2 ** 103,
};

/** A column of a file. */
export interface ParquetColumn {
  readonly name: string;
  /** `float32`, `int64`, …; `string`, or `strings` for a list of them; `image` */
  readonly dtype: string;
  /** Of one row: `[1]` is a number, `[26]` a list, `[3, 1, 1]` lists of lists. Only for numbers. */
  readonly shape?: readonly number[];
  /** Whether even a single number is to be a list */
  readonly list?: boolean;
}

/** Values of a column: numbers flat, [rows, ...shape] in C order. */
export type ParquetValues =
  | Float32Array
  | Float64Array
  | readonly number[]
  | readonly (string | undefined)[]
  | readonly (readonly string[])[]
  | readonly StoredImage[];

/** A file that is being written. */
export interface ParquetOutput {
  /** Rows so far */
  readonly rows: number;
  /**
   * Appends rows: values of every column. Throws with column and row when one is missing, has another number of values, or does not
   * fit its type: a finite number must stay one.
   */
  append(rows: number, values: Readonly<Record<string, ParquetValues>>): void;
  /** Writes what is left, flushes the file to the disk and puts it in its place. */
  finish(): Promise<void>;
  /** Removes what was written, unless it was finished. */
  abandon(): Promise<void>;
}

/** How to write a file. */
export interface ParquetOutputOptions {
  /** Key-value metadata, such as `pandas` and `huggingface` */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Most values that are held in memory before they are written */
  readonly groupValues?: number;
}

/** Small pages make reading a few rows quick: a page is decoded as a whole. */
const PAGE_BYTES = 1 << 16;

/** Whether a column can hold numbers of this type. */
export const isNumberType = (dtype: string): boolean => dtype in NUMBERS;

/** Tells temporary files of one process apart. */
let created = 0;

/** Begins a file beside `file`; it gets its name when it is finished. */
export function createParquet(file: string, columns: readonly ParquetColumn[], options: ParquetOutputOptions = {}): ParquetOutput {
  const { metadata = {}, groupValues = 500_000 } = options;
  const temporary = `${file}.${process.pid}.${++created}.tmp`;
  const width = columns.reduce((sum, column) => sum + (column.dtype === 'image' ? 5_000 : sizeOf(column)), 0);
  const groupRows = Math.min(Math.max(Math.floor(groupValues / Math.max(width, 1)), 1), 1 << 16);
  const writer = new ParquetWriter({
    writer: fileWriter(temporary),
    schema: [{ name: 'schema', num_children: columns.length, repetition_type: 'REQUIRED' }, ...columns.flatMap(schemaOf)],
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: 'gear-vla',
  });
  let pending: unknown[][] = columns.map(() => []);
  let waiting = 0;
  let written = 0;
  let open_ = true;

  function flush(): void {
    if (waiting === 0) return;
    // Dictionaries take -0 for 0, and hardly ever pay for measured values.
    const columnData = columns.map((column, i) => ({
      name: column.name,
      data: physical(column, pending[i] as unknown[]) as never[],
      ...(/^(float|image)/.test(column.dtype) && { encoding: 'PLAIN' as const }),
      ...(column.dtype === 'image' && { statistics: false }),
    }));
    try {
      writer.write({ columnData, rowGroupSize: waiting, pageSize: PAGE_BYTES });
    } catch (error) {
      throw new Error(`could not write ${file}: ${(error as Error).message}`, { cause: error });
    }
    pending = columns.map(() => []);
    written += waiting;
    waiting = 0;
  }

  return {
    get rows() {
      return written + waiting;
    },
    append(rows, values) {
      if (!open_) throw new Error(`${file} is no longer being written`);
      for (const column of columns) checkValues(file, column, { first: written + waiting, rows }, values[column.name]);
      for (let from = 0; from < rows; ) {
        const to = Math.min(rows, from + groupRows - waiting);
        for (const [i, column] of columns.entries())
          addRows(column, values[column.name] as ParquetValues, from, to, pending[i] as unknown[]);
        waiting += to - from;
        from = to;
        if (waiting >= groupRows) flush();
      }
    },
    async finish() {
      if (!open_) throw new Error(`${file} is no longer being written`);
      open_ = false;
      try {
        flush();
        writer.finish();
        const handle = await open(temporary, 'r+');
        await handle.sync().finally(() => handle.close());
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true });
        throw new Error(`could not write ${file}: ${(error as Error).message}`, { cause: error });
      }
    },
    async abandon() {
      open_ = false;
      await rm(temporary, { force: true });
    },
  };
}

const sizeOf = ({ shape = [1] }: ParquetColumn): number => shape.reduce((size, n) => size * n, 1);

/** The schema of a column as pyarrow writes it: everything optional, lists in three levels. */
function schemaOf(column: ParquetColumn): SchemaElement[] {
  const { name, dtype, shape = [1] } = column;
  const optional = { repetition_type: 'OPTIONAL' } as const;
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' }, ...optional } as const;
  const list = (of: string): SchemaElement[] => [
    { name: of, converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1, ...optional },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  ];
  switch (dtype) {
    case 'string':
      return [{ name, ...text }];
    case 'strings':
      return [...list(name), { name: 'element', ...text }];
    case 'image':
      return [
        { name, num_children: 2, ...optional },
        { name: 'bytes', type: 'BYTE_ARRAY', ...optional },
        { name: 'path', ...text },
      ];
    default: {
      const number = NUMBERS[dtype];
      if (!number)
        throw new Error(`column "${name}" cannot have dtype "${dtype}"; known are ${Object.keys(NUMBERS).join(', ')}, string and image`);
      const depth = isScalar(column) ? 0 : shape.length;
      const lists = Array.from({ length: depth }, (_, i) => list(i === 0 ? name : 'element')).flat();
      return [...lists, { name: depth === 0 ? name : 'element', ...number, ...optional }];
    }
  }
}

/** LeRobot writes features of shape [1] as numbers. */
const isScalar = ({ shape = [1], list = false }: ParquetColumn): boolean => !list && shape.length === 1 && shape[0] === 1;

function checkValues(
  file: string,
  column: ParquetColumn,
  { first, rows }: { readonly first: number; readonly rows: number },
  values: ParquetValues | undefined,
): void {
  const { name, dtype } = column;
  const wanted = isNumberType(dtype) ? rows * sizeOf(column) : rows;
  if (!values) throw new Error(`${file}: column "${name}" is missing in a block of ${rows} rows`);
  if (values.length !== wanted)
    throw new Error(`${file}: column "${name}" should have ${wanted} values for ${rows} rows, got ${values.length}`);
  const bad = misfit(dtype, values);
  if (bad < 0) return;
  const row = first + Math.floor(bad / sizeOf(column));
  const why = dtype in FINITE ? ', which would become infinite' : '';
  throw new Error(`${file}: column "${name}" of ${dtype} cannot hold ${String(values[bad])} in row ${row}${why}`);
}

/** The position of the first number that a type cannot hold; -1 without one. */
function misfit(dtype: string, values: ParquetValues): number {
  const [low, high] = RANGES[dtype] ?? [];
  const numbers = values as readonly number[];
  if (low !== undefined && high !== undefined) {
    return numbers.findIndex((value) => !(Number.isInteger(value) && value >= low && value <= high));
  }
  const limit = FINITE[dtype];
  if (limit === undefined || (dtype === 'float32' && values instanceof Float32Array)) return -1;
  return numbers.findIndex((value) => Math.abs(value) >= limit && Number.isFinite(value));
}

/** Appends rows [from, to) to those that wait, as numbers, texts, or arrays of them. */
function addRows(column: ParquetColumn, values: ParquetValues, from: number, to: number, pending: unknown[]): void {
  const { dtype, shape = [1] } = column;
  if (!isNumberType(dtype) || isScalar(column)) {
    for (let i = from; i < to; i++) pending.push(values[i]);
    return;
  }
  const size = sizeOf(column);
  for (let i = from; i < to; i++) pending.push(nested(dtype, values as ArrayLike<number>, shape, i * size));
}

/** The part of `values` that begins at `at`, as lists of a shape. */
function nested(dtype: string, values: ArrayLike<number>, shape: readonly number[], at: number): unknown[] {
  const [length = 1, ...rest] = shape;
  const stride = rest.reduce((size, n) => size * n, 1);
  return Array.from({ length }, (_, i) =>
    rest.length > 0 ? nested(dtype, values, rest, at + i * stride) : physicalValue(dtype, values[at + i] as number),
  );
}

/** Numbers as hyparquet-writer wants them. */
function physical(column: ParquetColumn, values: unknown[]): unknown[] {
  if (!isNumberType(column.dtype) || !isScalar(column)) return values;
  return values.map((value) => physicalValue(column.dtype, value as number));
}

function physicalValue(dtype: string, value: number): unknown {
  if (dtype === 'int64' || dtype === 'uint64') return BigInt(value);
  return dtype === 'bool' ? value !== 0 : value;
}

/** The metadata `huggingface`, by which `datasets` knows lists of fixed length, arrays and pictures. */
export function huggingfaceMetadata(columns: readonly ParquetColumn[]): string {
  const features = Object.fromEntries(columns.map((column) => [column.name, huggingfaceFeature(column)]));
  return JSON.stringify({ info: { features } });
}

function huggingfaceFeature(column: ParquetColumn): unknown {
  const { dtype, shape = [1] } = column;
  if (dtype === 'image') return { _type: 'Image' };
  if (dtype === 'strings') return { feature: { dtype: 'string', _type: 'Value' }, _type: 'Sequence' };
  if (dtype === 'string' || isScalar(column)) return { dtype, _type: 'Value' };
  // Newer versions say List, and still understand Sequence; older ones know only this.
  if (shape.length === 1) return { feature: { dtype, _type: 'Value' }, length: shape[0], _type: 'Sequence' };
  return { shape, dtype, _type: `Array${shape.length}D` };
}

/** The metadata `pandas` of a table with one column of whole numbers, `column`, whose index is the column of texts `index`. */
export function pandasMetadata(column: string, index: string): string {
  const described = (name: string | null, field: string, type: string, numpy: string) => ({
    name,
    field_name: field,
    pandas_type: type,
    numpy_type: numpy,
    metadata: null,
  });
  return JSON.stringify({
    index_columns: [index],
    column_indexes: [{ name: null, field_name: null, pandas_type: 'unicode', numpy_type: 'object', metadata: { encoding: 'UTF-8' } }],
    columns: [described(column, column, 'int64', 'int64'), described(null, index, 'unicode', 'object')],
    attributes: {},
    creator: { library: 'gear-vla', version: '0' },
    pandas_version: '2.2.3',
  });
}
