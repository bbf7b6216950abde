/** A thread that makes samples of embodied reasoning. */
import { workerData } from 'node:worker_threads';
import { encodeImage } from '../../data/images.ts';
import { writeParquetShard } from '../../data/reasoning/parquet.ts';
import { checkSample, type ReasoningSample } from '../../data/reasoning.ts';
import { reasoningSamples } from '../../sim/reasoning/generate.ts';
import type { Pixels, Sample } from '../../sim/reasoning/sample.ts';
import { answerJobs } from '../../tensor/crew.node.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { drawFile, QUALITY, type ReasonWorkerData } from './reasoner.ts';

const { settings, folder } = workerData as ReasonWorkerData;

answerJobs(makeDraw, (draw) => `draw ${draw}`);

/** Makes the file of a draw. Returns how many samples are in it. */
async function makeDraw(draw: number): Promise<number> {
  const encoded = encoder();
  const drawn = await reasoningSamples(draw, settings);
  const samples: ReasoningSample[] = [];
  for (const [i, sample] of drawn.entries()) samples.push(checkSample(await stored(sample, encoded), `sample ${i}`));
  const file = drawFile(folder, draw, samples.length);
  if (samples.length > 0) await writeParquetShard(file, samples);
  else await writeFileAtomically(file, []);
  return samples.length;
}

/** A sample as datasets keep it. */
async function stored({ pictures, question, answer }: Sample, encoded: ReturnType<typeof encoder>): Promise<unknown> {
  const images = await Promise.all(
    pictures.map(async (picture) => ({ bytes: await encoded(picture), width: picture.width, height: picture.height })),
  );
  return { images, question, ...answer };
}

/** Encodes pictures, those that several samples share once. */
function encoder(): (picture: Pixels) => Promise<Uint8Array> {
  const done = new Map<Uint8Array, Promise<Uint8Array>>();
  return (picture) => {
    const bytes = done.get(picture.data) ?? encodeImage(picture, 'jpeg', QUALITY);
    done.set(picture.data, bytes);
    return bytes;
  };
}
