/** Views against Pillow's resampling and openpi's letterbox (`reference/pillow_views.py`): the same to the bit. */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { letterbox, letterboxPlace, type Picture, resize } from '../../src/robot/views.ts';
import { readSafetensors } from '../../src/tensor/safetensors.node.ts';
import { compiledResize, compileResize } from '../support/wasm.ts';

const { tensors } = await readSafetensors(fileURLToPath(new URL('../fixtures/views.safetensors', import.meta.url)));

const picture = (name: string): Picture => {
  const { shape, data } = tensors.get(name) as { shape: readonly number[]; data: Uint8Array };
  return { height: shape[0] as number, width: shape[1] as number, data };
};

test.each([...tensors.keys()].filter((name) => name.includes(' to ')))('%s as Pillow does', (name) => {
  const [from = '', to = ''] = name.split(' to ');
  const [width = 0, height = 0] = to.split('x').map(Number);
  expect(resize(picture(from), width, height)).toEqual(picture(name));
});

test.each([...tensors.keys()].filter((name) => name.includes(' in ')))('%s as openpi does', (name) => {
  const [from = '', size] = name.split(' in ');
  expect(letterbox(picture(from), Number(size))).toEqual(picture(name));
});

test('the fixture is not empty', () => expect([...tensors.keys()]).toHaveLength(3 * (1 + 5 + 3)));

test('a picture of one colour stays so, and fills just its place in the letterbox', () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(side, side, side, fc.integer({ min: 1, max: 255 }), (width, height, size, value) => {
      const plain = { width, height, data: new Uint8Array(3 * width * height).fill(value) };
      const place = letterboxPlace(plain, size);
      const { data } = letterbox(plain, size);
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const inside = x >= place.left && x < place.left + place.width && y >= place.top && y < place.top + place.height;
          expect(data[3 * (y * size + x)]).toBe(inside ? value : 0);
        }
      }
    }),
  );
});

test('says what is wrong with a picture or a size', () => {
  expect(() => letterbox({ width: 4, height: 4, data: new Uint8Array(47) }, 2)).toThrow(
    'a picture of 4×4 RGB pixels has 48 bytes, but this one has 47',
  );
  expect(() => resize({ width: 1, height: 1, data: new Uint8Array(3) }, 0, 2)).toThrow(
    'the sides must be whole numbers from 1 up, got 0×2',
  );
});

test('the vector code is that of its source', async () => {
  expect(compiledResize()).toBe(await compileResize());
});
