/** The small segmenter and SAM: what they see, what they learn, what is refused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { boxOf, logitAt, maskOverlap, type PixelBox } from '../../src/eval/guided/masks.ts';
import { openSam } from '../../src/eval/guided/sam.ts';
import { createSegmenter, openSegmenter, saveSegmenter } from '../../src/eval/guided/segmenter.ts';
import { roughBox, type SegmenterExample, segmenterScene } from '../../src/eval/guided/segmenter-data.ts';
import { CHANNELS, cutMask, cutSquare, pasteMask, SIDE, squareAround } from '../../src/eval/guided/segmenter-net.ts';
import { scoreSegmenter, trainSegmenter } from '../../src/eval/guided/segmenter-train.ts';
import type { Picture } from '../../src/robot/views.ts';
import { writeOnnx } from '../../src/tensor/export-onnx.node.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { abs, add, minimum, mul, sub } from '../../src/tensor/ops/arithmetic.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { concat, reshape, slice } from '../../src/tensor/ops/layout.ts';
import { mean } from '../../src/tensor/ops/reduce.ts';
import { resize } from '../../src/tensor/ops/resize.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { constant, input, type Tensor } from '../../src/tensor/tensor.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-segmenter-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

/** A dark picture with a bright disc, and what is of the disc. */
function disc(width: number, height: number, [x, y]: readonly [number, number], radius: number): SegmenterExample {
  const inside = (i: number): boolean => (((i % width) + 0.5 - x) ** 2 + (Math.floor(i / width) + 0.5 - y) ** 2) ** 0.5 < radius;
  const mask = Uint8Array.from({ length: width * height }, (_, i) => (inside(i) ? 1 : 0));
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (inside(Math.floor(i / 3)) ? 220 : 30) + ((i * 7) % 20));
  return { picture: { width, height, data }, mask, box: boxOf(mask, { width, height }) as PixelBox };
}

test('what is cut out of a picture and put back is where it was, wherever the box is', () => {
  const place = fc.tuple(fc.double({ min: 0, max: 60, noNaN: true }), fc.double({ min: 0, max: 40, noNaN: true }));
  fc.assert(
    fc.property(place, fc.double({ min: 4, max: 25, noNaN: true }), ([x, y], radius) => {
      const { picture, mask, box } = disc(60, 40, [x, y], radius);
      const logits = cutMask(mask, picture, box).map((there) => 2 * there - 1);
      const again = pasteMask(logits, picture, box);
      // The square has 32 pixels a side: a disc of 25 pixels loses some of its edge.
      expect(maskOverlap(again, mask)).toBeGreaterThan(0.85);
      const square = new Float32Array(CHANNELS * SIDE * SIDE);
      cutSquare(picture, box, square);
      expect(Math.min(...square)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...square)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 50 },
  );
});

test('the square is around the middle of the box, half as large again', () => {
  expect(squareAround([10, 20, 30, 24])).toEqual({ left: 5, top: 7, side: 30 });
});

test('between cells a logit is interpolated, beyond the edge it goes on', () => {
  const logits = Float32Array.of(0, 1, 2, 3);
  expect([logitAt(logits, 2, 0.5, 0.5), logitAt(logits, 2, 1, 1), logitAt(logits, 2, 1.5, 1)]).toEqual([0, 1.5, 2]);
  expect([logitAt(logits, 2, -5, -5), logitAt(logits, 2, 9, 9)]).toEqual([0, 3]);
});

test('examples are of things: their boxes hold their masks, and the same number gives the same scene', { timeout: 30_000 }, async () => {
  const [scene, again, heldOut] = [
    await segmenterScene('training', 0, 0),
    await segmenterScene('training', 0, 0),
    await segmenterScene('heldOut', 0, 0),
  ];
  expect(scene.length).toBeGreaterThan(6);
  for (const { picture, box, mask } of scene) {
    expect(boxOf(mask, picture)).toEqual(box);
    expect(mask.reduce((sum, there) => sum + there, 0)).toBeGreaterThanOrEqual(12);
  }
  expect(again).toEqual(scene);
  expect(heldOut).not.toEqual(scene);
});

test('it learns to find what is in a box, the same with the same seed, and is the same from its file', { timeout: 60_000 }, async () => {
  const engine = nodeEngine({ threads: 1 });
  const random = randomStream(5, 'discs');
  const draw = () => disc(48, 40, [8 + 30 * random.uniform(), 8 + 24 * random.uniform()], 3 + 8 * random.uniform());
  const [train, others] = [Array.from({ length: 40 }, draw), Array.from({ length: 20 }, draw)];
  const losses: number[] = [];
  const weights = await trainSegmenter(engine, train, { steps: 60, batch: 8, seed: 1, onStep: (_, loss) => losses.push(loss) });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 3);
  const segmenter = await createSegmenter(engine, weights);
  const { overlap, box } = await scoreSegmenter(segmenter, others, 0);
  // A box is 4/π of its disc.
  expect(box).toBeLessThan(0.8);
  expect(overlap).toBeGreaterThan(0.88);
  expect(await trainSegmenter(engine, train, { steps: 3, batch: 8, seed: 1 })).toEqual(
    await trainSegmenter(engine, train, { steps: 3, batch: 8, seed: 1 }),
  );
  const file = at('segmenter.safetensors');
  await saveSegmenter(file, weights, { discs: 40 });
  const opened = await openSegmenter(file, engine);
  for (const { picture, box: own } of others.slice(0, 5)) {
    const rough = roughBox(own, random);
    expect(await opened.segment(picture, rough)).toEqual(await segmenter.segment(picture, rough));
  }
  await writeSafetensors(at('other.safetensors'), { metadata: {}, tensors: weights });
  await expect(openSegmenter(at('other.safetensors'), engine)).rejects.toThrow('is no segmenter: `gear train-segmenter');
  await expect(trainSegmenter(engine, [], { steps: 1, seed: 0 })).rejects.toThrow('no examples');
  await segmenter.dispose();
  await opened.dispose();
});

describe('SAM', () => {
  /** Pixels of a side of what its twin takes, and of the masks that it gives */
  const [S, s] = [64, 32] as const;
  /** [1, 2, s, s]: x and y in the encoder's pixels */
  const places = constant(
    hostTensor(
      'f32',
      [1, 2, s, s],
      Float32Array.from({ length: 2 * s * s }, (_, i) => {
        const cell = i % (s * s);
        return ((i < s * s ? cell % s : Math.floor(cell / s)) + 0.5) * (S / s);
      }),
    ),
  );

  /** The encoder says how bright it is, and where: shapes and names are SAM's. */
  async function writeEncoder(file: string, name = 'pixel_values'): Promise<void> {
    const brightness = resize(mean(input(name, 'f32', [1, 3, S, S]), { axes: 1, keepDims: true }), [s, s], { antialias: true });
    await writeOnnx(
      file,
      { outputs: { image_embeddings: brightness, image_positional_embeddings: add(places, mul(brightness, 0)) } },
      { values: new Map() },
    );
  }

  /** What is bright and not farther from the point, or outside of the box, than it may be: three masks of different reach. */
  async function writeDecoder(file: string, boxes: boolean): Promise<void> {
    const brightness = input('image_embeddings', 'f32', [1, 1, s, s]);
    const where = input('image_positional_embeddings', 'f32', [1, 2, s, s]);
    const points = input('input_points', 'f32', [1, 1, 1, 2]);
    const labels = cast(input('input_labels', 'i64', [1, 1, 1]), 'f32');
    const axis = (x: Tensor, i: number): Tensor => slice(x, 1, i, i + 1);
    const part = (x: Tensor, i: number): Tensor => reshape(slice(x, x.shape.length - 1, i, i + 1), [1, 1, 1, 1]);
    const [x, y] = [axis(where, 0), axis(where, 1)];
    const box = input('input_boxes', 'f32', [1, 1, 4]);
    const within = (reach: number): Tensor => {
      if (!boxes) return minimum(sub(reach, abs(sub(x, part(points, 0)))), sub(reach, abs(sub(y, part(points, 1)))));
      const inside = (value: Tensor, low: number, high: number): Tensor => minimum(sub(value, part(box, low)), sub(part(box, high), value));
      return add(minimum(inside(x, 0, 2), inside(y, 1, 3)), reach - 12);
    };
    const masks = concat(
      [5, 12, 60].map((reach) => reshape(minimum(brightness, within(reach)), [1, 1, 1, s, s])),
      2,
    );
    const nothing = mul(add(labels, mul(mean(points), 0)), 0);
    const scores = add(constant(hostTensor('f32', [1, 1, 3], Float32Array.of(0.9, 0.8, 0.95))), nothing);
    await writeOnnx(file, { outputs: { iou_scores: scores, pred_masks: masks } }, { values: new Map() });
  }

  async function folderOf(name: string, boxes: boolean, inside = ''): Promise<string> {
    mkdirSync(path.join(at(name), inside), { recursive: true });
    await writeEncoder(path.join(at(name), inside, 'vision_encoder.onnx'));
    await writeDecoder(path.join(at(name), inside, 'prompt_encoder_mask_decoder.onnx'), boxes);
    return at(name);
  }

  /** Two discs: the second one is as bright, and is not meant. */
  function two(width: number, height: number): SegmenterExample {
    const [one, other] = [
      disc(width, height, [0.3 * width, 0.4 * height], 0.15 * width),
      disc(width, height, [0.8 * width, 0.7 * height], 9),
    ];
    const data = Uint8Array.from(one.picture.data, (level, i) => Math.max(level, other.picture.data[i] as number));
    return { ...one, picture: { width, height, data } satisfies Picture };
  }

  test.each([
    ['a decoder of points, in the folder', 'points', false, ''],
    ['a decoder of boxes, in onnx/', 'boxes', true, 'onnx'],
  ])('the thing in the box, of %s', async (_, name, boxes, inside) => {
    const sam = await openSam(await folderOf(name, boxes, inside));
    for (const [width, height] of [
      [64, 64],
      [84, 60],
      [60, 84],
    ] as const) {
      const { picture, mask, box } = two(width, height);
      expect(maskOverlap(await sam.segment(picture, box), mask)).toBeGreaterThan(0.8);
    }
    await sam.dispose();
  });

  test('what is no SAM is refused, by name', async () => {
    mkdirSync(at('empty'));
    await expect(openSam(at('empty'))).rejects.toThrow('neither vision_encoder.onnx nor onnx/vision_encoder.onnx; expected');
    await writeEncoder(at('empty/vision_encoder.onnx'), 'pictures');
    await expect(openSam(at('empty'))).rejects.toThrow('neither prompt_encoder_mask_decoder.onnx nor');
    await writeDecoder(at('empty/prompt_encoder_mask_decoder.onnx'), false);
    await expect(openSam(at('empty'))).rejects.toThrow('its inputs are pictures; expected pixel_values');
    writeFileSync(at('empty/vision_encoder.onnx'), 'no model');
    await expect(openSam(at('empty'))).rejects.toThrow('vision_encoder.onnx is no ONNX model');
  });
});
