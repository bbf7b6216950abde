import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { vitBlock } from '../../src/nn/vit-block.ts';
import { compile, type ExecutableOptions } from '../../src/tensor/compile.ts';
import { eliminateCommonSubexpressions, type Graph, graphOf } from '../../src/tensor/graph.ts';
import { convert, type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { add } from '../../src/tensor/ops/arithmetic.ts';
import { cast } from '../../src/tensor/ops/cast.ts';
import { gather } from '../../src/tensor/ops/gather.ts';
import { affine, matmul } from '../../src/tensor/ops/matmul.ts';
import type { BlockFormat } from '../../src/tensor/ops/quantized.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { normalInit, parameters } from '../../src/tensor/parameters.ts';
import { dequantizeBlocks, type QuantizeOptions, quantizeBlocks, quantizeProducts } from '../../src/tensor/quantize.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { type Shape, sizeOf } from '../../src/tensor/shape.ts';
import { input, type Tensor } from '../../src/tensor/tensor.ts';

const engine = nodeEngine({ threads: 1 });
const noise = (name: string, shape: Shape): HostTensor => hostTensor('f32', shape, normals(randomStream(1, name), sizeOf(shape)));

const formats = fc.record({ bits: fc.constantFrom(4 as const, 8 as const), blockSize: fc.constantFrom(16, 32, 64, 128) });

describe('the quantiser', () => {
  const weights = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 150 }))
    .chain(([out, width]) =>
      fc
        .array(fc.float({ noNaN: true, min: -8, max: 8 }), { minLength: out * width, maxLength: out * width })
        .map((values) => hostTensor('f32', [out, width], values)),
    );

  test('is off by at most half a step of each block, and keeps zeros', () => {
    fc.assert(
      fc.property(weights, formats, (weight, format) => {
        const [, width] = weight.shape as [number, number];
        const quantized = quantizeBlocks(weight, format);
        const [back, scales] = [dequantizeBlocks(quantized, width, format), quantized.scales];
        for (let i = 0; i < weight.data.length; i++) {
          const scale = scales.data[
            Math.floor(i / width) * (scales.shape[1] as number) + Math.floor((i % width) / format.blockSize)
          ] as number;
          const [was, is] = [weight.data[i] as number, back.data[i] as number];
          // The scale is rounded to f32, down to zero where it is smaller than any.
          expect(Math.abs(is - was)).toBeLessThanOrEqual(scale / 2 + 1e-6 * Math.abs(was) + 1e-42);
          if (was === 0) expect(is).toBe(0);
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test('puts codes in order, low halves first, and fills the last block up with zeros', () => {
    // The scale is 7.5/7.5: −7.5 rounds to −7, 0 is code 8, 7.5 is cut to 7.
    const weight = hostTensor('f32', [2, 4], [-7.5, 0, 2.4, 7.5, 0, 0, 0, 0]);
    const { codes, scales } = quantizeBlocks(weight, { bits: 4, blockSize: 16 });
    expect([...codes.data]).toEqual([0x81, 0xfa, 0x88, 0x88, 0x88, 0x88, 0x88, 0x88, ...Array(8).fill(0x88)]);
    expect([...scales.data]).toEqual([1, 0]);
    const wide = quantizeBlocks(hostTensor('f32', [1, 3], [-127.5, 3, 127]), { bits: 8, blockSize: 16 });
    expect([...wide.codes.data]).toEqual([1, 131, 255, ...Array(13).fill(128)]);
  });

  test('refuses what has no codes', () => {
    const format: BlockFormat = { bits: 4, blockSize: 32 };
    expect(() => quantizeBlocks(hostTensor('f32', [2, 2], [1, 2, Number.NaN, 4]), format)).toThrow('row 1 has a weight that is not finite');
    expect(() => quantizeBlocks(noise('w', [3]), format)).toThrow('only matrices can be quantised, but the weight is f32[3]');
    expect(() => quantizeBlocks(noise('w', [2, 2]), { bits: 4, blockSize: 48 })).toThrow(
      'blocks can have 16, 32, 64, 128, 256 weights, not 48',
    );
    expect(() => quantizeBlocks(noise('w', [2, 2]), { bits: 5 as 4, blockSize: 32 })).toThrow(
      'weights can be quantised to 4 or 8 bits, not 5',
    );
  });
});

/** Runs a net of x with its weights quantised, by the engine and, weights quantised and back before, without. */
async function compare(
  net: (w: Tensor, bias: Tensor, x: Tensor) => Tensor,
  shapes: { readonly w: Shape; readonly bias: Shape; readonly x: Shape },
  quantize: QuantizeOptions & { readonly blockSize: number },
  asRead: (w: HostTensor) => HostTensor = (w) => w,
): Promise<{ quantized: HostTensor; reference: HostTensor }> {
  const scope = parameters({ seed: 0 });
  const [w, bias] = (['w', 'bias'] as const).map((name) => scope.parameter(name, shapes[name], { init: normalInit(1) })) as [
    Tensor,
    Tensor,
  ];
  const program = { outputs: { y: net(w, bias, input('x', 'f32', shapes.x)) } };
  const value = scope.variables.get('w')?.initial() as HostTensor;
  const stored = asRead(value);
  const back = asRead(dequantizeBlocks(quantizeBlocks(stored, quantize), stored.shape[1] as number, quantize));
  const run = async (options: ExecutableOptions): Promise<HostTensor> => {
    const executable = await compile(engine, { program }, options);
    const { y } = await executable.run('program', { x: noise('x', shapes.x) });
    const { dtype, shape, data } = y as HostTensor;
    await executable.dispose();
    return { dtype, shape, data: data.slice() };
  };
  return { quantized: await run({ frozen: true, quantize }), reference: await run({ initial: new Map([['w', back]]) }) };
}

const transposed = (w: HostTensor): HostTensor => {
  const [rows, columns] = w.shape as [number, number];
  const data = Float32Array.from({ length: rows * columns }, (_, i) => w.data[(i % rows) * columns + Math.floor(i / rows)] as number);
  return hostTensor('f32', [columns, rows], data);
};

describe.each([4, 8] as const)('products with weights of %d bits', (bits) => {
  const shapes = { w: [24, 100], bias: [24], x: [2, 5, 100] };
  const exact = { rtol: 1e-4, atol: 1e-4 };

  test.each([16, 32, 64, 128, 256])('are those with the weights quantised and back, in blocks of %d', async (blockSize) => {
    const wide = { w: [24, 300], bias: [24], x: [2, 5, 300] };
    const { quantized, reference } = await compare((w, bias, x) => affine(x, w, bias), wide, { bits, blockSize, activations: 'f32' });
    expect(quantized).toBeAllclose(reference, exact);
  });

  test('may have no bias, one row, and a weight [in, out]', async () => {
    const options = { bits, blockSize: 32, activations: 'f32' } as const;
    const untransposed = { w: [100, 24], bias: [24], x: [1, 100] };
    const { quantized, reference } = await compare((w, _, x) => matmul(x, w), untransposed, options, transposed);
    expect(quantized).toBeAllclose(reference, exact);
  });

  test('with activations of 8 bits are near', async () => {
    const { quantized, reference } = await compare((w, bias, x) => affine(x, w, bias), shapes, {
      bits,
      blockSize: 32,
      activations: 'int8',
    });
    // 100 products of deviation 1 with x rounded to 1/127 of the largest of a block, about 2.5: a deviation of 2.5/127/√12·√100.
    expect(quantized).toBeAllclose(reference, { rtol: 0, atol: 5 * ((2.5 / 127 / Math.sqrt(12)) * 10) });
  });

  test('of a model in half precision are computed in f32', async () => {
    const options = { bits, blockSize: 32, activations: 'f32' } as const;
    const half = (w: Tensor, bias: Tensor, x: Tensor) => cast(affine(cast(x, 'bf16'), cast(w, 'bf16'), cast(bias, 'bf16')), 'f32');
    const { quantized, reference } = await compare(half, shapes, options);
    expect(quantized).toBeAllclose(reference, { rtol: 0.02, atol: 0.2 });
  });
});

describe('the pass', () => {
  test('of products that share a weight in half precision makes them once', async () => {
    const scope = parameters({ seed: 0 });
    const w = cast(scope.parameter('w', [64, 64], { init: normalInit(0.1) }), 'bf16');
    const b = cast(scope.parameter('b', [64], { init: normalInit(1) }), 'bf16');
    let y = cast(input('x', 'f32', [2, 64]), 'bf16');
    for (let i = 0; i < 3; i++) y = affine(y, w, b);
    const programs = { main: { outputs: { y: cast(y, 'f32') } } };
    const run = async (options: ExecutableOptions): Promise<HostTensor> => {
      const executable = await compile(engine, programs, { frozen: true, ...options });
      const { y: result } = (await executable.run('main', { x: noise('x', [2, 64]) })) as { y: HostTensor };
      const copy = { ...result, data: result.data.slice() };
      await executable.dispose();
      return copy;
    };
    expect(await run({ quantize: { bits: 8 } })).toBeAllclose(await run({}), { rtol: 0.05, atol: 0.05 });
  });

  function tower() {
    const scope = parameters({ seed: 0 });
    const x = input('x', 'f32', [1, 4, 64]);
    let y = x;
    for (let i = 0; i < 2; i++) y = vitBlock(scope.in('blocks', i), y, { heads: 2 });
    return { scope, program: { outputs: { y } } };
  }
  const feeds = { x: noise('tower', [1, 4, 64]) };

  test('quantises what matches, and nothing else', () => {
    const { scope, program } = tower();
    const frozen = new Set(scope.variables.values());
    const graph = eliminateCommonSubexpressions(graphOf(program));
    const quantized = (match: QuantizeOptions['match']): number => {
      const options: QuantizeOptions = match === undefined ? { bits: 4 } : { bits: 4, match };
      const { graphs } = quantizeProducts([graph], frozen, options);
      return (graphs[0] as Graph).nodes.filter(({ op }) => op.name === 'QuantizedMatMul').length;
    };
    // Per block three parts of a fused projection, its output, and two layers of the MLP; the product of queries and keys is none.
    expect(quantized(undefined)).toBe(12);
    expect(quantized('blocks.1.*')).toBe(6);
    expect(quantized(['*.fc1.weight', /fc2/])).toBe(4);
    expect(() => quantizeProducts([graph], new Set(), { bits: 4 })).toThrow('* matches none of 0 weights that could be quantised');
  });

  test('keeps an embedding table that a product shares', async () => {
    const scope = parameters({ seed: 0 });
    const table = scope.parameter('embed.weight', [10, 32], { init: normalInit(1) });
    const rows = gather(table, input('ids', 'i64', [2]));
    const programs = { main: { outputs: { rows, logits: affine(rows, table) } } };
    const executable = await compile(engine, programs, { frozen: true, quantize: { bits: 4 } });
    const { rows: found, logits } = await executable.run('main', { ids: hostTensor('i64', [2], [3, 7]) });
    const values = numbers(scope.variables.get('embed.weight')?.initial() as HostTensor);
    expect([...numbers(found as HostTensor)]).toEqual([...values.slice(96, 128), ...values.slice(224, 256)]);
    expect(logits?.shape).toEqual([2, 10]);
    await executable.dispose();
  });

  test('shares weights between programs that were traced apart, and between parts of one weight', async () => {
    const { scope, program } = tower();
    let y = input('x', 'f32', [1, 4, 64]);
    for (let i = 0; i < 2; i++) y = vitBlock(scope.in('blocks', i), y, { heads: 2 });
    const asked: string[] = [];
    const initial = ({ name }: { readonly name: string }): undefined => void asked.push(name);
    const options = { frozen: true, quantize: { bits: 8 }, initial } as const;
    const executable = await compile(engine, { one: program, other: { outputs: { y: add(y, 0) } } }, options);
    expect(asked.filter((name) => name === 'blocks.0.attn.qkv.weight')).toHaveLength(1);
    expect(asked.filter((name) => name === 'blocks.0.mlp.fc1.weight.codes')).toHaveLength(1);
    const { y: first } = await executable.run('one', feeds);
    const kept = first?.data.slice();
    expect((await executable.run('other', feeds)).y?.data).toEqual(kept);
    expect(executable.variables).toEqual([]);
    await executable.dispose();
  });

  test('takes weights that were quantised before', async () => {
    const scope = parameters({ seed: 0 });
    const w = scope.parameter('w', [4, 32], { init: normalInit(1) });
    const programs = { main: { outputs: { y: affine(input('x', 'f32', [1, 32]), w) } } };
    const quantize = { bits: 8, activations: 'f32' } as const;
    const weight = noise('other', [4, 32]);
    const { codes, scales } = quantizeBlocks(weight, { bits: 8, blockSize: 32 });
    const ready = new Map([
      ['w.codes', codes],
      ['w.scales', scales],
    ]);
    const results: HostTensor[] = [];
    for (const initial of [ready, new Map([['w', weight]])]) {
      const executable = await compile(engine, programs, { frozen: true, quantize, initial });
      const { y } = await executable.run('main', { x: noise('x', [1, 32]) });
      results.push({ ...(y as HostTensor), data: (y as HostTensor).data.slice() });
      await executable.dispose();
    }
    expect(results[0]).toEqual(results[1]);
    const wrong = new Map([['w.codes', convert(scales, 'u8')]]);
    await expect(compile(engine, programs, { frozen: true, quantize, initial: wrong })).rejects.toThrow(
      'the value of "w.codes" should be u8[4, 1, 32], but is u8[4, 1]',
    );
  });

  test('needs frozen weights, and patterns that match', async () => {
    const { program } = tower();
    const quantize = { bits: 4, match: 'blocks.*.fc3.weight' } as const;
    await expect(compile(engine, { program }, { quantize })).rejects.toThrow('only frozen weights can be quantised: set `frozen` as well');
    await expect(compile(engine, { program }, { frozen: true, quantize })).rejects.toThrow(
      /blocks\.\*\.fc3\.weight matches none of \d+ weights that could be quantised.*; the nearest are "blocks\.\d\.mlp\.fc\d\.weight", /,
    );
  });
});
