/** Positions of sequences. That they are `get_rope_index`'s is shown by the goldens of `golden-qwen.test.ts`. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layoutPositions, type Stretch, sequencePositions, stretchLength } from '../../src/model/multimodal-positions.ts';
import { hostTensor, numbers } from '../../src/tensor/host.ts';

const [IMAGE, START, TEXT, PAD] = [9, 7, 1, 0];
const tokens = { image: IMAGE, start: START };

test('the example of the Qwen2-VL paper: text, an image, text', () => {
  const { positions, next } = layoutPositions([2, { rows: 2, columns: 3 }, 2]);
  expect(positions).toEqual([
    [0, 1, 2, 2, 2, 2, 2, 2, 5, 6],
    [0, 1, 2, 2, 2, 3, 3, 3, 5, 6],
    [0, 1, 2, 3, 4, 2, 3, 4, 5, 6],
  ]);
  expect(next).toBe(7);
});

const side = fc.integer({ min: 1, max: 4 });
const stretches: fc.Arbitrary<Stretch[]> = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.record({ rows: side, columns: side })), {
  maxLength: 5,
});

test('go on where they stopped', () => {
  fc.assert(
    fc.property(stretches, stretches, (first, second) => {
      const { positions, next } = layoutPositions([...first, ...second]);
      const before = layoutPositions(first);
      const after = layoutPositions(second, before.next);
      expect(positions).toEqual(before.positions.map((axis, i) => [...axis, ...(after.positions[i] as number[])]));
      expect(next).toBe(after.next);
      expect(positions[0]).toHaveLength([...first, ...second].reduce<number>((sum, stretch) => sum + stretchLength(stretch), 0));
    }),
  );
});

/** Ids of a sequence: every image has a start token before it, which is text. */
const idsOf = (layout: readonly Stretch[]): number[] =>
  layout.flatMap((stretch) => {
    if (typeof stretch === 'number') return Array<number>(stretch).fill(TEXT);
    return [START, ...Array<number>(stretchLength(stretch)).fill(IMAGE)];
  });

/** The same with that token counted. */
const counted = (layout: readonly Stretch[]): Stretch[] =>
  layout.flatMap((stretch) => (typeof stretch === 'number' ? [stretch] : [1, stretch]));

test('of token ids are those of their layout, wherever the padding is', () => {
  fc.assert(
    fc.property(fc.array(stretches, { minLength: 1, maxLength: 3 }), fc.boolean(), (rows, left) => {
      const ids = rows.map(idsOf);
      const length = Math.max(...ids.map((row) => row.length)) + 1;
      const pad = (row: readonly number[], fill: number): number[] => {
        const padding = Array<number>(length - row.length).fill(fill);
        return left ? [...padding, ...row] : [...row, ...padding];
      };
      const images = rows.flat().filter((stretch) => typeof stretch !== 'number');
      const { positions, deltas } = sequencePositions(
        hostTensor(
          'i32',
          [rows.length, length],
          ids.flatMap((row) => pad(row, PAD)),
        ),
        {
          ...tokens,
          images,
          mask: hostTensor(
            'i32',
            [rows.length, length],
            ids.flatMap((row) =>
              pad(
                row.map(() => 1),
                0,
              ),
            ),
          ),
        },
      );
      const layouts = rows.map((row) => layoutPositions(counted(row)));
      expect([...numbers(positions)]).toEqual(
        [0, 1, 2].flatMap((axis) => layouts.flatMap((known) => pad(known.positions[axis] as number[], 1))),
      );
      expect([...numbers(deltas)]).toEqual(layouts.map(({ next }) => next - length));
    }),
  );
});

describe('images that are not those of the sequence are refused', () => {
  const square = { rows: 2, columns: 2 };
  const one = idsOf([2, square, 1]);
  test.each<[string, number[], (typeof square)[], string]>([
    ['none left', one, [], 'the sequence has an image at token 3, but there are no more images'],
    ['one too many', one, [square, square], 'the sequences have places for 1 of 2 images'],
    ['a larger one', one, [{ rows: 2, columns: 3 }], 'the image at token 3 has 2 × 3 cells, but not as many tokens 9 stand for it'],
    ['a smaller one', one, [{ rows: 1, columns: 2 }], 'the image at token 3 has 1 × 2 cells, but not as many tokens 9 stand for it'],
  ])('%s', (_, ids, images, message) => {
    expect(() => sequencePositions(hostTensor('i32', [1, ids.length], ids), { ...tokens, images })).toThrow(message);
  });
});
