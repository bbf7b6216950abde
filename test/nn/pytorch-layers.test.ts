/** Single ops and layers against PyTorch: see `reference/nn_ops.py`. */
import { describe, expect, test } from 'vitest';
import { ditBlock } from '../../src/nn/dit-block.ts';
import { applyRotary, gridPositions, multimodalRotary, type RotaryTable, rotary2d } from '../../src/nn/rotary.ts';
import { sinusoidalEmbedding, timestepEmbedding } from '../../src/nn/timestep.ts';
import { pullback } from '../../src/tensor/gradients.ts';
import { type HostTensor, numbers } from '../../src/tensor/host.ts';
import { scaledDotProductAttention } from '../../src/tensor/ops/attention.ts';
import { conv, convTranspose } from '../../src/tensor/ops/conv.ts';
import { slice, squeeze } from '../../src/tensor/ops/layout.ts';
import { resize } from '../../src/tensor/ops/resize.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { constant, type Tensor } from '../../src/tensor/tensor.ts';
import { evaluateWith, fixture } from './helpers.ts';

const { metadata, under, get } = await fixture('nn_ops.safetensors');
const cases = JSON.parse(metadata.cases as string);

/** The fixture is computed in f64: what differs is our rounding. */
const CLOSE = { rtol: 1e-5, atol: 1e-5 };

type Inputs = Readonly<Record<string, Tensor>>;

/** Computes a case, and the gradients of its inputs where the fixture has them; the inputs named `weights` are its parameters. */
async function check(
  name: string,
  f: (inputs: Inputs) => Tensor,
  weights: ReadonlyMap<string, HostTensor> = new Map(),
  close = CLOSE,
): Promise<void> {
  const given = [...under(`${name}.in.`)].filter(([key]) => !weights.has(key));
  const inputs = Object.fromEntries(given.map(([key, value]) => [key, constant(value)]));
  const out = f(inputs);
  const expected = under(`${name}.gradient.`);
  const wrt = [...expected.keys()].map((key) => inputs[key] as Tensor);
  const found = wrt.length === 0 ? [] : pullback([out], [constant(get(`${name}.seed`))], wrt);
  const gradients = Object.fromEntries([...expected.keys()].map((key, i) => [`gradient of ${key}`, found[i] as Tensor]));
  const values: Record<string, HostTensor> = await evaluateWith(weights, { out, ...gradients });
  expect(values.out, 'out').toBeAllclose(get(`${name}.out`), close);
  for (const [key, gradient] of expected) expect(values[`gradient of ${key}`], key).toBeAllclose(gradient, close);
}

/** The inputs of a case that are weights, by the names that checkpoints give them. */
const weightsOf = (name: string): Map<string, HostTensor> => new Map([...under(`${name}.in.`)].filter(([key]) => key.includes('.')));

describe('rotary positions', () => {
  const turned = (table: (width: number) => RotaryTable) => (inputs: Inputs) => {
    const { x } = inputs as { x: Tensor };
    return applyRotary(x, table(x.shape.at(-1) as number));
  };

  test('VGGT', async () => {
    const { rows, columns, special, base } = cases.rotary.vggt;
    const grid = gridPositions(rows, columns, { start: 1 });
    const [y, x] = [grid.y, grid.x].map((cells) => [...Array<number>(special).fill(0), ...cells]) as [number[], number[]];
    await check(
      'rotary.vggt',
      turned((width) => rotary2d(y, x, { width, base, layout: 'split' })),
    );
  });

  test('the vision tower of Qwen2.5-VL', async () => {
    const { rows, columns, merge, base } = cases.rotary['qwen-vision'];
    const { y, x } = gridPositions(rows, columns, { merge });
    await check(
      'rotary.qwen-vision',
      turned((width) => rotary2d(y, x, { width, base, layout: 'joint' })),
    );
  });

  test('the language model of Qwen2.5-VL, from positions that are inputs', async () => {
    const { base, sections } = cases.rotary.multimodal;
    await check('rotary.multimodal', ({ positions, x }) => {
      const axes = [0, 1, 2].map((axis) => squeeze(slice(positions as Tensor, 0, axis, axis + 1), 0)) as [Tensor, Tensor, Tensor];
      return turned((width) => multimodalRotary(axes, { width, base, sections }))({ x: x as Tensor });
    });
  });

  test('the same from positions that are known beforehand', async () => {
    const { base, sections } = cases.rotary.multimodal;
    const all = [...numbers(get('rotary.multimodal.in.positions'))];
    const [batch, time, heads, width] = get('rotary.multimodal.in.x').shape as [number, number, number, number];
    const x = constant(get('rotary.multimodal.in.x'));
    const rows = [0, 1].map((row) => {
      const axes = [0, 1, 2].map((axis) => all.slice((axis * batch + row) * time, (axis * batch + row + 1) * time));
      const table = multimodalRotary(axes as [number[], number[], number[]], { width, base, sections });
      return applyRotary(slice(x, 0, row, row + 1), table);
    });
    const values = await evaluateWith(new Map(), { first: rows[0] as Tensor, second: rows[1] as Tensor });
    const both = [...numbers(values.first), ...numbers(values.second)];
    expect(both).toHaveLength(batch * time * heads * width);
    expect(both).toBeAllclose(numbers(get('rotary.multimodal.out')), CLOSE);
  });
});

describe('time', () => {
  test('sinusoidal embedding', () => {
    const { width } = cases.timestep.sinusoidal;
    // An angle of 999 radians has an f32 rounding error of 3e-5.
    const close = { rtol: 0, atol: 6e-5 };
    return check('timestep.sinusoidal', ({ time }) => sinusoidalEmbedding(time as Tensor, { width }), new Map(), close);
  });

  test('embedding with its two layers', () => {
    const { width, waves, scale } = cases.timestep.embedding;
    const scope = parameters({ seed: 0 });
    const name = 'timestep.embedding';
    return check(name, ({ time }) => timestepEmbedding(scope, time as Tensor, { width, waves, scale }), weightsOf(name));
  });
});

test('adaLN block', () => {
  const { heads, hidden } = cases.dit.block;
  const scope = parameters({ seed: 0 });
  const block = ({ x, condition }: Inputs): Tensor =>
    ditBlock(scope, x as Tensor, {
      heads,
      condition: condition as Tensor,
      feedForward: { kind: 'mlp', hidden, activation: 'gelu-tanh' },
    });
  return check('dit.block', block, weightsOf('dit.block'));
});

describe('resize', () => {
  test.each(Object.entries(cases.resize as Record<string, Record<string, unknown>>))('%s', (name, options) => {
    const {
      size,
      mode,
      antialias = false,
      align_corners: alignCorners = false,
    } = options as {
      size: [number, number];
      mode: 'bilinear' | 'bicubic';
      antialias?: boolean;
      align_corners?: boolean;
    };
    return check(`resize.${name}`, ({ x }) => resize(x as Tensor, size, { mode, antialias, alignCorners }));
  });
});

interface ConvCase {
  stride?: number;
  padding?: number;
  dilation?: number;
  groups?: number;
  output_padding?: number;
}

describe('convolution', () => {
  test.each(Object.entries(cases.conv as Record<string, ConvCase>))('%s', (name, options) =>
    check(`conv.${name}`, ({ x, weight, bias }) => conv(x as Tensor, weight as Tensor, bias, options)),
  );
});

describe('transposed convolution', () => {
  test.each(Object.entries(cases.convTranspose as Record<string, ConvCase>))(
    '%s',
    (name, { output_padding: outputPadding = 0, ...options }) =>
      check(`convTranspose.${name}`, ({ x, weight, bias }) =>
        convTranspose(x as Tensor, weight as Tensor, bias, { ...options, outputPadding }),
      ),
  );
});

describe('scaled dot-product attention', () => {
  test.each(Object.keys(cases.attention))('%s', (name) =>
    check(`attention.${name}`, ({ q, k, v, mask }) => scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor, { mask })),
  );
});
