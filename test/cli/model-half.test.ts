/** `gear model half`: the same numbers to eleven bits, or no file. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { readSafetensors, writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { gear } from './support.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-half-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

test('halves floating-point numbers alone', async () => {
  const weights = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 10 ** ((i % 7) - 3));
  await writeSafetensors(at('a.safetensors'), {
    metadata: { config: '{}' },
    tensors: new Map([
      ['w', hostTensor('f32', [10, 100], weights)],
      ['n', hostTensor('i64', [1], BigInt64Array.of(123_456_789n))],
    ]),
  });
  const { code, out } = await gear('model', 'half', at('a.safetensors'), at('b.safetensors'));
  expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('b.safetensors: 0.0 MB instead of 0.0 MB') });
  const { metadata, tensors } = await readSafetensors(at('b.safetensors'));
  expect(metadata).toMatchObject({ config: '{}' });
  expect(tensors.get('w')?.dtype).toBe('f16');
  const back = numbers(tensors.get('w') as HostTensor);
  expect(back.every((value, i) => Math.abs(value - (weights[i] as number)) <= Math.abs(weights[i] as number) * 2 ** -11 + 2 ** -25)).toBe(
    true,
  );
  expect(tensors.get('n')?.data).toEqual(BigInt64Array.of(123_456_789n));
});

test('what is too large is refused, and nothing written', async () => {
  await writeSafetensors(at('large.safetensors'), {
    metadata: {},
    tensors: new Map([['w', hostTensor('f32', [1], Float32Array.of(1e5))]]),
  });
  const { code, err } = await gear('model', 'half', at('large.safetensors'), at('none.safetensors'));
  expect({ code, err }).toEqual({ code: 1, err: 'gear: "w" has numbers that half precision has no place for\n' });
  expect(existsSync(at('none.safetensors'))).toBe(false);
});
