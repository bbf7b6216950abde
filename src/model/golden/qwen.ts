/** Goldens of Qwen2.5-VL: pictures and token ids in; what the tower, the language model and their preprocessing make of them out. */
import { allMasks, causalMask, keyMask } from '../../nn/masks.ts';
import { gridPositions } from '../../nn/rotary.ts';
import { type HostTensor, hostTensor, numbers } from '../../tensor/host.ts';
import { gather } from '../../tensor/ops/gather.ts';
import type { Scope } from '../../tensor/parameters.ts';
import { formatShape, sameShape } from '../../tensor/shape.ts';
import { constant, type Tensor } from '../../tensor/tensor.ts';
import { embedTokens, languageModel, logits, placeFeatures } from '../language.ts';
import { type CellGrid, positionAxes, sequencePositions } from '../multimodal-positions.ts';
import { isQwenConfig, NOT_TIED, publishedName, type QwenConfig, qwenConfig } from '../qwen-config.ts';
import { qwenImage, qwenPatches } from '../qwen-images.ts';
import { mergePatches, type PatchGrid, type VisionConfig, visionTower, windowCells } from '../vision.ts';
import { type Golden, type GoldenModel, type GoldenOutput, inputOf } from './golden.ts';

/**
 * Largest errors: of what many layers made, of visual tokens, of pixels, of angles. They are for values of about 10, 0.2, 2 and 30; where
 * values are larger, `RELATIVE` of the largest is allowed.
 */
const TOLERANCE = { deep: 2e-4, embeddings: 2e-6, pixels: 1e-5, angles: 1e-5 };
const RELATIVE = 1e-5;

/**
 * Qwen2.5-VL. The inputs of a case have its name before theirs; cases whose tokens have images, but that have no pictures of their own, have
 * those of the first.
 */
export const qwenGolden: GoldenModel = {
  model: 'Qwen2.5-VL',
  matches: isQwenConfig,
  weightName: publishedName,
  outputs: (scope, golden) => {
    const config = configOf(golden);
    const outputs = new Map<string, GoldenOutput>();
    const pictures = new Map(
      casesOf(golden, 'pixel_values').map((name) => [name, visionOutputs(outputs, scope, golden, config.vision, name)] as const),
    );
    const cases = casesOf(golden, 'input_ids');
    if (cases.length === 0) throw new Error('the golden has no tensor "input.input_ids"');
    for (const name of cases) {
      languageOutputs(outputs, scope, golden, config, name, pictures.get(name) ?? pictures.get(''));
    }
    return outputs;
  },
};

/**
 * Where the configuration does not say whether the output layer is the embedding's table, it is unless the file has weights for it. Throws
 * when it is, and the file has others.
 */
function configOf({ config: given, weights }: Golden): QwenConfig {
  const head = weights.get('lm_head.weight');
  const config = qwenConfig(given, { tied: !head });
  const [, table] = [...weights].find(([name]) => publishedName(name) === 'model.embed_tokens.weight') ?? [];
  if (head && config.language.tied && !(table && sameValues(head, table))) throw new Error(NOT_TIED);
  return config;
}

function sameValues(one: HostTensor, other: HostTensor): boolean {
  const [a, b] = [numbers(one), numbers(other)];
  return sameShape(one.shape, other.shape) && a.every((value, i) => value === b[i]);
}

/** What comes before an input's name in those of that name: '' for the first case, then `batch.` and the like. */
const casesOf = ({ inputs }: Golden, input: string): string[] =>
  [...inputs.keys()]
    .filter((name) => name === input || name.endsWith(`.${input}`))
    .map((name) => name.slice(0, -input.length))
    .sort();

/** The visual tokens of a case f32[cells, D], and their grids. */
interface Pictures {
  readonly embeds: Tensor;
  readonly cells: readonly CellGrid[];
}

function visionOutputs(outputs: Map<string, GoldenOutput>, scope: Scope, golden: Golden, config: VisionConfig, name: string): Pictures {
  const pixels = inputOf(golden, `${name}pixel_values`, 'f32');
  const grids = gridsOf(inputOf(golden, `${name}image_grid_thw`, 'i32', 'i64'));
  const patches = grids.reduce((sum, { frames, rows, columns }) => sum + frames * rows * columns, 0);
  if (pixels.shape.length !== 2 || pixels.shape[0] !== patches) {
    throw new Error(`"input.${name}pixel_values" should have ${patches} rows, one for each patch, but is ${formatShape(pixels.shape)}`);
  }
  const patchesPerCell = config.merge ** 2;
  const windows = windowCells(grids, config);
  const windowOrder = windows.flat().flatMap((cell) => Array.from({ length: patchesPerCell }, (_, i) => cell * patchesPerCell + i));
  const order = constant(hostTensor('i64', [windowOrder.length], windowOrder));
  const put = (output: string, value: Tensor | HostTensor, tolerance: number): void => {
    outputs.set(`${name}vision.${output}`, { value, tolerance, relative: RELATIVE, required: output === 'embeds' });
  };

  const pictures = pixelsOf(golden, name, grids, config);
  if (pictures) outputs.set(`${name}pixel_values`, { value: pictures, tolerance: TOLERANCE.pixels, expected: pixels });
  const features = visionTower(scope.in('visual'), constant(pixels), grids, config, {
    onBlock: (block, patches) => {
      if (block < 0) put('patch_embed', patches, TOLERANCE.pixels);
      else put(`block.${block}`, gather(patches, order), TOLERANCE.deep);
    },
  });
  const embeds = mergePatches(scope.in('visual'), features, config);
  put('embeds', embeds, TOLERANCE.embeddings);
  put('window_index', integers(windows.flat()), 0);
  put('cu_window_seqlens', integers(ends(windows.map((window) => window.length * patchesPerCell))), 0);
  put('cu_seqlens', integers(ends(grids.flatMap(({ frames, rows, columns }) => Array<number>(frames).fill(rows * columns)))), 0);
  put('rot_pos_emb', angles(grids, config), TOLERANCE.angles);
  return {
    embeds,
    cells: grids.map(({ frames, rows, columns }) => ({ frames, rows: rows / config.merge, columns: columns / config.merge })),
  };
}

function languageOutputs(
  outputs: Map<string, GoldenOutput>,
  scope: Scope,
  golden: Golden,
  { language, tokens }: QwenConfig,
  name: string,
  pictures: Pictures | undefined,
): void {
  const ids = inputOf(golden, `${name}input_ids`, 'i32', 'i64');
  if (ids.shape.length !== 2) throw new Error(`"input.${name}input_ids" should be [batch, tokens], but is ${formatShape(ids.shape)}`);
  const all = [...numbers(ids)];
  const wrong = all.find((id) => id < 0 || id >= language.vocabulary);
  if (wrong !== undefined) throw new Error(`"input.${name}input_ids" has a token ${wrong}, but the vocabulary has ${language.vocabulary}`);
  const padding = golden.inputs.has(`${name}attention_mask`) ? inputOf(golden, `${name}attention_mask`) : undefined;
  const counts = padding && Array.from(numbers(padding), (real) => real !== 0);
  if (padding && !sameShape(padding.shape, ids.shape)) {
    throw new Error(`"input.${name}attention_mask" should be ${formatShape(ids.shape)}, but is ${formatShape(padding.shape)}`);
  }
  const places = all.flatMap((id, i) => (id === tokens.image && (counts?.[i] ?? true) ? [i] : []));
  if (places.length > 0 && !pictures) {
    throw new Error(`the golden has no tensor "input.${name}pixel_values", but "input.${name}input_ids" has images`);
  }
  const seen = places.length > 0 ? pictures : undefined;
  const images = seen?.cells ?? [];
  const { positions, deltas } = sequencePositions(ids, { ...tokens, images, mask: padding });

  const put = (output: string, value: Tensor | HostTensor, tolerance: number, required = false): void => {
    const masked = counts && 'node' in value && { counts };
    outputs.set(`${name}${output}`, { value, tolerance, relative: RELATIVE, required, ...masked });
  };
  put('position_ids', positions, 0, true);
  put('rope_deltas', deltas, 0, true);
  const embedded = embedTokens(scope, constant(ids), language);
  const embeddings = seen ? placeFeatures(embedded, seen.embeds, places) : embedded;
  put('inputs_embeds', embeddings, TOLERANCE.embeddings);
  const causal = causalMask(ids.shape[1] as number);
  const real = counts && constant(hostTensor('bool', ids.shape, counts.map(Number)));
  const { hidden } = languageModel(
    scope,
    embeddings,
    {
      positions: positionAxes(constant(positions)),
      mask: real ? allMasks(causal, keyMask(real)) : causal,
      onLayer: (layer, x) => put(`text.layer.${layer}`, x, TOLERANCE.deep),
    },
    language,
  );
  put('logits', logits(scope, hidden, language), TOLERANCE.deep, true);
}

function gridsOf(table: HostTensor): PatchGrid[] {
  if (table.shape[1] !== 3) throw new Error(`"image_grid_thw" should be [images, 3], but is ${formatShape(table.shape)}`);
  const values = numbers(table);
  return Array.from({ length: values.length / 3 }, (_, i) => {
    const [frames, rows, columns] = values.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    return { frames, rows, columns };
  });
}

/** What our preprocessing makes of the golden's pictures `image_u8.0`, …, if it has any: f32[N, C·T·p·p]. Throws when one is missing. */
function pixelsOf(golden: Golden, name: string, grids: readonly PatchGrid[], config: VisionConfig): HostTensor | undefined {
  if (![...golden.inputs.keys()].some((input) => input.startsWith(`${name}image_u8.`))) return undefined;
  const pictures = grids.map((_, i) => inputOf(golden, `${name}image_u8.${i}`, 'u8'));
  const parts = pictures.map(({ shape: [height, width], data }, i) => {
    const picture = { width: width as number, height: height as number, data: data as Uint8Array };
    const { rows, columns } = grids[i] as PatchGrid;
    const asItIs = height === rows * config.patch && width === columns * config.patch;
    return asItIs ? qwenPatches(picture, config) : qwenImage(picture, config);
  });
  const width = parts[0]?.pixels.shape[1] as number;
  const values = new Float32Array(parts.reduce((sum, { pixels }) => sum + pixels.data.length, 0));
  let written = 0;
  for (const { pixels } of parts) {
    values.set(pixels.data as Float32Array, written);
    written += pixels.data.length;
  }
  return hostTensor('f32', [values.length / width, width], values);
}

const integers = (values: readonly number[]): HostTensor => hostTensor('i32', [values.length], values);

/** Where each of some parts ends, after a 0. */
function ends(lengths: readonly number[]): number[] {
  let end = 0;
  return [
    0,
    ...lengths.map((length) => {
      end += length;
      return end;
    }),
  ];
}

/** Rotary angles of all patches, not yet doubled: f32[N, d/2], rows and then columns. */
function angles(grids: readonly PatchGrid[], { width, heads, merge }: VisionConfig): HostTensor {
  const half = width / heads / 2;
  const frequencies = Array.from({ length: half / 2 }, (_, i) => Math.fround(10000 ** ((-2 * i) / half)));
  const values = grids.flatMap(({ frames, rows, columns }) => {
    const { y, x } = gridPositions(rows, columns, { merge });
    const frame = y.flatMap((row, i) => [row, x[i] as number].flatMap((position) => frequencies.map((f) => Math.fround(position * f))));
    return Array.from({ length: frames }, () => frame).flat();
  });
  return hostTensor('f32', [values.length / half, half], values);
}
