/**
 * Parquet files, read lazily: only the footer when a file is opened, afterwards only the pages that hold the rows asked for. The
 * decoding is hyparquet's; what is added here is the way to single pages. Columns of lists have no index of rows in most files,
 * but where every list has the declared length, a row's values are at a known place among the values of its row group.
 *
 * An open file takes the memory of its footer, of the places of the pages that were looked for, and of each column's page that was
 * decoded last, with its dictionary.
 */
import { type FileHandle, open } from 'node:fs/promises';
import {
  type ColumnMetaData,
  type DecodedArray,
  type FileMetaData,
  type PageHeader,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { parquetHeader } from 'hyparquet/src/column.js';
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js';
import { readPlain } from 'hyparquet/src/plain.js';
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js';
import { compressors } from 'hyparquet-compressors';

/** An encoded picture as Hugging Face's `Image` stores it: the bytes of a file, or the path of one, or both. */
export interface StoredImage {
  readonly bytes?: Uint8Array;
  readonly path?: string;
}

/** A parquet file that is open for reading. */
export interface ParquetFile {
  readonly path: string;
  readonly rows: number;
  /** Names of the columns at the top of the schema, in order */
  readonly columns: readonly string[];
  /** Key-value metadata of the footer, such as `pandas` and `huggingface` */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Rows [from, to) of a column of numbers or lists of them: [to − from, ...shape] in C order, f32 where the file has f32 and f64
   * otherwise. Throws with file, column and row where a value is missing, a list has another length than `shape` says, or an
   * integer is beyond 2⁵³.
   */
  readNumbers(column: string, shape: readonly number[], from: number, to: number): Promise<Float32Array | Float64Array>;
  /** Rows [from, to) of a column of texts; undefined where there is none. */
  readStrings(column: string, from: number, to: number): Promise<(string | undefined)[]>;
  /** Rows [from, to) of a column of pictures, a struct of `bytes` and `path`. */
  readImages(column: string, from: number, to: number): Promise<StoredImage[]>;
  /** All rows as objects, for small tables of metadata; 64-bit integers as numbers. */
  readObjects(columns: readonly string[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A data page of a column chunk. */
interface Page {
  /** Where its header begins in the file */
  readonly offset: number;
  readonly headerLength: number;
  /** Without the statistics, which may be as large as the values */
  readonly header: PageHeader;
  /** Number of its first value among those of the chunk, missing ones included */
  readonly first: number;
  readonly count: number;
}

/** A page, decoded. */
interface Decoded {
  /** Values that are there */
  readonly values: DecodedArray;
  /** Of each slot: 0 where a row begins; undefined for flat columns */
  readonly repetition: Uint8Array | undefined;
  /** Of each slot: the maximum where there is a value; undefined when nothing is missing */
  readonly definition: Uint8Array | undefined;
}

/** The part of a leaf column that is in one row group. */
interface Chunk {
  readonly meta: ColumnMetaData;
  readonly firstRow: number;
  readonly rows: number;
  pages?: Promise<ChunkPages>;
}

/** Where the pages of a chunk are. */
interface ChunkPages {
  readonly dictionary: Page | undefined;
  /** Those with values, in their order */
  readonly data: readonly Page[];
}

interface Leaf {
  readonly name: string;
  readonly decoder: ColumnDecoder;
  readonly depth: number;
  readonly maxDefinition: number;
  readonly chunks: readonly Chunk[];
  /** The page decoded last: neighbouring rows are mostly in one page. */
  last?: Kept<Decoded>;
  /** The dictionary used last: that of a whole chunk */
  dictionary?: Kept<DecodedArray>;
}

/** What came of a page. */
interface Kept<T> {
  readonly page: Page;
  readonly value: Promise<T>;
}

type ColumnDecoder = Parameters<typeof readDataPage>[2];

/** How much is read at first for the header of a page. */
const HEADER_BYTES = 512;
const LARGEST_HEADER = 1 << 24;

/** Opens a file. Throws with its name when it is missing, truncated or no parquet file. */
export async function openParquet(path: string): Promise<ParquetFile> {
  const handle = await open(path, 'r').catch((error: Error) => {
    throw new Error(`${path}: cannot be opened: ${error.message}`, { cause: error });
  });
  try {
    const { size } = await handle.stat();
    const { metadata, leaves } = await readFooter(path, handle, size);
    return parquetFile(path, handle, size, metadata, leaves);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readFooter(path: string, handle: FileHandle, size: number): Promise<{ metadata: FileMetaData; leaves: Leaf[] }> {
  try {
    if (size < 12) throw new Error('it is too short');
    const metadata = await parquetMetadataAsync({ byteLength: size, slice: (from, to) => readBytes(handle, from, to ?? size) });
    return { metadata, leaves: leavesOf(parquetSchema(metadata), metadata) };
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(
      `${path}: no readable parquet file (${size} bytes): ${reason}. It may have been cut off while it was written or copied`,
      {
        cause: error,
      },
    );
  }
}

/** The bytes [from, to) of a file. */
async function readBytes(handle: FileHandle, from: number, to: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) throw new Error(`the file ends at byte ${from + filled}, but ${to} were announced`);
    filled += bytesRead;
  }
  return bytes.buffer;
}

function parquetFile(path: string, handle: FileHandle, size: number, metadata: FileMetaData, leaves: readonly Leaf[]): ParquetFile {
  const columns = parquetSchema(metadata).children.map((child) => child.element.name);
  const rows = Number(metadata.num_rows);

  function fail(what: string, cause?: unknown): never {
    throw new Error(`${path}: ${what}`, { cause });
  }

  function leafOf(column: string, name = column): Leaf {
    const all = leaves.filter((leaf) => leaf.decoder.pathInSchema[0] === column);
    if (all.length === 0) fail(`there is no column "${column}", only ${columns.join(', ')}`);
    const found = all.find((leaf) => leaf.name === name) ?? (all.length === 1 && name === column ? all[0] : undefined);
    return found ?? fail(`column "${column}" is a struct of ${all.map((leaf) => leaf.name).join(', ')}, which is not what was expected`);
  }

  function checkRange(column: string, from: number, to: number): void {
    if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= rows)) {
      fail(`rows ${from} to ${to} of column "${column}" were asked for, but the file has ${rows}`);
    }
  }

  /** Finds the pages of a chunk by their headers. */
  async function findPages({ meta }: Chunk): Promise<ChunkPages> {
    const begin = Math.min(Number(meta.data_page_offset), Number(meta.dictionary_page_offset || meta.data_page_offset));
    const end = Math.min(begin + Number(meta.total_compressed_size), size);
    const values = Number(meta.num_values);
    const data: Page[] = [];
    let dictionary: Page | undefined;
    let first = 0;
    let offset = begin;
    while (first < values && offset < end) {
      const { header, length } = await readHeader(offset, end);
      const count = (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0;
      checkHeader(header, { offset, left: end - offset - length, bytes: Number(meta.total_uncompressed_size), values: values - first });
      const page = { offset, headerLength: length, header, first, count };
      if (header.type === 'DICTIONARY_PAGE') dictionary ??= page;
      else if (count > 0) data.push(page);
      first += count;
      offset += length + header.compressed_page_size;
    }
    if (first !== values) throw new Error(`its pages hold ${first} values instead of ${values}`);
    return { dictionary, data };
  }

  /** Headers are short unless they hold the least and the greatest value, which may be texts or pictures. */
  async function readHeader(offset: number, end: number): Promise<{ header: PageHeader; length: number }> {
    for (let window = HEADER_BYTES; ; window *= 8) {
      const bytes = await readBytes(handle, offset, Math.min(offset + window, end));
      const reader = { view: new DataView(bytes), offset: 0 };
      let header: PageHeader;
      try {
        header = withoutStatistics(parquetHeader(reader));
      } catch (error) {
        // What looks like damage may be that the rest is not there yet.
        if (bytes.byteLength < window || window >= LARGEST_HEADER) throw error;
        continue;
      }
      if (header.type === undefined) throw new Error(`byte ${offset} is not the beginning of a page`);
      return { header, length: reader.offset };
    }
  }

  const pageBytes = async ({ offset, headerLength, header }: Page): Promise<Uint8Array> =>
    new Uint8Array(await readBytes(handle, offset + headerLength, offset + headerLength + header.compressed_page_size));

  async function readDictionary(leaf: Leaf, { meta }: Chunk, page: Page): Promise<DecodedArray> {
    const decoder = { ...leaf.decoder, codec: meta.codec };
    const bytes = decompressPage(await pageBytes(page), page.header.uncompressed_page_size, decoder.codec, compressors);
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
    const values = readPlain(reader, decoder.type, page.header.dictionary_page_header?.num_values ?? 0, decoder.element.type_length);
    return convert(values, decoder);
  }

  async function decode(leaf: Leaf, chunk: Chunk, page: Page): Promise<Decoded> {
    const { header, count } = page;
    const decoder = { ...leaf.decoder, codec: chunk.meta.codec };
    const bytes = await pageBytes(page);
    const v1 = header.data_page_header;
    const v2 = header.data_page_header_v2;
    const data = v1
      ? readDataPage(decompressPage(bytes, header.uncompressed_page_size, decoder.codec, compressors), v1, decoder)
      : readDataPageV2(bytes, header, decoder);
    const encoding = (v1 ?? v2)?.encoding;
    if (!encoding) throw new Error(`the page at byte ${page.offset} has no encoding`);
    const { dictionary: place } = await pagesOf(chunk);
    const words = encoding.endsWith('_DICTIONARY');
    if (words && !place) throw new Error(`the page at byte ${page.offset} needs a dictionary, but there is none`);
    const dictionary = words && place ? await dictionaryOf(leaf, chunk, place) : undefined;
    if (dictionary && !within(data.dataPage, dictionary.length)) {
      throw new Error(`the page at byte ${page.offset} has words that are not among the ${dictionary.length} of its dictionary`);
    }
    const values = convertWithDictionary(data.dataPage, dictionary, encoding, decoder);
    const definition = data.definitionLevels?.length ? Uint8Array.from(data.definitionLevels) : undefined;
    const repetition = leaf.depth > 0 ? Uint8Array.from(data.repetitionLevels) : undefined;
    const there = definition ? definition.reduce((sum, level) => sum + (level === leaf.maxDefinition ? 1 : 0), 0) : count;
    if (values.length !== there || [repetition, definition].some((levels) => levels && levels.length !== count)) {
      throw new Error(`the page at byte ${page.offset} holds ${values.length} values instead of ${there} of ${count}`);
    }
    return { values, repetition, definition: there < count ? definition : undefined };
  }

  /** Pages of a chunk, looked for once. */
  function pagesOf(chunk: Chunk): Promise<ChunkPages> {
    if (chunk.pages) return chunk.pages;
    const pages = findPages(chunk);
    chunk.pages = pages;
    // What cannot be read now may be later.
    pages.catch(() => {
      delete chunk.pages;
    });
    return pages;
  }

  function dictionaryOf(leaf: Leaf, chunk: Chunk, page: Page): Promise<DecodedArray> {
    if (leaf.dictionary?.page !== page) {
      const kept = { page, value: readDictionary(leaf, chunk, page) };
      leaf.dictionary = kept;
      kept.value.catch(() => leaf.dictionary === kept && delete leaf.dictionary);
    }
    return leaf.dictionary.value;
  }

  function decodedOf(leaf: Leaf, chunk: Chunk, page: Page): Promise<Decoded> {
    if (leaf.last?.page !== page) {
      const kept = { page, value: decode(leaf, chunk, page) };
      leaf.last = kept;
      kept.value.catch(() => leaf.last === kept && delete leaf.last);
    }
    return leaf.last.value;
  }

  /** The pages of a chunk with values in [from, to), decoded one after the other. */
  async function* pagesIn(leaf: Leaf, chunk: Chunk, from: number, to: number): AsyncGenerator<{ page: Page; decoded: Decoded }> {
    try {
      for (const page of (await pagesOf(chunk)).data) {
        if (page.first + page.count <= from || page.first >= to) continue;
        yield { page, decoded: await decodedOf(leaf, chunk, page) };
      }
    } catch (error) {
      if (error instanceof RowError) throw error;
      const where = `rows ${chunk.firstRow} to ${chunk.firstRow + chunk.rows}`;
      fail(
        `column "${leaf.decoder.pathInSchema[0]}", ${where}, cannot be read: ${(error as Error).message}. The file may be damaged or cut off`,
        error,
      );
    }
  }

  /** Says which row of a chunk does not have `size` values. */
  async function raggedRow(leaf: Leaf, chunk: Chunk, shape: readonly number[]): Promise<never> {
    const size = sizeOf(shape);
    let row = -1;
    let found = 0;
    let missing = 0;
    const check = (): void => {
      if (row < 0 || (found === size && missing === 0)) return;
      const what = found === 0 ? 'has no value' : missing > 0 ? `lacks ${missing} of its values` : `has ${found} values`;
      throw new RowError(
        `${path}: column "${leaf.decoder.pathInSchema[0]}" ${what} in row ${chunk.firstRow + row}, but its shape is [${shape.join(', ')}]`,
      );
    };
    for await (const { page, decoded } of pagesIn(leaf, chunk, 0, Number.POSITIVE_INFINITY)) {
      for (let i = 0; i < page.count; i++) {
        if (!decoded.repetition || decoded.repetition[i] === 0) {
          check();
          row++;
          found = 0;
          missing = 0;
        }
        if (decoded.definition && (decoded.definition[i] as number) < leaf.maxDefinition) missing++;
        else found++;
      }
    }
    check();
    return fail(`column "${leaf.decoder.pathInSchema[0]}" has lists that do not fit the shape [${shape.join(', ')}]`);
  }

  async function readNumbers(column: string, shape: readonly number[], from: number, to: number): Promise<Float32Array | Float64Array> {
    checkRange(column, from, to);
    const leaf = leafOf(column);
    const size = sizeOf(shape);
    const { type } = leaf.decoder;
    if (type === 'BYTE_ARRAY' || (type === 'FIXED_LEN_BYTE_ARRAY' && leaf.decoder.element.logical_type?.type !== 'FLOAT16')) {
      fail(`column "${column}" holds texts or bytes, not numbers`);
    }
    if (leaf.depth > 1 && leaf.depth !== shape.length) {
      fail(`column "${column}" has lists of depth ${leaf.depth}, which do not fit the shape [${shape.join(', ')}]`);
    }
    const out = type === 'FLOAT' ? new Float32Array((to - from) * size) : new Float64Array((to - from) * size);
    let filled = 0;
    for (const chunk of chunksIn(leaf, from, to)) {
      if (Number(chunk.meta.num_values) !== chunk.rows * size) await raggedRow(leaf, chunk, shape);
      const begin = Math.max(0, from - chunk.firstRow) * size;
      const end = Math.min(chunk.rows, to - chunk.firstRow) * size;
      for await (const { page, decoded } of pagesIn(leaf, chunk, begin, end)) {
        if (decoded.definition || !regular(decoded.repetition, page.first, leaf.depth, shape)) await raggedRow(leaf, chunk, shape);
        const start = Math.max(begin, page.first);
        const stop = Math.min(end, page.first + page.count);
        const target = (chunk.firstRow - from) * size + start;
        const bad = copyNumbers(decoded.values, start - page.first, stop - page.first, out, target);
        filled += stop - start;
        if (bad === undefined) continue;
        const row = chunk.firstRow + Math.floor((start + bad) / size);
        fail(`column "${column}" holds ${String(decoded.values[start - page.first + bad])} in row ${row}, which is no number up to 2^53`);
      }
    }
    checkFilled(leaf, filled, out.length);
    return out;
  }

  /** What nobody filled would be zeros that nobody recorded. */
  function checkFilled(leaf: Leaf, filled: number, wanted: number): void {
    if (filled !== wanted) fail(`column "${leaf.decoder.pathInSchema[0]}" has ${filled} values where there should be ${wanted}`);
  }

  /** Rows of a leaf without lists; undefined where there is no value. */
  async function readFlat(leaf: Leaf, from: number, to: number): Promise<unknown[]> {
    checkRange(leaf.name, from, to);
    if (leaf.depth > 0) fail(`column "${leaf.name}" holds lists, but single values were expected`);
    const out: unknown[] = new Array(to - from).fill(undefined);
    let filled = 0;
    for (const chunk of chunksIn(leaf, from, to)) {
      const { num_values } = chunk.meta;
      if (Number(num_values) !== chunk.rows) fail(`column "${leaf.name}" has ${num_values} values for ${chunk.rows} rows`);
      const begin = Math.max(0, from - chunk.firstRow);
      const end = Math.min(chunk.rows, to - chunk.firstRow);
      for await (const { page, decoded } of pagesIn(leaf, chunk, begin, end)) {
        let at = 0;
        for (let i = 0; i < page.count && page.first + i < end; i++) {
          const there = !decoded.definition || decoded.definition[i] === leaf.maxDefinition;
          const value: unknown = there ? decoded.values[at++] : undefined;
          if (page.first + i < begin) continue;
          out[chunk.firstRow + page.first + i - from] = value;
          filled++;
        }
      }
    }
    checkFilled(leaf, filled, out.length);
    return out;
  }

  async function readStrings(column: string, from: number, to: number): Promise<(string | undefined)[]> {
    const values = await readFlat(leafOf(column), from, to);
    const other = values.findIndex((value) => value !== undefined && typeof value !== 'string');
    if (other >= 0) fail(`column "${column}" holds ${String(values[other])} in row ${from + other}, but texts were expected`);
    return values as (string | undefined)[];
  }

  async function readImages(column: string, from: number, to: number): Promise<StoredImage[]> {
    const leaf = leafOf(column, `${column}.bytes`);
    const bytes = await readFlat(leaf, from, to);
    const paths = await readFlat(leafOf(column, `${column}.path`), from, to);
    return bytes.map((value, i) => {
      const file = paths[i];
      // A copy: a part of the page would keep all of it.
      return { ...(value instanceof Uint8Array && { bytes: value.slice() }), ...(typeof file === 'string' && { path: file }) };
    });
  }

  async function readObjects(wanted: readonly string[]): Promise<Record<string, unknown>[]> {
    const missing = wanted.find((column) => !columns.includes(column));
    if (missing !== undefined) fail(`there is no column "${missing}", only ${columns.join(', ')}`);
    const file = { byteLength: size, slice: (from: number, to = size) => readBytes(handle, from, to) };
    const found = await parquetReadObjects({ file, metadata, columns: [...wanted], compressors }).catch((error: Error) =>
      fail(`cannot be read: ${error.message}. The file may be damaged or cut off`, error),
    );
    if (found.length !== rows) fail(`cannot be read: there are ${found.length} rows instead of ${rows}. The file may be damaged`);
    return found.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
  }

  return {
    path,
    rows,
    columns,
    metadata: Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ''])),
    readNumbers,
    readStrings,
    readImages,
    readObjects,
    close: () => handle.close(),
  };
}

/** An error that already says where it is. */
class RowError extends Error {}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Whether all numbers are positions in a list of this length. */
function within(positions: DecodedArray, length: number): boolean {
  for (const position of positions) if (!((position as number) < length)) return false;
  return true;
}

/** The header without the least and the greatest value, which are read by nobody. */
function withoutStatistics(header: PageHeader): PageHeader {
  delete header.data_page_header?.statistics;
  delete header.data_page_header_v2?.statistics;
  return header;
}

/** Throws unless the sizes that a header announces fit into what is left of its chunk: `left` bytes, `bytes` of them unpacked, `values`. */
function checkHeader(
  header: PageHeader,
  { offset, left, bytes, values }: { readonly offset: number; readonly left: number; readonly bytes: number; readonly values: number },
): void {
  const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: dictionary } = header;
  const limits: readonly (readonly [string, number | undefined, number])[] = [
    ['bytes', header.compressed_page_size, left],
    ['bytes unpacked', header.uncompressed_page_size, bytes],
    ['values', v1?.num_values ?? v2?.num_values ?? 0, values],
    ['words', dictionary?.num_values ?? 0, header.uncompressed_page_size * 8],
    ['rows', v2?.num_rows ?? 0, values],
    ['missing values', v2?.num_nulls ?? 0, values],
    ['bytes of levels', v2?.definition_levels_byte_length ?? 0, header.uncompressed_page_size],
    ['bytes of levels', v2?.repetition_levels_byte_length ?? 0, header.uncompressed_page_size],
  ];
  for (const [what, found, most] of limits) {
    if (Number.isInteger(found) && (found as number) >= 0 && (found as number) <= most) continue;
    throw new Error(`the page at byte ${offset} announces ${found} ${what}, but there can be 0 to ${most}`);
  }
}

/**
 * The columns that hold values, with their parts in every row group. Throws when the footer contradicts itself about rows or columns:
 * rows that are in no group would be read as zeros.
 */
function leavesOf(tree: SchemaTree, metadata: FileMetaData): Leaf[] {
  const leaves: Leaf[] = [];
  const groups = metadata.row_groups.map(({ num_rows, columns }) => ({ rows: Number(num_rows), columns }));
  const inGroups = groups.reduce((sum, { rows }) => sum + rows, 0);
  if (groups.some(({ rows }) => !(Number.isSafeInteger(rows) && rows >= 0)) || inGroups !== Number(metadata.num_rows)) {
    throw new Error(
      `it should have ${metadata.num_rows} rows, but its row groups have ${groups.map(({ rows }) => rows).join(' + ') || 'none'}`,
    );
  }
  const visit = (above: readonly SchemaTree[], node: SchemaTree): void => {
    const schemaPath = [...above, node];
    for (const child of node.children) visit(schemaPath, child);
    if (node.children.length > 0 || !node.element.type) return;
    const number = leaves.length;
    const name = node.path.join('.');
    let firstRow = 0;
    const chunks = groups.map(({ rows, columns }, i): Chunk => {
      const meta = columns[number]?.meta_data;
      if (meta?.path_in_schema.join('.') !== name || meta.type !== node.element.type) {
        throw new Error(`row group ${i} does not say where the values of column "${name}" are`);
      }
      firstRow += rows;
      return { meta, firstRow: firstRow - rows, rows };
    });
    leaves.push({
      name,
      depth: getMaxRepetitionLevel(schemaPath),
      maxDefinition: getMaxDefinitionLevel(schemaPath),
      chunks,
      decoder: {
        pathInSchema: node.path,
        type: node.element.type,
        element: node.element,
        schemaPath,
        codec: chunks[0]?.meta.codec ?? 'UNCOMPRESSED',
        parsers: DEFAULT_PARSERS,
        compressors,
        // Bytes that are no text stay bytes.
        utf8: false,
      },
    });
  };
  visit([], tree);
  const other = groups.findIndex(({ columns }) => columns.length !== leaves.length);
  if (other >= 0) throw new Error(`row group ${other} has ${groups[other]?.columns.length} columns instead of ${leaves.length}`);
  return leaves;
}

/** The chunks of a leaf with rows in [from, to). */
const chunksIn = (leaf: Leaf, from: number, to: number): readonly Chunk[] =>
  leaf.chunks.filter(({ firstRow, rows }) => firstRow < to && firstRow + rows > from);

/** Whether lists begin exactly where those of a shape do. `first` is the number of the first slot in its chunk. */
function regular(repetition: Uint8Array | undefined, first: number, depth: number, shape: readonly number[]): boolean {
  if (!repetition) return true;
  // A column with flat lists may hold arrays of any rank: a row's values in C order.
  const dims = depth === 1 ? [sizeOf(shape)] : shape;
  for (let i = 0; i < repetition.length; i++) {
    let level = dims.length;
    let stride = 1;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      stride *= dims[axis] as number;
      if ((first + i) % stride === 0) level--;
      else break;
    }
    if (repetition[i] !== level) return false;
  }
  return true;
}

/** Copies values [from, to) as numbers. Returns which one, counted from `from`, is none or cannot be told apart from its neighbours. */
function copyNumbers(values: DecodedArray, from: number, to: number, out: Float32Array | Float64Array, at: number): number | undefined {
  if (values instanceof Float32Array || values instanceof Float64Array || values instanceof Int32Array) {
    out.set(values.subarray(from, to), at);
    return undefined;
  }
  for (let i = from; i < to; i++) {
    const value: unknown = values[i];
    const number = Number(value);
    const right = typeof value === 'bigint' ? Number.isSafeInteger(number) : typeof value === 'number' || typeof value === 'boolean';
    if (!right) return i - from;
    out[at + i - from] = number;
  }
  return undefined;
}

/** A value with numbers for its 64-bit integers. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (ArrayBuffer.isView(value) && !(value instanceof Uint8Array)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  return Array.isArray(value) ? value.map(plain) : value;
}
