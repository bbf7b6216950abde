/** Samples of reasoning as canonical ones: pictures in the slots of views, labels where the letterbox has put them. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { encodeImage } from '../../src/data/images.ts';
import { parseAnswer, renderAnswer } from '../../src/data/reasoning/answer.ts';
import { reasoningCanonical } from '../../src/data/reasoning/canonical.ts';
import { openReasoning, writeReasoning } from '../../src/data/reasoning/files.ts';
import { encodeMask } from '../../src/data/reasoning/masks.ts';
import type { ReasoningSample } from '../../src/data/reasoning.ts';
import { letterbox } from '../../src/robot/views.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-canonical-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A picture of one level. */
const plain = (width: number, height: number, level: number) => ({ width, height, data: new Uint8Array(3 * width * height).fill(level) });
const image = async (width: number, height: number, level: number) => ({
  bytes: await encodeImage(plain(width, height, level), 'png'),
  width,
  height,
});

/** A mask of the right half. */
const rightHalf = (width: number, height: number) =>
  encodeMask(
    Uint8Array.from({ length: width * height }, (_, i) => Number(i % width >= width / 2)),
    height,
    width,
  );

const samples: ReasoningSample[] = [
  {
    kind: 'mask-tracking',
    images: [await image(64, 64, 10), await image(128, 128, 20), await image(128, 64, 30), await image(64, 64, 40)],
    question: 'follow the ball',
    masks: [rightHalf(64, 64), rightHalf(128, 128), rightHalf(128, 64), null],
    label: 'ball',
  },
  { kind: 'grounding-2d', images: [await image(640, 480, 50)], question: 'where?', boxes: [{ box: [100, 100, 103, 103], label: 'screw' }] },
  { kind: 'general-vqa', images: [await image(8, 8, 60)], question: 'what?', answer: 'a plate' },
  { kind: 'general-vqa', images: [{ path: 'gone.png', width: 8, height: 8 }], question: 'what?', answer: 'a plate' },
  { kind: 'general-vqa', images: [{ ...(await image(8, 8, 60)), width: 9 }], question: 'what?', answer: 'a plate' },
];
await writeReasoning(path.join(folder, 'samples'), samples);
const source = await openReasoning(path.join(folder, 'samples'));
const canonical = (index: number, viewSize = 96) => reasoningCanonical(source, index, { viewSize }, { seed: 1, draw: 0 });

test('pictures are letterboxed, each by its own size, and so are their masks', async () => {
  const { images, viewMask, answer, instruction, actionMask, stateMask } = await canonical(0, 32);
  expect(instruction).toBe('follow the ball');
  expect([...viewMask]).toEqual([1, 1, 1]);
  expect([actionMask, stateMask].every((mask) => mask.every((bit) => bit === 0))).toBe(true);
  const bytes = 3 * 32 * 32;
  for (const [slot, picture] of [plain(64, 64, 10), plain(128, 128, 20), plain(128, 64, 30)].entries()) {
    expect(images.subarray(slot * bytes, (slot + 1) * bytes)).toEqual(letterbox(picture, 32).data);
  }
  const found = parseAnswer('mask-tracking', answer);
  expect(found).toMatchObject({
    ok: true,
    answer: {
      boxes: [
        { frame: 0, box: [16, 0, 32, 32] },
        { frame: 1, box: [16, 0, 32, 32] },
        { frame: 2, box: [16, 8, 32, 24] },
      ],
    },
  });
});

test('a box that is smaller than a pixel of the view is still one', async () => {
  const found = parseAnswer('grounding-2d', (await canonical(1)).answer);
  if (!found.ok || found.answer.kind !== 'grounding-2d') throw new Error('no answer');
  const [left, top, right, bottom] = found.answer.boxes[0]?.box ?? [0, 0, 0, 0];
  // 100…103 of 640 pixels are 15…15.45 of 96; below 12 rows of black.
  expect([left, top, right, bottom]).toEqual([15, 27, 16, 28]);
  expect(
    renderAnswer({ kind: 'grounding-3d', boxes: [{ centre: [0, 0, 1], size: [1e-5, 1, 1], rotation: [0, 0, 0], label: 'a' }] }),
  ).toContain('0.001');
});

test('text is left as it is', async () => {
  const { answer, viewMask } = await canonical(2);
  expect(answer).toBe('a plate');
  expect([...viewMask]).toEqual([1, 0, 0]);
  expect((await canonical(2, 0)).images).toHaveLength(0);
});

test('says which picture is missing, or not as large as it says', async () => {
  await expect(canonical(3)).rejects.toThrow(/picture 0 of sample 3 in .*samples: ENOENT/);
  await expect(canonical(4)).rejects.toThrow(/picture 0 of sample 4 in .*samples has 8×8 pixels, but the sample says 9×8/);
});
