/** Convolution and transposed convolution over one or two spatial axes; each is the other's derivative. */
import { requireWhole, sizeOf } from '../shape.ts';
import { apply1, type Op, type Tensor, type TensorType } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { sameDType } from './elementwise.ts';
import { reshape, sliceRange, transpose } from './layout.ts';

/** One number for all spatial axes, or one each. */
type PerAxis = number | readonly number[];

/** As in PyTorch. */
export interface ConvOptions {
  readonly stride?: PerAxis;
  /** Zeros on both sides of each spatial axis. */
  readonly padding?: PerAxis;
  readonly dilation?: PerAxis;
  /** Channels are split into this many groups that do not see each other. */
  readonly groups?: number;
}

/** As in PyTorch. */
export interface ConvTransposeOptions extends ConvOptions {
  /** Extra entries at the end of each spatial axis, where a stride leaves the size open: fewer than the stride. */
  readonly outputPadding?: PerAxis;
}

interface ConvAttributes {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

interface ConvTransposeAttributes extends ConvAttributes {
  readonly outputPadding: readonly number[];
}

const at = (list: readonly number[], i: number): number => list[i] as number;

function checkRanks([x, weight]: readonly TensorType[]): void {
  const rank = (x as TensorType).shape.length;
  if (rank !== 3 && rank !== 4) throw new Error('x must be [N, C, L] or [N, C, H, W]');
  if ((weight as TensorType).shape.length !== rank) throw new Error(`weight must have rank ${rank}, as x has`);
}

function checkOptions(
  [x]: readonly TensorType[],
  { stride, padding, dilation, outputPadding = padding }: ConvAttributes & Partial<ConvTransposeAttributes>,
): void {
  const rank = (x as TensorType).shape.length - 2;
  for (const [name, numbers] of Object.entries({ stride, padding, dilation, outputPadding })) {
    requireWhole(name, numbers);
    if (numbers.length !== rank) throw new Error(`${name} [${numbers.join(', ')}] must have ${rank} entries`);
  }
  if ([...stride, ...dilation].includes(0)) throw new Error('stride and dilation must be at least 1');
}

const onnxAttributes = ({ stride, padding, dilation, groups }: ConvAttributes) => ({
  strides: { ints: stride },
  pads: { ints: [...padding, ...padding] },
  dilations: { ints: dilation },
  group: { int: groups },
});

/** x [N, C, ...], weight [O, C/groups, ...kernel] → [N, O, ...] */
const Conv: Op<ConvAttributes> = {
  name: 'Conv',
  infer: (inputs, attributes) => {
    const { stride, padding, dilation, groups } = attributes;
    const dtype = sameDType(inputs);
    checkRanks(inputs);
    checkOptions(inputs, attributes);
    const [[batch, channels, ...space], [out, perGroup, ...kernel]] = inputs.map(({ shape }) => shape) as [number[], number[]];
    if (channels !== (perGroup as number) * groups)
      throw new Error(`x has ${channels} channels, weight expects ${perGroup} × ${groups} groups`);
    if ((out as number) % groups !== 0) throw new Error(`${out} output channels do not divide into ${groups} groups`);
    const result = space.map(
      (dim, i) => Math.floor((dim + 2 * at(padding, i) - at(dilation, i) * (at(kernel, i) - 1) - 1) / at(stride, i)) + 1,
    );
    if (result.some((dim) => dim < 1)) throw new Error('the kernel is larger than the padded input');
    return [{ dtype, shape: [batch as number, out as number, ...result] }];
  },
  gradient: ([g], { inputs: [x, weight], attributes }, needs) => [
    needs[0] ? inputGradient(g as Tensor, weight as Tensor, (x as Tensor).shape.slice(2), attributes) : undefined,
    needs[1] ? weightGradient(x as Tensor, g as Tensor, (weight as Tensor).shape.slice(2), attributes) : undefined,
  ],
  flops: ({ inputs: [, weight], outputs: [y] }) => 2 * sizeOf((y as TensorType).shape) * sizeOf((weight as TensorType).shape.slice(1)),
  lower: (on, inputs, { attributes }) => on.emit('Conv', inputs, onnxAttributes(attributes)),
};

const transposedSize = (dim: number, kernel: number, i: number, { stride, padding, dilation }: ConvAttributes): number =>
  at(stride, i) * (dim - 1) + at(dilation, i) * (kernel - 1) + 1 - 2 * at(padding, i);

/** x [N, C, ...], weight [C, O/groups, ...kernel] → [N, O, ...] */
const ConvTranspose: Op<ConvTransposeAttributes> = {
  name: 'ConvTranspose',
  infer: (inputs, attributes) => {
    const dtype = sameDType(inputs);
    checkRanks(inputs);
    const { stride, outputPadding, groups } = attributes;
    checkOptions(inputs, attributes);
    const [[batch, channels, ...space], [inChannels, perGroup, ...kernel]] = inputs.map(({ shape }) => shape) as [number[], number[]];
    if (channels !== inChannels) throw new Error(`x has ${channels} channels, weight expects ${inChannels}`);
    if ((channels as number) % groups !== 0) throw new Error(`${channels} channels do not divide into ${groups} groups`);
    if (outputPadding.some((extra, i) => extra >= at(stride, i)))
      throw new Error(`outputPadding [${outputPadding.join(', ')}] must be smaller than the stride [${stride.join(', ')}]`);
    const result = space.map((dim, i) => transposedSize(dim, at(kernel, i), i, attributes) + at(outputPadding, i));
    if (result.some((dim) => dim < 1)) throw new Error('the padding leaves nothing of the result');
    return [{ dtype, shape: [batch as number, (perGroup as number) * groups, ...result] }];
  },
  gradient: ([g], { inputs: [x, weight], attributes }, needs) => {
    const plain = { stride: attributes.stride, padding: attributes.padding, dilation: attributes.dilation, groups: attributes.groups };
    return [
      needs[0] ? apply1(Conv, [g as Tensor, weight as Tensor], plain) : undefined,
      needs[1] ? weightGradient(g as Tensor, x as Tensor, (weight as Tensor).shape.slice(2), plain) : undefined,
    ];
  },
  flops: ({ inputs: [x, weight] }) => 2 * sizeOf((x as TensorType).shape) * sizeOf((weight as TensorType).shape.slice(1)),
  lower: (on, inputs, { attributes }) =>
    on.emit('ConvTranspose', inputs, { ...onnxAttributes(attributes), output_padding: { ints: attributes.outputPadding } }),
};

/** Gradient of a convolution's input of spatial size `space`: the transposed convolution of the output's gradient. */
function inputGradient(g: Tensor, weight: Tensor, space: readonly number[], attributes: ConvAttributes): Tensor {
  const outputPadding = space.map((dim, i) => dim - transposedSize(at(g.shape, i + 2), at(weight.shape, i + 2), i, attributes));
  return apply1(ConvTranspose, [g, weight], { ...attributes, outputPadding });
}

/**
 * Gradient of a convolution's weight: x convolved with the output's gradient as kernel, batch and channels exchanged, stride
 * and dilation exchanged. Groups of channels stay apart as groups of that convolution.
 */
function weightGradient(x: Tensor, g: Tensor, kernel: readonly number[], { stride, padding, dilation, groups }: ConvAttributes): Tensor {
  const [batch, channels, ...space] = x.shape as [number, number, ...number[]];
  const axes = space.map((_, i) => i);
  const perGroup = channels / groups;
  // [N, G, C/G, ...] → [C/G, G, N, ...] → [C/G, G·N, ...]
  const grouped = transpose(reshape(x, [batch, groups, perGroup, ...space]), [2, 1, 0, ...axes.map((i) => i + 3)]);
  const image = reshape(grouped, [perGroup, groups * batch, ...space]);
  const filter = transpose(g, [1, 0, ...axes.map((i) => i + 2)]);
  const full = apply1(Conv, [image, filter], { stride: dilation, padding, dilation: stride, groups });
  // Entries beyond the kernel come from input that no window reached.
  const cut = sliceRange(
    full,
    full.shape.map(() => 0),
    [...full.shape.slice(0, 2), ...kernel],
  );
  return transpose(cut, [1, 0, ...axes.map((i) => i + 2)]);
}

const perAxis = (value: PerAxis, rank: number): readonly number[] => (typeof value === 'number' ? Array<number>(rank).fill(value) : value);

function withDefaults(rank: number, { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions): ConvAttributes {
  return { stride: perAxis(stride, rank), padding: perAxis(padding, rank), dilation: perAxis(dilation, rank), groups };
}

const addChannelBias = (y: Tensor, bias: Tensor | undefined): Tensor =>
  bias ? add(y, reshape(bias, [y.shape[1] as number, ...y.shape.slice(2).map(() => 1)])) : y;

/** Cross-correlation as in PyTorch: x [N, C, L] or [N, C, H, W], weight [O, C/groups, ...kernel], bias [O] → [N, O, ...]. */
export function conv(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  return addChannelBias(apply1(Conv, [x, weight], withDefaults(x.shape.length - 2, options)), bias);
}

/** Transposed convolution as in PyTorch: x [N, C, ...], weight [C, O/groups, ...kernel], bias [O] → [N, O, ...]. */
export function convTranspose(x: Tensor, weight: Tensor, bias?: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const rank = x.shape.length - 2;
  const attributes = { ...withDefaults(rank, options), outputPadding: perAxis(options.outputPadding ?? 0, rank) };
  return addChannelBias(apply1(ConvTranspose, [x, weight], attributes), bias);
}
