/** Samples as rows of parquet. */
import { z } from 'zod';
import { openParquet, type StoredImage } from '../parquet.ts';
import { createParquet, huggingfaceMetadata } from '../parquet-write.ts';
import type { ReasoningSample } from '../reasoning.ts';
import type { Shard } from './files.ts';

/** Writes a shard, whole or not at all. */
export async function writeParquetShard(file: string, samples: readonly ReasoningSample[]): Promise<void> {
  const images = Math.max(...samples.map((sample) => sample.images.length));
  const pictures = Array.from({ length: images }, (_, i) => ({ name: `image_${i}`, dtype: 'image' }));
  const texts = ['kind', 'question', 'labels', 'sizes'].map((name) => ({ name, dtype: 'string' }));
  const columns = [...texts, ...pictures];
  const output = createParquet(file, columns, { metadata: { huggingface: huggingfaceMetadata(columns) } });
  try {
    for (const sample of samples) {
      const { kind, question, images, ...labels } = sample;
      output.append(1, {
        kind: [kind],
        question: [question],
        labels: [JSON.stringify(labels)],
        sizes: [JSON.stringify(images.map(({ width, height }) => [width, height]))],
        ...Object.fromEntries(pictures.map(({ name }, i) => [name, [stored(images[i])]])),
      });
    }
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

/** A picture without its size; nothing where there is none. */
function stored(image: ReasoningSample['images'][number] | undefined): StoredImage {
  if (!image) return {};
  return 'bytes' in image ? { bytes: image.bytes } : { path: image.path };
}

/** Opens a shard. Throws when it lacks a column. */
export async function openParquetShard(file: string): Promise<Shard> {
  const parquet = await openParquet(file);
  const pictures = parquet.columns.filter((name) => /^image_\d+$/.test(name));

  async function read(from: number, to: number): Promise<unknown[]> {
    const text = async (name: string): Promise<(string | undefined)[]> => parquet.readStrings(name, from, to);
    const [kinds, questions, labels, sizes] = [await text('kind'), await text('question'), await text('labels'), await text('sizes')];
    const images: StoredImage[][] = [];
    for (const name of pictures) images.push(await parquet.readImages(name, from, to));
    return kinds.map((kind, i) => {
      const where = `${file}: row ${from + i}`;
      const own = images.map((column) => column[i]);
      const pictures = parse(pairs, sizes[i], `${where}: sizes`).map(([width, height], k) => {
        const { bytes, path } = own[k] ?? {};
        return { ...(bytes ? { bytes: new Uint8Array(bytes) } : { path }), width, height };
      });
      return { ...parse(anyLabels, labels[i], `${where}: labels`), kind, question: questions[i], images: pictures };
    });
  }

  return { file, rows: parquet.rows, read, close: () => parquet.close() };
}

const pairs = z.array(z.tuple([z.number(), z.number()]));
const anyLabels = z.record(z.string(), z.unknown());

/** JSON of a kind. Throws when it is something else. */
function parse<T>(schema: z.ZodType<T>, text: string | undefined, where: string): T {
  try {
    return schema.parse(JSON.parse(text ?? ''));
  } catch (error) {
    throw new Error(`${where}: ${error instanceof z.ZodError ? z.prettifyError(error) : `no JSON: ${(error as Error).message}`}`);
  }
}
