import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAnswer, renderAnswer } from '../../src/data/reasoning/answer.ts';
import { openReasoning, readPicture, writeReasoning } from '../../src/data/reasoning/files.ts';
import { letterboxTransform, resizeTransform, transformLabels } from '../../src/data/reasoning/labels.ts';
import { decodeMask, encodeMask, maskArea, maskBox } from '../../src/data/reasoning/masks.ts';
import { type Answer, checkSample, type Image, type ReasoningSample } from '../../src/data/reasoning.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'gear-reasoning-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => path.join(root, `${folders++}`);

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff, 0xe0];
const [WIDTH, HEIGHT] = [64, 48];

const label = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const image: fc.Arbitrary<Image> = fc.oneof(
  fc
    .tuple(fc.constantFrom(PNG, JPEG), fc.uint8Array({ maxLength: 40 }))
    .map(([start, rest]) => ({ bytes: Uint8Array.from([...start, ...rest]), width: WIDTH, height: HEIGHT })),
  fc.constantFrom('a.png', 'images/of day 1/ü.jpg').map((file) => ({ path: file, width: WIDTH, height: HEIGHT })),
);
const pixel = fc.tuple(fc.integer({ min: 0, max: WIDTH }), fc.integer({ min: 0, max: HEIGHT }));
const box = fc
  .tuple(fc.integer({ min: 0, max: WIDTH - 1 }), fc.integer({ min: 0, max: HEIGHT - 1 }), fc.nat(WIDTH), fc.nat(HEIGHT))
  .map(([x, y, w, h]): [number, number, number, number] => [x, y, Math.min(WIDTH, x + 1 + w), Math.min(HEIGHT, y + 1 + h)]);
// Whole millimetres, so that text can say them
const milli = fc.integer({ min: -5000, max: 5000 }).map((n) => n / 1000);
const length = fc.integer({ min: 1, max: 2000 }).map((n) => n / 1000);
const triple = fc.tuple(milli, milli, milli);
const mask = box.map(([left, top, right, bottom]) => {
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return x >= left && x < right && y >= top && y < bottom ? 1 : 0;
  });
  return encodeMask(pixels, HEIGHT, WIDTH);
});
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 4 });
const boxes = some(fc.record({ box, label }, { noNullPrototype: true }));
const points = some(fc.record({ point: pixel, label }, { noNullPrototype: true }));
const along = <T>(place: fc.Arbitrary<T>) =>
  some(fc.record({ points: fc.array(place, { minLength: 1, maxLength: 6 }), label }, { noNullPrototype: true }));

/** Answers of every kind, for a number of pictures. */
const answers = (pictures: number): fc.Arbitrary<Answer> =>
  fc.oneof(
    fc
      .tuple(fc.constantFrom('general-vqa' as const, 'understanding-qa' as const, 'planning-qa' as const), label)
      .map(([kind, answer]) => ({ kind, answer })),
    along(pixel).map((trajectories) => ({ kind: 'trajectory-2d' as const, trajectories })),
    along(triple).map((trajectories) => ({ kind: 'trajectory-3d' as const, trajectories })),
    fc.tuple(fc.constantFrom('grounding-2d' as const, 'affordance' as const), boxes).map(([kind, boxes]) => ({ kind, boxes })),
    some(fc.record({ centre: triple, size: fc.tuple(length, length, length), rotation: triple, label }, { noNullPrototype: true })).map(
      (boxes) => ({ kind: 'grounding-3d' as const, boxes }),
    ),
    fc.tuple(fc.constantFrom('space-pointing' as const, 'object-pointing' as const), points).map(([kind, points]) => ({ kind, points })),
    fc
      .tuple(fc.array(fc.option(mask), { minLength: pictures, maxLength: pictures }), label)
      .map(([masks, label]) => ({ kind: 'mask-tracking' as const, masks, label })),
  );

const samples: fc.Arbitrary<ReasoningSample> = fc
  .array(image, { minLength: 1, maxLength: 3 })
  .chain((images) =>
    fc.tuple(answers(images.length), label).map(([answer, question]) => ({ ...answer, images, question }) as ReasoningSample),
  );

const sample: ReasoningSample = {
  kind: 'grounding-2d',
  images: [{ bytes: Uint8Array.from(PNG), width: 640, height: 480 }],
  question: 'Where are the cups?',
  boxes: [
    { box: [10.4, 20, 30.6, 40], label: 'red cup' },
    { box: [100, 200, 300, 400], label: 'blue "cup"' },
  ],
};

const plan: ReasoningSample = { kind: 'planning-qa', images: sample.images, question: 'What first?', answer: 'Open the drawer.' };

describe('a sample', () => {
  test('of every kind is valid', () => {
    fc.assert(fc.property(samples, (sample) => void expect(checkSample(sample, 'here')).toEqual(sample)));
  });

  test.each<[string, object, string]>([
    ['no sample', { ...plan, kind: 'riddle' }, 'kind: Invalid discriminator value'],
    [
      'a box outside',
      { ...sample, boxes: [{ box: [0, 0, 641, 2], label: 'a' }] },
      'boxes.0.box: (641, 2) is outside the picture of 640×480',
    ],
    ['a box inside out', { ...sample, boxes: [{ box: [9, 0, 5, 2], label: 'a' }] }, 'boxes.0.box: a box is [left, top, right, bottom]'],
    [
      'a point that is no number',
      { ...plan, answer: undefined, kind: 'space-pointing', points: [{ point: [Number.NaN, 1], label: 'a' }] },
      'points.0.point.0',
    ],
    ['no pictures', { ...plan, images: [] }, 'images: Too small'],
    ['no picture file', { ...plan, images: [{ bytes: Uint8Array.of(1, 2, 3), width: 1, height: 1 }] }, 'neither a JPEG nor a PNG'],
    ['neither bytes nor path', { ...plan, images: [{ width: 1, height: 1 }] }, 'images.0: expected bytes or a path'],
    ['another key', { ...plan, anwser: 'a' }, '"anwser"'],
    [
      'too few masks',
      { kind: 'mask-tracking', images: plan.images, question: 'a', label: 'a', masks: [] },
      'masks: there are 0 masks for 1 pictures',
    ],
    [
      'a mask of another size',
      { kind: 'mask-tracking', images: plan.images, question: 'a', label: 'a', masks: [{ size: [640, 480], counts: [1] }] },
      "masks.0.size: [height, width] is [640, 480], but the picture's [480, 640]; masks.0.counts: they add up to 1, not to 307200",
    ],
    [
      'an empty mask',
      { kind: 'mask-tracking', images: plan.images, question: 'a', label: 'a', masks: [{ size: [480, 640], counts: [307200] }] },
      'masks.0: the mask is empty: use null',
    ],
  ])('with %s is refused', (_, wrong, message) => {
    expect(() => checkSample(wrong, 'train.jsonl: row 3')).toThrow(message);
    expect(() => checkSample(wrong, 'train.jsonl: row 3')).toThrow('train.jsonl: row 3: ');
  });

  test.each(['../a.png', '/etc/a.png', 'a/../../b.png', 'a\\b.png', 'C:/a.png', './a.png', 'a//b.png', 'a\0.png', ''])(
    'with the path %j is refused',
    (file) => {
      expect(() => checkSample({ ...plan, images: [{ path: file, width: 1, height: 1 }] }, 'here')).toThrow('images.0.path: ');
    },
  );
});

describe('answers', () => {
  test('are written as Qwen2.5-VL writes them', () => {
    expect(renderAnswer(sample)).toBe(
      '```json\n[\n\t{"bbox_2d": [10, 20, 31, 40], "label": "red cup"},\n\t{"bbox_2d": [100, 200, 300, 400], "label": "blue \\"cup\\""}\n]\n```',
    );
    expect(renderAnswer({ kind: 'object-pointing', points: [{ point: [3, 4], label: 'knob' }] })).toBe(
      '```json\n[\n\t{"point_2d": [3, 4], "label": "knob"}\n]\n```',
    );
    const trajectories = [{ points: [[0.12345, -0.0001, 1]], label: 'hand' }] as { points: [number, number, number][]; label: string }[];
    expect(renderAnswer({ kind: 'trajectory-3d', trajectories })).toContain('{"trajectory_3d": [[0.123, 0, 1]], "label": "hand"}');
    expect(renderAnswer(plan)).toBe('Open the drawer.');
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(answers(3), (answer) => {
        const said =
          answer.kind !== 'mask-tracking'
            ? answer
            : {
                kind: answer.kind,
                boxes: answer.masks.flatMap((mask, frame) => (mask ? [{ frame, box: maskBox(mask), label: answer.label }] : [])),
              };
        expect(parseAnswer(answer.kind, renderAnswer(answer))).toEqual({ ok: true, answer: said });
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    'Here: [{"point_2d": [3, 4], "label": "knob"}].',
    '{"point_2d": [3, 4], "label": "knob"}',
    'The [left] one:\n```json\n[{"label": "knob", "point_2d": [3,4], "confidence": 1}]\n``` as [1] says.',
  ])('are understood in %j', (text) => {
    const answer = { kind: 'object-pointing', points: [{ point: [3, 4], label: 'knob' }] };
    expect(parseAnswer('object-pointing', text)).toEqual({ ok: true, answer });
  });

  test.each([
    ['I see no cup.', 'no-list', 'there is no JSON list in "I see no cup."'],
    ['', 'no-list', 'there is no JSON list'],
    ['```json\n[\n\t{"bbox_2d": [1, 2, 3, 4], "label": "a"},\n\t{"bbox_2d": [1, 2', 'malformed', 'the list is no JSON'],
    ['[{"bbox_2d": [1, 2, 3], "label": "a"}]', 'mismatch', '0.bbox_2d'],
    ['[{"point_2d": [1, 2], "label": "a"}]', 'mismatch', '0.bbox_2d'],
    ['[{"bbox_2d": [1, 2, 3, "4"], "label": "a"}]', 'mismatch', '0.bbox_2d.3'],
    ['[[1, 2, 3, 4]]', 'mismatch', '0: Invalid input'],
  ])('that are none are said to be so: %j', (text, reason, message) => {
    expect(parseAnswer('grounding-2d', text)).toEqual({ ok: false, error: { reason, message: expect.stringContaining(message) } });
  });
});

describe('masks', () => {
  test('are run lengths in columns, from the outside', () => {
    // 0 1 1
    // 0 0 1
    expect(encodeMask(Uint8Array.of(0, 1, 1, 0, 0, 1), 2, 3)).toEqual({ size: [2, 3], counts: [2, 1, 1, 2] });
    expect(encodeMask(Uint8Array.of(1, 0), 2, 1).counts).toEqual([0, 1, 1]);
    expect(() => encodeMask(new Uint8Array(5), 2, 3)).toThrow('a mask of 2×3 has 6 pixels, got 5');
  });

  test('are read as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(1), { minLength: 1, maxLength: 60 }), (width, bits) => {
        const height = Math.ceil(bits.length / width);
        const pixels = Uint8Array.from({ length: width * height }, (_, i) => bits[i] ?? 0);
        const mask = encodeMask(pixels, height, width);
        expect(decodeMask(mask)).toEqual(pixels);
        expect(maskArea(mask)).toBe(pixels.reduce((a, b) => a + b, 0));
      }),
    );
  });

  test('have boxes', () => {
    expect(maskBox(encodeMask(Uint8Array.of(0, 1, 1, 0, 0, 1), 2, 3))).toEqual([1, 0, 3, 2]);
    expect(maskBox(encodeMask(new Uint8Array(6), 2, 3))).toBeUndefined();
  });
});

describe('labels of transformed pictures', () => {
  const half = resizeTransform({ width: 640, height: 480 }, { width: 320, height: 120 });

  test('are scaled and moved', () => {
    expect(transformLabels(sample, half)).toEqual({
      kind: 'grounding-2d',
      boxes: [
        { box: [5.2, 5, 15.3, 10], label: 'red cup' },
        { box: [50, 50, 150, 100], label: 'blue "cup"' },
      ],
    });
    const { scale, offset, width, height } = letterboxTransform({ width: 640, height: 480 }, 224);
    expect({ scale, offset, width, height }).toEqual({ scale: [0.35, 0.35], offset: [0, 28], width: 224, height: 224 });
    const pointing = { kind: 'space-pointing' as const, points: [{ point: [320, 240] as [number, number], label: 'middle' }] };
    expect(transformLabels(pointing, letterboxTransform({ width: 640, height: 480 }, 224))).toMatchObject({
      points: [{ point: [112, 112] }],
    });
  });

  test('are valid in the new pictures, for every kind and size', () => {
    const sizes = fc.record({ width: fc.integer({ min: 30, max: 200 }), height: fc.integer({ min: 30, max: 200 }) });
    fc.assert(
      fc.property(answers(2), sizes, fc.boolean(), (answer, to, boxed) => {
        const from = { width: WIDTH, height: HEIGHT };
        const transform = boxed ? letterboxTransform(from, to.width) : resizeTransform(from, to);
        const { width, height } = transform;
        const images = Array(2).fill({ path: 'a.png', width, height });
        checkSample({ ...transformLabels(answer, transform), images, question: 'Where?' }, 'transformed');
      }),
    );
  });

  test('and their masks keep their areas, in proportion', () => {
    const pixels = Uint8Array.from({ length: 640 * 480 }, (_, i) => (Math.hypot((i % 640) - 300, Math.floor(i / 640) - 200) < 90 ? 1 : 0));
    const mask = encodeMask(pixels, 480, 640);
    const moved = transformLabels({ kind: 'mask-tracking', masks: [mask, null], label: 'ball' }, half);
    if (moved.kind !== 'mask-tracking' || !moved.masks[0]) throw new Error('the mask is gone');
    expect(moved.masks[0].size).toEqual([120, 320]);
    expect(maskArea(moved.masks[0]) / (maskArea(mask) / 8)).toBeCloseTo(1, 2);
    expect(moved.masks[1]).toBeNull();
  });

  test('do not belong to pictures of another size', () => {
    const mask = encodeMask(new Uint8Array(12).fill(1), 3, 4);
    const transform = letterboxTransform({ width: 5, height: 3 }, 8);
    expect(() => transformLabels({ kind: 'mask-tracking', masks: [mask], label: 'a' }, transform)).toThrow(
      'a mask of 4×3 pixels does not belong to a picture of 5×3',
    );
  });

  test('double back to what they were', () => {
    fc.assert(
      fc.property(mask, (mask) => {
        const [small, large] = [
          { width: WIDTH, height: HEIGHT },
          { width: 2 * WIDTH, height: 2 * HEIGHT },
        ];
        const [twice, back] = [resizeTransform(small, large), resizeTransform(large, small)];
        const answer = { kind: 'mask-tracking' as const, masks: [mask], label: 'a' };
        expect(transformLabels(transformLabels(answer, twice), back)).toEqual(answer);
      }),
      { numRuns: 20 },
    );
  });
});

/** What a dataset has, in order. */
async function all(where: string): Promise<ReasoningSample[]> {
  const source = await openReasoning(where);
  try {
    const found: ReasoningSample[] = [];
    for await (const sample of source.samples()) found.push(sample);
    return found;
  } finally {
    source.close();
  }
}

describe.each(['parquet', 'jsonl'] as const)('datasets of %s', (format) => {
  test('have what was written, in order and one by one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(samples, { maxLength: 12 }), fc.integer({ min: 1, max: 5 }), async (written, rowsPerShard) => {
        const folder = newFolder();
        expect(await writeReasoning(folder, written, { format, rowsPerShard })).toBe(written.length);
        expect(await all(folder)).toEqual(written);
        const source = await openReasoning(folder);
        const last = source.length - 1;
        if (last >= 0) expect(await Promise.all([source.read(last), source.read(0)])).toEqual([written[last], written[0]]);
        await expect(source.read(source.length)).rejects.toThrow(`${folder} has ${written.length} samples, and none with number`);
        source.close();
        expect(readdirSync(folder).filter((file) => file.startsWith('part-')).length).toBe(Math.ceil(written.length / rowsPerShard));
      }),
      { numRuns: 15 },
    );
  });

  test('more shards than are kept open are no matter', async () => {
    const folder = newFolder();
    const written = Array.from({ length: 80 }, (_, i) => ({ ...plan, answer: `step ${i}` }));
    await writeReasoning(folder, written, { format, rowsPerShard: 1 });
    const source = await openReasoning(folder);
    const order = Array.from({ length: 240 }, (_, i) => (i * 37) % 80);
    const read = await Promise.all(order.map((i) => source.read(i)));
    expect(read).toEqual(order.map((i) => written[i]));
    source.close();
  });

  test('close a shard when its pictures are large', async () => {
    const folder = newFolder();
    const large = { ...plan, images: [{ bytes: Uint8Array.from([...PNG, ...new Array(1000).fill(7)]), width: 9, height: 9 }] };
    await writeReasoning(folder, [large, large, large], { format, bytesPerShard: 2000 });
    expect(readdirSync(folder)).toEqual([`part-00000.${format}`, `part-00001.${format}`, 'reasoning.json']);
    expect(await all(path.join(folder, `part-00000.${format}`))).toEqual([large, large]);
  });

  test('may have their pictures beside them', async () => {
    const folder = newFolder();
    await writeReasoning(folder, [sample, plan], { format, images: 'beside' });
    const [first] = await all(folder);
    expect(first?.images).toEqual([{ path: 'images/00000000-0.png', width: 640, height: 480 }]);
    expect(await readPicture(folder, first?.images[0] as Image)).toEqual(Uint8Array.from(PNG));
  });

  test('are complete, or none', async () => {
    const folder = newFolder();
    const wrong = { ...sample, boxes: [{ box: [0, 0, 0, 0], label: 'nothing' }] } as ReasoningSample;
    await expect(writeReasoning(folder, [plan, plan, wrong], { format, rowsPerShard: 1 })).rejects.toThrow('sample 2: boxes.0.box');
    await expect(openReasoning(folder)).rejects.toThrow(`${folder} has no reasoning.json: it is no dataset, or one that was not written`);
    await writeReasoning(folder, [plan], { format });
    await expect(writeReasoning(folder, [plan], { format })).rejects.toThrow('there is a dataset in this folder already');
  });

  test('with fewer rows than their index says are refused', async () => {
    const folder = newFolder();
    await writeReasoning(folder, [plan, plan], { format });
    const index = path.join(folder, 'reasoning.json');
    writeFileSync(index, readFileSync(index, 'utf8').replace('"rows": 2', '"rows": 3'));
    const source = await openReasoning(folder);
    await expect(source.read(0)).rejects.toThrow(`part-00000.${format} has 2 rows, but was to have 3`);
    source.close();
    writeFileSync(index, JSON.stringify({ format: 'gear-vla reasoning 1', shards: [{ file: '../part-00000.jsonl', rows: 2 }] }));
    await expect(openReasoning(folder)).rejects.toThrow('reasoning.json is not valid');
  });
});

describe('lines written by hand', () => {
  const open = async (text: string): Promise<ReasoningSample[]> => {
    const file = path.join(root, `${folders++}.jsonl`);
    writeFileSync(file, text);
    return all(file);
  };
  const line = '{"kind": "general-vqa", "images": [{"path": "a.png", "width": 2, "height": 3}], "question": "Farbe?", "answer": "grün"}';

  test('may end as they like', async () => {
    for (const end of ['', '\n', '\r\n', '\n\n \n']) expect(await open(`${line}\r\n${line}${end}`)).toHaveLength(2);
    expect(await open('')).toEqual([]);
  });

  test.each([
    ['{"kind":', 'row 1: no JSON'],
    ['', 'row 1: no JSON'],
    ['null', 'row 1: the sample'],
    [line.replace('"answer"', '"anwser"'), 'row 1: answer: Invalid input'],
    [line.replace('a.png', '../a.png'), 'row 1: images.0.path: a path must be relative'],
    [line.replace('"path": "a.png"', '"base64": "a?b"'), 'row 1: images.0.base64: it is no base64'],
    [line.replace('"path": "a.png"', '"base64": "AAAA"'), 'row 1: images.0.bytes: the bytes are neither'],
  ])('that are wrong are named: %j', async (wrong, message) => {
    await expect(open(`${line}\n${wrong}\n${line}\n`)).rejects.toThrow(message);
  });
});

test('pictures outside of the folder are not read, by links either', async () => {
  const folder = newFolder();
  mkdirSync(folder);
  writeFileSync(path.join(root, 'secret.png'), Uint8Array.from(PNG));
  symlinkSync(path.join(root, 'secret.png'), path.join(folder, 'link.png'));
  writeFileSync(path.join(folder, 'text.png'), 'text');
  const picture = (file: string): Image => ({ path: file, width: 1, height: 1 });
  await expect(readPicture(folder, picture('link.png'))).rejects.toThrow('which is outside of');
  await expect(readPicture(folder, picture('../secret.png'))).rejects.toThrow('which is outside of');
  await expect(readPicture(folder, picture('text.png'))).rejects.toThrow('is neither a JPEG nor a PNG file');
  await expect(readPicture(folder, picture('none.png'))).rejects.toThrow('none.png');
});
