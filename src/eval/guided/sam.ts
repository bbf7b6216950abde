/**
 * SAM (Kirillov et al. 2023, "Segment Anything") as a segmenter, from a folder with a model of transformers.js: `vision_encoder.onnx` and
 * `prompt_encoder_mask_decoder.onnx`, in it or in its folder `onnx`, as `Xenova/slimsam-77-uniform` and `Xenova/sam-vit-base` have them.
 *
 *   encoder  pixel_values f32[1, 3, S, S] → image_embeddings, image_positional_embeddings
 *   decoder  both of these, input_points f32[1, 1, P, 2], input_labels i64[1, 1, P] and, in some, input_boxes f32[1, 1, 4]
 *            → iou_scores f32[1, 1, M], pred_masks f32[1, 1, M, s, s]: logits
 *
 * The published decoders of SAM take points only. A box is then told to them by its middle, and of the masks that come back the one is
 * taken whose own box is most like it: a point alone may as well mean a part of a thing.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import ort from 'onnxruntime-node';
import { contain, type Picture } from '../../robot/views.ts';
import type { Segmenter } from './guide.ts';
import { boxOf, boxOverlap, logitAt, type Mask, type PixelBox } from './masks.ts';

const FILES = { encoder: 'vision_encoder.onnx', decoder: 'prompt_encoder_mask_decoder.onnx' } as const;

/** What the models must have, and may have more of. */
const ENCODER = { inputs: ['pixel_values'], outputs: ['image_embeddings', 'image_positional_embeddings'] } as const;
const DECODER = { inputs: [...ENCODER.outputs, 'input_points', 'input_labels'], outputs: ['iou_scores', 'pred_masks'] } as const;

/** Pixels of a side that SAM was trained with, where the model does not say; mean and deviation of ImageNet's red, green and blue. */
const [USUAL_SIDE, MEAN, STD] = [1024, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]] as const;

/** Opens a model. Throws when files are missing, and when their inputs or outputs are others. */
export async function openSam(folder: string, { threads = 1 }: { readonly threads?: number } = {}): Promise<Segmenter> {
  const options = { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 4 } as const;
  const open = (file: string): Promise<ort.InferenceSession> =>
    ort.InferenceSession.create(file, options).catch((error: Error) => {
      throw new Error(`${file} is no ONNX model: ${error.message}`, { cause: error });
    });
  const files = [fileIn(folder, FILES.encoder), fileIn(folder, FILES.decoder)] as const;
  const encoder = await open(files[0]);
  const decoder = await open(files[1]);
  requireNames(files[0], encoder, ENCODER);
  requireNames(files[1], decoder, DECODER);
  const side = sideOf(encoder);
  const dispose = async (): Promise<void> => {
    await encoder.release();
    await decoder.release();
  };
  return {
    async segment(picture, box) {
      const scale = side / Math.max(picture.width, picture.height);
      const pixels = new ort.Tensor('float32', pixelValues(picture, side), [1, 3, side, side]);
      const { image_embeddings, image_positional_embeddings } = (await encoder.run({ pixel_values: pixels })) as Embeddings;
      const prompt = promptOf(box.map((edge) => edge * scale) as unknown as PixelBox, decoder.inputNames.includes('input_boxes'));
      const { iou_scores, pred_masks } = await decoder.run({ image_embeddings, image_positional_embeddings, ...prompt });
      const masks = masksOf(pred_masks as ort.Tensor, picture);
      return bestOf(masks, (iou_scores as ort.Tensor).data as Float32Array, picture, box);
    },
    dispose,
  };
}

type Embeddings = Readonly<Record<'image_embeddings' | 'image_positional_embeddings', ort.Tensor>>;

function fileIn(folder: string, name: string): string {
  const places = [path.join(folder, name), path.join(folder, 'onnx', name)];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new Error(
    `there is no SAM in ${folder}: neither ${name} nor onnx/${name}; expected ${FILES.encoder} and ${FILES.decoder}, as Xenova/slimsam-77-uniform has them`,
  );
}

function requireNames(file: string, session: ort.InferenceSession, { inputs, outputs }: typeof ENCODER | typeof DECODER): void {
  for (const [what, own, wanted] of [
    ['input', session.inputNames, inputs],
    ['output', session.outputNames, outputs],
  ] as const) {
    const missing = wanted.find((name) => !own.includes(name));
    if (missing !== undefined) throw new Error(`${file} is no such part of SAM: its ${what}s are ${own.join(', ')}; expected ${missing}`);
  }
}

/** Pixels of a side of what the encoder takes. */
function sideOf({ inputMetadata, inputNames }: ort.InferenceSession): number {
  const metadata = inputMetadata[inputNames.indexOf('pixel_values')];
  const last = metadata?.isTensor ? metadata.shape.at(-1) : undefined;
  return typeof last === 'number' && last > 0 ? last : USUAL_SIDE;
}

/** f32[3, S, S]: the picture at the upper left, as large as fits, normalised; 0 beyond it. */
function pixelValues(picture: Picture, side: number): Float32Array {
  const { width, height, data } = contain(picture, side);
  const values = new Float32Array(3 * side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const channel of [0, 1, 2] as const) {
        const level = (data[3 * (y * width + x) + channel] as number) / 255;
        values[(channel * side + y) * side + x] = (level - MEAN[channel]) / STD[channel];
      }
    }
  }
  return values;
}

/** A box in the encoder's pixels, as the decoder takes it: itself, or its middle. */
function promptOf([left, top, right, bottom]: PixelBox, boxes: boolean): Record<string, ort.Tensor> {
  const tensor = (values: readonly number[], shape: readonly number[]): ort.Tensor =>
    new ort.Tensor('float32', Float32Array.from(values), shape);
  // Label 1 is of a point on the thing, −10 of none.
  const [point, label] = boxes ? [[0, 0], -10n] : [[(left + right) / 2, (top + bottom) / 2], 1n];
  return {
    input_points: tensor(point, [1, 1, 1, 2]),
    input_labels: new ort.Tensor('int64', BigInt64Array.of(label), [1, 1, 1]),
    ...(boxes && { input_boxes: tensor([left, top, right, bottom], [1, 1, 4]) }),
  };
}

/** Masks of the picture, of logits f32[1, 1, M, s, s] of the square that it is the upper left of: above 0 between them. */
function masksOf(logits: ort.Tensor, { width, height }: Picture): Mask[] {
  const [count, side] = [logits.dims.at(-3), logits.dims.at(-1)] as [number, number];
  const data = logits.data as Float32Array;
  const step = side / Math.max(width, height);
  return Array.from({ length: count }, (_, i) =>
    Uint8Array.from({ length: width * height }, (__, pixel) => {
      const [x, y] = [(pixel % width) + 0.5, Math.floor(pixel / width) + 0.5];
      return logitAt(data, side, x * step, y * step, i * side * side) > 0 ? 1 : 0;
    }),
  );
}

/** The mask whose box is most like the one asked for; of those alike, the one that SAM thinks most of. */
function bestOf(masks: readonly Mask[], scores: Float32Array, picture: Picture, wanted: PixelBox): Mask {
  const ranked = masks.map((mask, i) => {
    const own = boxOf(mask, picture);
    return { mask, alike: own ? boxOverlap(own, wanted) : 0, score: scores[i] ?? 0 };
  });
  return (ranked.sort((a, b) => b.alike - a.alike || b.score - a.score)[0] as (typeof ranked)[number]).mask;
}
