/**
 * A model from published ones: which of its parameters come from Qwen2.5-VL and which from VGGT, under what names, and what is left over.
 * The names are the same on both sides; only the tables of tokens become longer, by rows for latent actions and FAST.
 */
import { type DType, isFloat } from '../tensor/dtype.ts';
import { describe, type TensorType } from '../tensor/host.ts';
import { parameters } from '../tensor/parameters.ts';
import { type Shape, sameShape, sizeOf } from '../tensor/shape.ts';
import type { Variable } from '../tensor/tensor.ts';
import type { SpanKind } from '../tokens/prompt.ts';
import { vocabulary } from '../tokens/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { objective } from './gear-vla.ts';
import { viewGrid } from './perception.ts';
import { publishedName } from './qwen-config.ts';
import { layoutOf } from './sequence.ts';

/** The published models. */
export type ImportSource = 'qwen' | 'vggt';

/** What they are called in messages. */
const TITLES: Readonly<Record<ImportSource, string>> = { qwen: 'Qwen2.5-VL', vggt: 'VGGT' };

/** Their tensors, by the names in their files. */
export type PublishedTensors = Readonly<Record<ImportSource, ReadonlyMap<string, TensorType>>>;

/** A tensor of a published model. */
export interface PublishedTensor extends TensorType {
  readonly source: ImportSource;
  /** In the file */
  readonly published: string;
}

/** A tensor of the checkpoint that is to be made: dtype and shape are those that it has there. */
export interface ImportedTensor extends PublishedTensor {
  /** In the checkpoint */
  readonly name: string;
  /** Rows that are new, after those that were published; only where there are any */
  readonly newRows?: number;
}

/** What becomes of all tensors of both models, and where all of our parameters come from. */
export interface ImportPlan {
  /** Parameters of the model */
  readonly used: readonly ImportedTensor[];
  /** VGGT's heads for cameras and depth: not the policy's, but kept for pre-training and for looking at what the 3D encoder sees */
  readonly kept: readonly ImportedTensor[];
  /** What nothing here has a use for */
  readonly leftOver: readonly PublishedTensor[];
  /** Parameters that no published model has: they begin at their initial values */
  readonly initial: readonly (TensorType & { readonly name: string })[];
  /** Parameters that a published model should have, and has not */
  readonly missing: readonly (TensorType & { readonly name: string; readonly source: ImportSource })[];
  /** Other reasons why the models do not fit, one sentence each */
  readonly wrong: readonly string[];
}

/** Published models that do not fit a configuration: says what is missing and what is wrong; `plan` has all of it. */
export class ImportMismatch extends Error {
  readonly plan: ImportPlan;
  constructor(config: Pick<ModelConfig, 'name'>, plan: ImportPlan) {
    const missing = plan.missing.map(({ source, name, ...type }) => `${TITLES[source]} lacks "${name}" ${describe(type)}`);
    super(`the published models do not fit "${config.name}": ${some([...missing, ...plan.wrong])}`);
    this.name = 'ImportMismatch';
    this.plan = plan;
  }
}

/** The first of many complaints, and how many more there are. */
function some(complaints: readonly string[], most = 8): string {
  const more = complaints.length - most;
  return `${complaints.slice(0, most).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** The published model that a parameter comes from, by its name; none for what is new here. */
function sourceOf(name: string): ImportSource | undefined {
  if (name.startsWith('visual.merger.geometry.')) return undefined;
  if (/^(visual|model|lm_head)\./.test(name)) return 'qwen';
  return name.startsWith('aggregator.') ? 'vggt' : undefined;
}

/** Names of VGGT's heads that there is code for. */
const isHead = (name: string): boolean => /^(camera_head|depth_head)\./.test(name);

/**
 * What the parts that are used have and no policy needs: the token of masked patches, with which DINOv2 was trained; an output layer
 * beside a table that serves as one; tables that are computed here.
 */
const isSpare = (name: string): boolean =>
  name === 'aggregator.patch_embed.mask_token' || name === 'lm_head.weight' || name.endsWith('.inv_freq');

/** Tables with a row for each token. */
const isTokenTable = (name: string): boolean => name === 'model.embed_tokens.weight' || name === 'lm_head.weight';

/** Whether published models have a parameter of this name: a checkpoint may lack others, which begin at their initial values. */
export const isPublished = (name: string): boolean => sourceOf(name) !== undefined;

/** All parameters of a model, in order of declaration. Nothing is allocated. */
export function modelParameters(config: ModelConfig): Variable[] {
  const [rows, columns] = viewGrid(config);
  const { latentLength } = vocabulary(config.vocabulary);
  const parts: readonly (readonly [SpanKind, number])[] = [
    ['head', rows * columns],
    ['instruction', 1],
    ['state', 2 + config.embodiment.softPrompts],
    ['template', 1],
    ['latent', latentLength],
    ['end', 1],
  ];
  const spans = parts.map(([kind, length], i) => {
    const start = parts.slice(0, i).reduce((sum, [, before]) => sum + before, 0);
    return { kind, start, end: start + length };
  });
  const declared = parameters({ seed: 0 });
  objective(declared, 1, layoutOf({ ids: new Int32Array(spans.at(-1)?.end ?? 0), spans }), config);
  return declared.trainable();
}

/**
 * Finds a place for every tensor; used and kept ones get `dtype`, or keep that which they have. Throws when the names are those of two
 * versions of Qwen2.5-VL's library at once.
 */
export function planImport(config: ModelConfig, tensors: PublishedTensors, dtype?: DType): ImportPlan {
  const published = { qwen: named(tensors.qwen, publishedName), vggt: named(tensors.vggt, (name) => name) };
  const own = modelParameters(config);
  const plan: Building = { used: [], kept: [], leftOver: [], initial: [], missing: [], wrong: [] };
  for (const parameter of own) {
    const source = sourceOf(parameter.name);
    const found = source && published[source].get(parameter.name);
    const { name, shape } = parameter;
    if (!source) plan.initial.push({ name, dtype: parameter.dtype, shape });
    else if (!found) plan.missing.push({ name, source, dtype: parameter.dtype, shape });
    else {
      const rows = isTokenTable(name) ? config.vocabulary.textTokens : (shape[0] as number);
      const newRows = (shape[0] as number) - rows;
      const expected = { dtype: parameter.dtype, shape: [rows, ...shape.slice(1)] };
      if (fits(found, expected.shape)) {
        plan.used.push({ name, source, published: found.published, dtype: dtype ?? found.dtype, shape, ...(newRows > 0 && { newRows }) });
      } else plan.wrong.push(`"${found.published}" of ${TITLES[source]} should be ${describe(expected)}, but is ${describe(found)}`);
    }
  }
  const ours = new Set(own.map(({ name }) => name));
  const parts = new Set(own.map(({ name }) => partOf(name)));
  for (const source of ['qwen', 'vggt'] as const) {
    for (const [name, tensor] of published[source]) {
      if (ours.has(name) && sourceOf(name) === source) continue;
      if (source === 'vggt' && isHead(name) && parts.has('aggregator')) {
        plan.kept.push({ name, source, ...tensor, dtype: dtype ?? tensor.dtype });
      } else if (parts.has(partOf(name)) && !isSpare(name)) {
        plan.wrong.push(`"${tensor.published}" ${describe(tensor)} of ${TITLES[source]} has no place in the model: is it a larger one?`);
      } else plan.leftOver.push({ source, ...tensor });
    }
  }
  return plan;
}

/** A plan while it is made. */
type Building = { readonly [List in keyof ImportPlan]: ImportPlan[List][number][] };

/** `visual`, `model`, … */
const partOf = (name: string): string => name.slice(0, name.indexOf('.'));

/** Whether a tensor can be a parameter of this shape: any floating-point dtype; a convolution's weight may be kept as a matrix. */
const fits = ({ dtype, shape }: TensorType, expected: Shape): boolean =>
  isFloat(dtype) &&
  (sameShape(shape, expected) || (expected.length > 2 && sameShape(shape, [expected[0] as number, sizeOf(expected.slice(1))])));

/** Tensors by our names. Throws when some of them had to be renamed, and others not. */
function named(
  tensors: ReadonlyMap<string, TensorType>,
  rename: (name: string) => string,
): Map<string, TensorType & { readonly published: string }> {
  const names = [...tensors.keys()];
  const changed = names.find((name) => rename(name) !== name);
  const unchanged = names.find((name) => rename(name) === name && /^(visual|model)\./.test(name));
  if (changed !== undefined && unchanged !== undefined) {
    throw new Error(
      `the tensors of Qwen2.5-VL are named as by two versions of its library at once: "${unchanged}" and "${changed}", ` +
        `which would be "${rename(changed)}"`,
    );
  }
  return new Map([...tensors].map(([name, { dtype, shape }]) => [rename(name), { published: name, dtype, shape }]));
}
