import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { savePolicy } from '../../src/model/checkpoint.node.ts';
import { openPolicy } from '../../src/policy/checkpoint.node.ts';
import { createPolicy } from '../../src/policy/policy.ts';
import { ACTION_DIMS } from '../../src/robot/canonical.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.node.ts';
import { observation, policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';

const engine = nodeEngine({ threads: 1 });
const config = policyConfig();
const processor = tinyProcessor(config);
const weights = tinyWeights(config);

describe('a policy', () => {
  test('predicts for each observation by itself, whatever the others are', async () => {
    const policy = await createPolicy(engine, processor, weights, { batch: 3 });
    const [a, b, c] = [observation(1), observation(2), observation(3)];
    const together = await policy.predict([a, b, c]);
    expect(await policy.predict([b])).toEqual([together[1]]);
    expect(await policy.predict([c, a])).toEqual([together[2], together[0]]);
    expect(together[0]?.actions).not.toEqual(together[1]?.actions);
    expect(together[0]?.latents).toHaveLength(16);
    await policy.dispose();
  });

  test('gives numbers for the arms that there are, in metres, and 0 for the others', async () => {
    const policy = await createPolicy(engine, processor, weights);
    const [chunk] = await policy.predict([observation(1)]);
    const actions = chunk?.actions ?? new Float32Array();
    expect(actions).toHaveLength(config.chunk * 2 * ACTION_DIMS);
    actions.forEach((value, i) => {
      const isLeft = Math.floor(i / ACTION_DIMS) % 2 === 0;
      if (isLeft) expect(value).toBe(0);
      else expect(Number.isFinite(value)).toBe(true);
    });
    expect(new Set(actions).size).toBeGreaterThan(10);
    await policy.dispose();
  });

  test('calls wait for one another', async () => {
    const policy = await createPolicy(engine, processor, weights);
    const apart = [await policy.predict([observation(1)]), await policy.predict([observation(2)])];
    expect(await Promise.all([policy.predict([observation(1)]), policy.predict([observation(2)])])).toEqual(apart);
    await policy.dispose();
  });

  test('refuses what it cannot predict for', async () => {
    const policy = await createPolicy(engine, processor, weights);
    const one = observation(1);
    await expect(policy.predict([{ ...one, embodiment: 'spot' }])).rejects.toThrow('knows no embodiment "spot"; it knows panda, ur5e');
    await expect(policy.predict([{ ...one, viewMask: Uint8Array.of(0, 1, 1) }])).rejects.toThrow('there is no head view');
    await expect(policy.predict([{ ...one, instruction: 'x'.repeat(99) }])).rejects.toThrow('the format has room for 40');
    expect(() => policy.predict([one, one])).toThrow('predicts 1 observations at a time, but was given 2');
    expect(await policy.predict([])).toEqual([]);
    expect(await policy.predict([one])).toHaveLength(1);
    await policy.dispose();
  });
});

describe('on disk', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gear-policy-'));
    file = path.join(folder, 'policy.safetensors');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test.each([
    ['f32', 0],
    ['f16', 0.05],
  ] as const)('it is what it was, as %s', async (dtype, tolerance) => {
    await savePolicy(file, processor, weights, { dtype, metadata: { made: 'by a test' } });
    const opened = await openPolicy(file);
    expect(opened.processor.files).toEqual(processor.files);
    expect(opened.metadata.made).toBe('by a test');
    const before = await createPolicy(engine, processor, weights);
    const after = await createPolicy(engine, opened.processor, opened.values);
    await opened.close();
    const [a, b] = [await before.predict([observation(1)]), await after.predict([observation(1)])];
    if (tolerance === 0) expect(b).toEqual(a);
    else expect(b[0]?.actions ?? []).toBeAllclose(a[0]?.actions ?? [], { atol: tolerance });
    await before.dispose();
    await after.dispose();
  });

  test('a model without a processor is no policy', async () => {
    await writeSafetensors(file, { metadata: { config: JSON.stringify(config) }, tensors: weights });
    await expect(openPolicy(file)).rejects.toThrow(/it is a model without a processor .* so no policy: train it with `gear train`/);
  });
});
