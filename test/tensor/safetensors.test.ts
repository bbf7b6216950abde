import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DTYPES, type DType } from '../../src/tensor/dtype.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { parseSafetensors, SafetensorsError, safetensorsParts } from '../../src/tensor/safetensors.ts';

const join = (parts: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...parts]));

/** A file with the given header text and data bytes, made without the code under test. */
function file(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
}

/** The file with another last byte. */
function withData(bytes: Uint8Array, last: number): Uint8Array {
  bytes[bytes.length - 1] = last;
  return bytes;
}

const tensors: fc.Arbitrary<HostTensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(DTYPES) as DType[])),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  })
  .map(({ dtype, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return hostTensor(
      dtype,
      shape,
      Array.from({ length: size }, (_, i) => (i * 7) % 2),
    );
  });

describe('safetensors', () => {
  test('what is written is read back', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
          tensors,
        ),
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__'),
          fc.string(),
        ),
        (entries, metadata) => {
          const written = { tensors: new Map(Object.entries(entries)), metadata };
          const read = parseSafetensors(join(safetensorsParts(written)));
          expect(read.metadata).toEqual(metadata);
          expect(new Map([...read.tensors].sort())).toEqual(new Map([...written.tensors].sort()));
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  test('the data of a written file is aligned to 8 bytes', () => {
    const [header] = safetensorsParts({ tensors: new Map([['x', hostTensor('f32', [1], [1])]]), metadata: { a: 'bc' } });
    expect((header as Uint8Array).length % 8).toBe(0);
  });

  const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });

  test.each([
    ['an empty file', new Uint8Array(0), 'the file has 0 bytes, too few for a header'],
    [
      'a header longer than the file',
      file({ x: f32(0, 8) }, 8).slice(0, 20),
      /the header claims \d+ bytes, but the file has only 12 after its first 8/,
    ],
    [
      'a header over 100 MB',
      new Uint8Array(Buffer.from('ffffffffffffff00', 'hex')),
      /the header claims \d+ bytes; more than 100000000 are refused/,
    ],
    ['a header that is not JSON', file('{"x": ', 0), /the header is not JSON/],
    ['a header that is no object', file('[1]', 0), 'the header is not a JSON object'],
    ['truncated data', file({ x: f32(0, 8) }, 4), 'the tensors need 8 bytes of data, but the file has 4'],
    ['data that nobody asked for', file({ x: f32(0, 8) }, 12), 'the tensors need 8 bytes of data, but the file has 12'],
    [
      'overlapping tensors',
      file({ x: f32(0, 8), y: f32(4, 12) }, 12),
      /the data of "y" begins 4 bytes into the data, but what comes before it ends at 8 \(at byte \d+\)/,
    ],
    [
      'a gap',
      file({ x: f32(0, 4), y: f32(8, 12) }, 12),
      /the data of "y" begins 8 bytes into the data, but what comes before it ends at 4 \(at byte \d+\)/,
    ],
    ['offsets that do not fit the shape', file({ x: f32(0, 8, [3]) }, 8), '"x" is F32[3], 12 bytes, but its offsets span 8'],
    ['an unknown dtype', file({ x: { ...f32(0, 8), dtype: 'F8_E4M3' } }, 8), '"x" has dtype "F8_E4M3"; known are F32'],
    [
      'a dtype that objects happen to have',
      file({ x: { ...f32(0, 8), dtype: 'constructor' } }, 8),
      /"x" has dtype "constructor".*\(at byte 9\)/,
    ],
    [
      'two tensors of one name',
      file('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}', 4),
      'two tensors have the same name',
    ],
    ['metadata that is no text', file({ __metadata__: { a: 1 }, x: f32(0, 4) }, 4), '__metadata__ must map strings to strings (at byte 9)'],
    [
      'a boolean that is neither',
      withData(file({ x: { dtype: 'BOOL', shape: [2], data_offsets: [0, 2] } }, 2), 7),
      '"x" is BOOL, but has a byte 7 in its data',
    ],
    ['a negative offset', file({ x: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }, 0), 'the entry of "x" is malformed'],
    ['a shape of fractions', file({ x: { dtype: 'F32', shape: [0.5, 2], data_offsets: [0, 4] } }, 4), 'the entry of "x" is malformed'],
  ])('%s is refused', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  test.each(['__proto__', '__metadata__'])('a tensor called %s is not written', (name) => {
    expect(() => join(safetensorsParts({ tensors: new Map([[name, hostTensor('f32', [1], [1])]]), metadata: {} }))).toThrow(
      `a tensor in a safetensors file cannot be called "${name}"`,
    );
  });
});
