import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPlaces, parsePlaces } from '../../src/tokens/coordinates.ts';
import { type VocabularyOptions, vocabulary } from '../../src/tokens/vocabulary.ts';

// Qwen2.5-VL's text: 151,643 byte pairs and 22 special tokens.
const qwen = vocabulary({ textTokens: 151_665 });

describe('the layout', () => {
  test('is text, latent actions, FAST actions, in this order', () => {
    expect(qwen.text).toEqual({ start: 0, end: 151_665 });
    expect(qwen.latent).toEqual({ start: 151_665, end: 151_681 });
    expect(qwen.fast).toEqual({ start: 151_681, end: 153_729 });
    expect(qwen.coordinates).toEqual({ start: 153_729, end: 153_729 });
    expect(qwen.size).toBe(153_792);
    expect(qwen.size % 64).toBe(0);
    expect(qwen.latentLength).toBe(16);
  });

  test('can have coordinates, and use free rows of an embedding', () => {
    const layout = vocabulary({ textTokens: 300, fastTokens: 100, latentStart: 600, fastStart: 400, coordinateTokens: 10, multipleOf: 1 });
    expect(layout.coordinates).toEqual({ start: 616, end: 626 });
    expect(layout.size).toBe(626);
    expect(layout.coordinateBin(layout.coordinateToken(9))).toBe(9);
  });

  test.each<[Partial<VocabularyOptions>, string]>([
    [{ textTokens: 0 }, 'textTokens must be a whole number from 1 up, got 0'],
    [{ multipleOf: 1.5 }, 'multipleOf must be'],
    [{ fastTokens: -1 }, 'fast ids must begin at and number whole numbers from 0 up'],
    [{ latent: { transitions: 4, slots: 3, groups: 2, entries: 8 } }, '3 latent slots cannot be shared evenly by 2 groups'],
    [{ latentStart: 299 }, 'latent ids begin at 299, but text ids end at 300'],
    [{ fastStart: 310 }, 'fast ids begin at 310, but latent ids end at 316'],
    [{ fastTokens: 0, fastStart: 50, latentStart: 60 }, 'latent ids begin at 60, but text ids end at 300'],
    [{ latentStart: 500, fastStart: 400 }, 'latent ids begin at 500, but fast ids end at 2448'],
  ])('%j is refused', (wrong, message) => {
    expect(() => vocabulary({ textTokens: 300, ...wrong })).toThrow(message);
  });
});

describe('ids', () => {
  test('go both ways', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1 }), fc.nat({ max: 7 }), fc.nat({ max: 2047 }), (group, entry, fastId) => {
        expect(qwen.latentCode(qwen.latentToken(group, entry))).toEqual({ group, entry });
        expect(qwen.fastId(qwen.fastToken(fastId))).toBe(fastId);
      }),
    );
    expect(qwen.latentToken(1, 0)).toBe(151_665 + 8);
  });

  test('of latent tokens alternate between groups, two slots each', () => {
    expect(Array.from({ length: 16 }, (_, i) => qwen.latentGroup(i))).toEqual([0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]);
    const entries = Array.from({ length: 16 }, (_, i) => i % 8);
    const ids = qwen.latentTokens(entries);
    expect([...qwen.latentEntries(ids)]).toEqual(entries);
    ids.forEach((id, i) => {
      const { start, end } = qwen.latentChoices(i);
      expect(id >= start && id < end).toBe(true);
    });
  });

  test('outside are errors', () => {
    expect(() => qwen.fastToken(2048)).toThrow('FAST id 2048 is not one of 0 … 2047');
    expect(() => qwen.fastId(151_680)).toThrow('id 151680 is no FAST action; those are 151681 … 153728');
    expect(() => qwen.latentToken(2, 0)).toThrow('latent group 2 is not one of 0 … 1');
    expect(() => qwen.latentToken(0, 8)).toThrow('latent entry 8 is not one of 0 … 7');
    expect(() => qwen.latentCode(0)).toThrow('id 0 is no latent action');
    expect(() => qwen.latentGroup(16)).toThrow('position of a latent token 16');
    expect(() => qwen.latentTokens([1, 2])).toThrow('a chunk has 16 latent entries, got 2');
    expect(() => qwen.latentEntries(new Int32Array(16).fill(151_665))).toThrow('at latent position 2 is of group 0, expected 1');
    expect(() => qwen.coordinateToken(0)).toThrow('coordinate 0');
  });
});

describe('boxes and points', () => {
  const places = [
    { bbox_2d: [12, 34, 156, 278], label: 'red "cube"' },
    { point_2d: [7, 8], label: '' },
  ] as const;

  test("are written as Qwen2.5-VL's, and read back", () => {
    expect(formatPlaces(places)).toBe(
      '```json\n[\n\t{"bbox_2d": [12, 34, 156, 278], "label": "red \\"cube\\""},\n\t{"point_2d": [7, 8], "label": ""}\n]\n```',
    );
    expect(parsePlaces(`Here it is:\n${formatPlaces(places)} .`)).toEqual(places);
    expect(formatPlaces([{ point_2d: [1.4, 2.6], label: 'x' }])).toContain('[1, 3]');
  });

  test('are read back whatever their labels, with and without prose around them', () => {
    const label = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('```', '\n', ...'[]{}"\\ ')) });
    fc.assert(
      fc.property(label, (text) => {
        const one = [{ bbox_2d: [1, 2, 3, 4], label: text }];
        const block = formatPlaces([{ bbox_2d: [1, 2, 3, 4], label: text }]);
        expect(parsePlaces(block)).toEqual(one);
        expect(parsePlaces(`These [two] places:\n${block}\nare {all}.`)).toEqual(one);
        expect(parsePlaces(`At ${JSON.stringify(one)}.`)).toEqual(one);
      }),
    );
    expect(parsePlaces(formatPlaces([{ bbox_2d: [0, 0, 1, 2], label: 'a ``` b' }]))).toEqual([{ bbox_2d: [0, 0, 1, 2], label: 'a ``` b' }]);
    expect(parsePlaces(`${formatPlaces(places)}\nor\n${formatPlaces([])}`)).toEqual(places);
  });

  test('may come after prose, in a block of one line, or in one that does not end', () => {
    const expected = [{ point_2d: [1, 2], label: '' }];
    expect(parsePlaces('Here: [{"point_2d": [1, 2]}]')).toEqual(expected);
    expect(parsePlaces('```json [{"point_2d": [1, 2]}]```')).toEqual(expected);
    expect(parsePlaces('```json\r\n{"point_2d": [1, 2]}\r\n```')).toEqual(expected);
    expect(parsePlaces('```json\n[{"point_2d": [1, 2]}]')).toEqual(expected);
    // Not the first alone, where there are others.
    expect(() => parsePlaces('{"point_2d": [1, 2]} {"point_2d": [3, 4]}')).toThrow('the answer has no boxes or points');
    expect(() => parsePlaces('[{"point_2d": [1, 2]}, {"point_2d": [3')).toThrow('the answer has no boxes or points');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('are not written with %d', (wrong) => {
    expect(() => formatPlaces([{ bbox_2d: [0, wrong, 1, 2], label: 'cup' }])).toThrow(`formatPlaces: bbox_2d of "cup" has ${wrong}`);
    expect(() => formatPlaces([{ point_2d: [wrong, 1], label: '' }])).toThrow(`formatPlaces: point_2d of "" has ${wrong}`);
  });

  test('may stand alone', () => {
    expect(parsePlaces('{"bbox_2d": [1, 2, 3, 4]}')).toEqual([{ bbox_2d: [1, 2, 3, 4], label: '' }]);
    expect(parsePlaces('[]')).toEqual([]);
  });

  test.each(['I see nothing.', '{"bbox_2d": [1, 2, 3]}', '```json\n[1]\n```'])('%j is an error', (answer) => {
    expect(() => parsePlaces(answer)).toThrow('the answer has no boxes or points');
  });
});
