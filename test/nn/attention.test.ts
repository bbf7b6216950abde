import { describe, expect, test } from 'vitest';
import { type AttentionOptions, crossAttention, type SelfAttentionOptions, selfAttention } from '../../src/nn/attention.ts';
import { causalMask, segmentMask } from '../../src/nn/masks.ts';
import { rotary1d } from '../../src/nn/rotary.ts';
import { compile } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { input, type Tensor } from '../../src/tensor/tensor.ts';
import { engine, evaluateWith, noise, noiseTensor, noisyWeights } from './helpers.ts';

const [BATCH, TIME, WIDTH, HEADS] = [2, 6, 16, 4] as const;

/** What self-attention makes of several inputs with the same random weights. */
async function attendAll(options: SelfAttentionOptions, inputs: readonly HostTensor[]): Promise<HostTensor[]> {
  const declared = parameters({ seed: 1 });
  const out = selfAttention(declared, input('x', 'f32', [BATCH, TIME, WIDTH]), options);
  const executable = await compile(engine, { main: { outputs: { out } } }, { initial: noisyWeights(declared) });
  const results: HostTensor[] = [];
  for (const x of inputs) {
    const { out } = (await executable.run('main', { x })) as { out: HostTensor };
    results.push({ ...out, data: out.data.slice() });
  }
  await executable.dispose();
  return results;
}

/** x with other values at some tokens. */
function perturbed(x: HostTensor, tokens: readonly number[]): HostTensor {
  const data = Float32Array.from(x.data as Float32Array);
  for (let b = 0; b < BATCH; b++) {
    for (const token of tokens) for (let c = 0; c < WIDTH; c++) (data[(b * TIME + token) * WIDTH + c] as number) += 100 * Math.sin(c + 1);
  }
  return hostTensor('f32', x.shape, data);
}

/** Values of the given tokens. */
function rows(x: HostTensor, tokens: readonly number[]): number[] {
  const at = (b: number, token: number) => (b * TIME + token) * WIDTH;
  return Array.from({ length: BATCH }, (_, b) =>
    tokens.map((token) => [...(x.data as Float32Array).slice(at(b, token), at(b, token) + WIDTH)]),
  ).flat(2);
}

const kinds: Record<string, AttentionOptions> = {
  'multi-head': { heads: HEADS },
  'grouped-query, rotary': { heads: HEADS, groups: 2, rotary: rotary1d([...Array(TIME).keys()], { width: WIDTH / HEADS }) },
  'fused, normalised': { heads: HEADS, projections: 'fused', qkNorm: { kind: 'layer' } },
};

describe.each(Object.entries(kinds))('self-attention, %s', (_, options) => {
  const x = noise('x', [BATCH, TIME, WIDTH]);

  test('under a causal mask the past does not know the future, exactly', async () => {
    const [before, after] = (await attendAll({ ...options, mask: causalMask(TIME) }, [x, perturbed(x, [3, 4, 5])])) as [
      HostTensor,
      HostTensor,
    ];
    expect(rows(after, [0, 1, 2])).toEqual(rows(before, [0, 1, 2]));
    for (const token of [3, 4, 5]) expect(rows(after, [token])).not.toEqual(rows(before, [token]));
  });

  test('under a segment mask other segments are not seen, exactly', async () => {
    const mask = segmentMask([0, 1, 0, 1, 1, 2]);
    const [before, after] = (await attendAll({ ...options, mask }, [x, perturbed(x, [1])])) as [HostTensor, HostTensor];
    expect(rows(after, [0, 2, 5])).toEqual(rows(before, [0, 2, 5]));
    for (const token of [1, 3, 4]) expect(rows(after, [token])).not.toEqual(rows(before, [token]));
  });

  test('without a mask every token is seen', async () => {
    const [before, after] = (await attendAll(options, [x, perturbed(x, [5])])) as [HostTensor, HostTensor];
    for (let token = 0; token < TIME; token++) expect(rows(after, [token])).not.toEqual(rows(before, [token]));
  });
});

/** A weight's heads [G·d, D], each repeated: what a multi-head projection must be to equal a grouped one. */
function repeatHeads(weight: HostTensor, groups: number): HostTensor {
  const rowsPerHead = (weight.shape[0] as number) / groups;
  const size = rowsPerHead * (weight.shape[1] ?? 1);
  const heads = Array.from({ length: HEADS }, (_, head) => Math.floor((head * groups) / HEADS));
  const values = heads.flatMap((group) => [...(weight.data as Float32Array).slice(group * size, (group + 1) * size)]);
  return hostTensor('f32', [rowsPerHead * HEADS, ...weight.shape.slice(1)], values);
}

test('grouped-query attention is multi-head attention with repeated key heads', async () => {
  const x = noiseTensor('x', [BATCH, TIME, WIDTH]);
  const [groups, d] = [2, WIDTH / HEADS];
  const rotary = rotary1d([...Array(TIME).keys()], { width: d });
  const grouped = parameters({ seed: 1 });
  const few = selfAttention(grouped, x, { heads: HEADS, groups, rotary });
  const weights = noisyWeights(grouped);
  const repeated = new Map([...weights].map(([name, w]) => [name, /^[kv]_proj/.test(name) ? repeatHeads(w, groups) : w]));
  const many = selfAttention(parameters({ seed: 1 }), x, { heads: HEADS, rotary });
  const [a, b] = [await evaluateWith(weights, { few }), await evaluateWith(repeated, { many })];
  expect(a.few).toBeAllclose(b.many, { rtol: 1e-5, atol: 1e-6 });
});

test('groups = heads is multi-head attention', async () => {
  const x = noiseTensor('x', [BATCH, TIME, WIDTH]);
  const declared = parameters({ seed: 1 });
  const [plain, grouped] = [selfAttention(declared, x, { heads: HEADS }), selfAttention(declared, x, { heads: HEADS, groups: HEADS })];
  const values = await evaluateWith(noisyWeights(declared), { plain, grouped });
  expect(values.grouped.data).toEqual(values.plain.data);
});

test('a fused weight holds the rows of q, k and v one after another', async () => {
  const x = noiseTensor('x', [BATCH, TIME, WIDTH]);
  const separate = parameters({ seed: 1 });
  const apart = selfAttention(separate, x, { heads: HEADS, groups: 2 });
  const weights = noisyWeights(separate);
  const join = (kind: string, shape: readonly number[]): HostTensor =>
    hostTensor(
      'f32',
      shape,
      ['q', 'k', 'v'].flatMap((which) => [...((weights.get(`${which}_proj.${kind}`) as HostTensor).data as Float32Array)]),
    );
  const joined = new Map([
    ['qkv.weight', join('weight', [2 * WIDTH, WIDTH])],
    ['qkv.bias', join('bias', [2 * WIDTH])],
    ['proj.weight', weights.get('o_proj.weight') as HostTensor],
    ['proj.bias', weights.get('o_proj.bias') as HostTensor],
  ]);
  const fused = selfAttention(parameters({ seed: 1 }), x, { heads: HEADS, groups: 2, projections: 'fused' });
  const [a, b] = [await evaluateWith(weights, { apart }), await evaluateWith(joined, { fused })];
  expect(b.fused).toBeAllclose(a.apart, { rtol: 1e-5, atol: 1e-6 });
});

test('cross-attention to itself is self-attention', async () => {
  const x = noiseTensor('x', [BATCH, TIME, WIDTH]);
  const declared = parameters({ seed: 1 });
  const outputs = { self: selfAttention(declared, x, { heads: HEADS }), cross: crossAttention(declared, x, { heads: HEADS, context: x }) };
  const values = await evaluateWith(noisyWeights(declared), outputs);
  expect(values.cross.data).toEqual(values.self.data);
});

test('cross-attention takes a context of another length and width', async () => {
  const declared = parameters({ seed: 1 });
  const x = noiseTensor('x', [BATCH, TIME, WIDTH]);
  const out = crossAttention(declared, x, { heads: HEADS, groups: 2, context: noiseTensor('context', [BATCH, 3, 10]) });
  expect(out.shape).toEqual([BATCH, TIME, WIDTH]);
  expect(declared.variables.get('k_proj.weight')?.shape).toEqual([8, 10]);
  expect(declared.variables.get('q_proj.weight')?.shape).toEqual([16, 16]);
});

describe('parameters', () => {
  const names = (options: SelfAttentionOptions): string[] => {
    const declared = parameters({ seed: 1 });
    selfAttention(declared.in('attn'), noiseTensor('x', [BATCH, TIME, WIDTH]), options);
    return [...declared.variables.values()].map(({ name, shape }) => `${name} [${shape}]`);
  };

  test('separate, as Qwen2.5', () => {
    expect(names({ heads: HEADS, groups: 2, outBias: false }).sort()).toEqual([
      'attn.k_proj.bias [8]',
      'attn.k_proj.weight [8,16]',
      'attn.o_proj.weight [16,16]',
      'attn.q_proj.bias [16]',
      'attn.q_proj.weight [16,16]',
      'attn.v_proj.bias [8]',
      'attn.v_proj.weight [8,16]',
    ]);
  });

  test('fused with normalised heads, as VGGT', () => {
    expect(names({ heads: HEADS, projections: 'fused', qkNorm: { kind: 'layer' } }).sort()).toEqual([
      'attn.k_norm.bias [4]',
      'attn.k_norm.weight [4]',
      'attn.proj.bias [16]',
      'attn.proj.weight [16,16]',
      'attn.q_norm.bias [4]',
      'attn.q_norm.weight [4]',
      'attn.qkv.bias [48]',
      'attn.qkv.weight [48,16]',
    ]);
  });

  test('a head width of its own', () => {
    expect(names({ heads: 3, groups: 1, headWidth: 8, qkvBias: false, outBias: false })).toEqual([
      'attn.k_proj.weight [8,16]',
      'attn.v_proj.weight [8,16]',
      'attn.q_proj.weight [24,16]',
      'attn.o_proj.weight [16,24]',
    ]);
  });
});

describe('mistakes name the layer and the line', () => {
  const attempt =
    (options: SelfAttentionOptions, x: Tensor = noiseTensor('x', [BATCH, TIME, WIDTH])) =>
    () =>
      selfAttention(parameters({ seed: 1 }).in('blocks', 3, 'attn'), x, options);

  test('heads that do not divide the width', () => {
    expect(attempt({ heads: 5 })).toThrow(/blocks\.3\.attn: 16 channels do not divide among 5 heads[\s\S]*attention\.test\.ts:\d+/);
  });
  test('groups that do not divide the heads', () => {
    expect(attempt({ heads: 4, groups: 3 })).toThrow('4 query heads do not divide among 3 key heads');
  });
  test('an input without a batch', () => {
    expect(attempt({ heads: 4 }, noiseTensor('x', [TIME, WIDTH]))).toThrow('expects [batch, time, channels], found [6, 16]');
  });
  test('a fused projection of a context of another width', () => {
    const x = noiseTensor('x', [BATCH, TIME, WIDTH]);
    const context = noiseTensor('context', [BATCH, 3, 10]);
    expect(() => crossAttention(parameters({ seed: 1 }), x, { heads: 4, projections: 'fused', context })).toThrow(
      'the outermost scope: fused projections need a context as wide as x, 16 channels, but it has 10',
    );
  });
});
