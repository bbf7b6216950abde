import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bpe } from '../../src/tokens/bpe.ts';
import { type ActionChunk, FastDecodeError, fastTokenizer, quantisationBound, quantise } from '../../src/tokens/fast.ts';
import { loadFast, saveFast } from '../../src/tokens/fast-files.ts';
import { fitFast } from '../../src/tokens/fast-fit.ts';
import { makeChunks } from './chunks.ts';
import { fixture, tokenizerFile } from './fixture.ts';

const processor = (minToken: number, vocabulary: number): string =>
  JSON.stringify({ scale: 10, vocab_size: vocabulary, min_token: minToken, action_dim: null, time_horizon: null });

describe.each(Object.entries(fixture.fast))('Python, %s', (name, recipe) => {
  const chunks = makeChunks(recipe);
  const python = loadFast({ tokenizer: tokenizerFile(`fast_${name}`), processor: processor(recipe.min_token, recipe.vocab_size) });

  test('gives the same ids', () => {
    const low = { ...recipe, data: new Float64Array(recipe.horizon * recipe.dims).fill(-100) };
    expect([...chunks.slice(0, 5), low].map((chunk) => [...python.encode(chunk)])).toEqual(recipe.ids);
  });

  test('decodes them to the same actions', () => {
    // They are rounded to f32 here.
    expect(python.decode(recipe.ids[0] as number[], recipe)).toBeAllclose(recipe.decoded, { rtol: 1e-7, atol: 1e-7 });
  });

  test('fits the same vocabulary and merges, and writes the same file', () => {
    const fitted = fitFast(chunks, { scale: recipe.scale, vocabularySize: recipe.vocab_size });
    expect(fitted.config).toEqual({
      scale: 10,
      minToken: recipe.min_token,
      vocabularySize: recipe.vocab_size,
      horizon: recipe.horizon,
      dims: recipe.dims,
    });
    expect(saveFast(fitted).tokenizer).toBe(tokenizerFile(`fast_${name}`));
  });
});

const recipe = { seed: 10, count: 60, horizon: 10, dims: 3, amplitude: 1, noise: 8 };
const chunks = makeChunks(recipe);
const fitted = fitFast(chunks, { vocabularySize: 400 });

describe('encode and decode', () => {
  test('are within the bound for any chunk that the vocabulary covers', () => {
    const { value, rms } = quantisationBound(10, 10);
    fc.assert(
      fc.property(fc.constantFrom(...chunks), fc.constantFrom(1, 0.5), ({ data }, factor) => {
        const chunk = { ...recipe, data: Array.from(data, (x) => factor * x) };
        const encoded = attempt(() => fitted.encode(chunk));
        // A coefficient may have a character for which the data had no byte.
        fc.pre(encoded !== undefined);
        const errors = Array.from(fitted.decode(encoded as Int32Array), (x, i) => Math.abs(x - (chunk.data[i] as number)));
        expect(Math.max(...errors)).toBeLessThanOrEqual(value + 1e-6);
        for (let d = 0; d < 3; d++) {
          const squares = errors.filter((_, i) => i % 3 === d).map((x) => x * x);
          expect(Math.sqrt(squares.reduce((a, b) => a + b) / 10)).toBeLessThanOrEqual(rms + 1e-6);
        }
      }),
    );
  });

  test('are exact for coefficients', () => {
    for (const chunk of chunks) {
      const ids = fitted.encode(chunk);
      expect(fitted.encode({ ...recipe, data: fitted.decode(ids) })).toEqual(ids);
    }
  });

  test('a value can be off by the bound, and not by more', () => {
    // All coefficients half a step off, with the signs that add up at the first time step.
    const { value } = quantisationBound(30, 10);
    const worst = (1 / Math.sqrt(30) + 29 * Math.sqrt(2 / 30)) * 0.05;
    expect(value).toBeCloseTo(worst, 12);
  });
});

describe('chunks that a tokenizer was not fitted on', () => {
  const spare = 200;
  const any = fitFast(chunks, { vocabularySize: 400, everyByte: true, spare });
  const { minToken } = any.config;
  const larger = fc
    .record({ seed: fc.nat(), noise: fc.nat({ max: 300 }), amplitude: fc.double({ min: 0, max: 3, noNaN: true }) })
    .map((drawn) => makeChunks({ ...recipe, ...drawn, count: 1 })[0] as ActionChunk);

  test('are within the bound, if they are three times as large, or larger but above minToken', () => {
    const { value } = quantisationBound(10, 10);
    expect(minToken).toBe(fitted.config.minToken - spare);
    fc.assert(
      fc.property(larger, fc.constantFrom(0, 1000), (chunk, offset) => {
        const data = Float64Array.from(chunk.data, (x) => x + offset);
        expect(Math.min(...quantise({ ...chunk, data }, 10))).toBeGreaterThanOrEqual(minToken);
        const decoded = any.decode(any.encode({ ...chunk, data }));
        // Numbers of this size are rounded to f32 at the end.
        for (const [i, x] of decoded.entries()) expect(Math.abs(x - (data[i] as number))).toBeLessThanOrEqual(value + 1e-6 * (1 + offset));
      }),
    );
  });

  test('have the coefficients below minToken raised to it', () => {
    const low = { horizon: 10, dims: 3, data: new Float64Array(30).fill(-50) };
    expect(Math.min(...quantise(low, 10))).toBeLessThan(minToken);
    const raised = minToken / 10 / Math.sqrt(10);
    expect(any.decode(any.encode(low))).toBeAllclose(new Float64Array(30).fill(raised), { rtol: 1e-6, atol: 0 });
  });

  test('can have any coefficient up to the last character', () => {
    const single = { horizon: 1, dims: 1 };
    for (let coefficient = minToken; coefficient < minToken + 0xd800; coefficient += coefficient < 3000 ? 1 : 997) {
      const ids = any.encode({ ...single, data: [coefficient / 10] });
      expect(any.decode(ids, single)[0]).toBe(Math.fround(coefficient / 10));
    }
    expect(() => any.encode({ ...single, data: [(minToken + 0xd800) / 10] })).toThrow('there is no character for it');
  });

  test('as a file too', () => {
    const loaded = loadFast(saveFast(any));
    const [chunk] = makeChunks({ ...recipe, amplitude: 3, count: 1 }) as [ActionChunk];
    expect(loaded.encode(chunk)).toEqual(any.encode(chunk));
  });

  test('need ids for all bytes, and whole numbers to spare', () => {
    expect(() => fitFast(chunks, { vocabularySize: 255, everyByte: true })).toThrow('every byte is to have a token, but there are 255 ids');
    expect(() => fitFast(chunks, { spare: 0.5 })).toThrow('spare must be a whole number from 0 up, got 0.5');
    expect(() => fitFast(chunks, { spare: 1000 })).toThrow(/go from -\d+ to \d+, more than a vocabulary of 1024 can tell apart/);
    expect(() => fitFast(chunks, { spare: 60000, everyByte: true })).toThrow('more than there are characters for');
  });
});

const attempt = <T>(f: () => T): T | undefined => {
  try {
    return f();
  } catch {
    return undefined;
  }
};

describe('ids that are no chunk', () => {
  const ids = [...fitted.encode(chunks[0] as ActionChunk)];
  const reasonOf = (wrong: readonly number[]): string | undefined => {
    try {
      fitted.decode(wrong);
    } catch (error) {
      if (error instanceof FastDecodeError) return error.reason;
      throw error;
    }
    return undefined;
  };

  test('are an error that says why', () => {
    expect(() => fitted.decode(ids.slice(0, -1))).toThrow(/cut short: got \d+ coefficients, but 10 steps of 3 dimensions have 30/);
    expect(reasonOf([])).toBe('cut short');
    expect(reasonOf([...ids, ...ids])).toBe('too long');
    expect(() => fitted.decode([ids[0] as number, 400])).toThrow('unknown id: id 400 at position 1 is not one of the vocabulary');
    for (const id of [-1, 0.5, Number.NaN]) expect(reasonOf([id])).toBe('unknown id');
  });

  test('are never taken for one of another length', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 450 }), { maxLength: 60 }), (garbage) => {
        const reason = reasonOf(garbage);
        if (reason !== undefined) expect(['unknown id', 'invalid UTF-8', 'cut short', 'too long']).toContain(reason);
        // What can be decoded says all it was decoded from: other ids of the same text, perhaps, but not zeros for nothing.
        else
          expect(attempt(() => fitted.decode(fitted.encode({ ...recipe, data: fitted.decode(garbage) })))).toEqual(fitted.decode(garbage));
      }),
    );
  });

  test('bytes that are no UTF-8 are found', () => {
    const { tokenizer } = saveFast(fitted);
    const wide = loadFast({ tokenizer: tokenizerFile('fast_wide'), processor: processor(-352, 1600) });
    expect(tokenizer).toContain('"vocab"');
    const vocabulary = (JSON.parse(tokenizerFile('fast_wide')) as { model: { vocab: Record<string, number> } }).model.vocab;
    // "Å" is the byte 0xc5, which begins a character of two.
    const begins = vocabulary.Å as number;
    expect(() => wide.decode([begins], { horizon: 1, dims: 1 })).toThrow('invalid UTF-8: the last character, 0xc5, is not complete');
    expect(() => wide.decode([begins, begins], { horizon: 1, dims: 1 })).toThrow('invalid UTF-8: 0xc5 0xc5 up to position 1');
    // A character in two tokens is one coefficient.
    const ends = vocabulary['¡'] as number;
    expect([...wide.decode([begins, ends], { horizon: 1, dims: 1 })]).toEqual([Math.fround((0x161 - 352) / 10)]);
  });
});

test('the bytes of tokens are those of the byte pairs', () => {
  expect(fitted.tokenBytes).toEqual(bpe(fitted.model).bytes);
});

describe('mistakes', () => {
  test('chunks of another size, not finite or not normalised', () => {
    const chunk = { horizon: 2, dims: 2, data: [0, 0, 0, 0] };
    expect(() => fitted.encode({ ...chunk, dims: 3 })).toThrow('a chunk of 2 × 3 has 6 numbers, got 4');
    expect(() => fitted.encode({ ...chunk, data: [0, 0, 0, Number.NaN] })).toThrow('NaN at step 1, dimension 1');
    expect(() => fitted.encode({ ...chunk, data: [0, 1e300, 0, 0] })).toThrow('the chunk is not normalised');
    expect(() => fitted.encode({ ...chunk, data: [0, 1e5, 0, 0] })).toThrow('there is no character for it');
    expect(() => fitted.encode({ ...chunk, data: [0, 50, 0, 0] })).toThrow('the vocabulary has no token for byte');
  });

  test('fits without data or room', () => {
    expect(() => fitFast([])).toThrow('there are no chunks');
    expect(() => fitFast(chunks, { vocabularySize: 20 })).toThrow(/from -\d+ to \d+, more than a vocabulary of 20 can tell apart/);
  });

  test('no shape, no scale, too many tokens', () => {
    const { model, config } = fitted;
    const { horizon, dims, ...rest } = config;
    expect([horizon, dims]).toEqual([10, 3]);
    expect(() => fastTokenizer(model, rest).decode([0])).toThrow('say horizon and dims of the chunk');
    expect(() => fastTokenizer(model, { ...config, scale: 0 })).toThrow('the scale must be positive, got 0');
    expect(() => fastTokenizer(model, { ...config, minToken: 0.5 })).toThrow('minToken must be a whole number');
    expect(() => fastTokenizer(model, { ...config, vocabularySize: 3 })).toThrow('tokens, but vocabularySize is 3');
  });
});

describe('files', () => {
  const files = saveFast(fitted);

  test('make the same tokenizer again', () => {
    expect(loadFast(files).config).toEqual(fitted.config);
    expect(loadFast(files).model).toEqual(fitted.model);
    expect(JSON.parse(files.processor)).toEqual({
      processor_class: 'UniversalActionProcessor',
      scale: 10,
      vocab_size: 400,
      min_token: fitted.config.minToken,
      action_dim: 3,
      time_horizon: 10,
    });
  });

  test.each<[string, Partial<typeof files>, string]>([
    ['no JSON', { tokenizer: '{' }, 'tokenizer.json is not JSON'],
    ['another kind', { tokenizer: files.tokenizer.replace('"BPE"', '"Unigram"') }, 'tokenizer.json: model.type'],
    ['another normaliser', { tokenizer: files.tokenizer.replace('"normalizer":null', '"normalizer":{"type":"NFC"}') }, 'normalizer'],
    ['ids with a gap', { tokenizer: files.tokenizer.replace('"!":33,', '"!":3300,') }, 'token "!" has id 3300'],
    ['merges of nothing', { tokenizer: files.tokenizer.replace('"merges":[', '"merges":[["no","thing"],') }, 'merge 0 is of "no"'],
    ['no scale', { processor: files.processor.replace('"scale": 10', '"scale": 0') }, 'processor_config.json: scale'],
  ])('%s is refused', (_, wrong, message) => {
    expect(() => loadFast({ ...files, ...wrong })).toThrow(message);
  });

  test('merges may be written the old way, as one text', () => {
    const json = JSON.parse(files.tokenizer) as { model: { merges: string[][] } };
    const old = JSON.stringify({ ...json, model: { ...json.model, merges: json.model.merges.map((pair) => pair.join(' ')) } });
    expect(loadFast({ ...files, tokenizer: old }).model.merges).toEqual(fitted.model.merges);
  });
});
