/**
 * All sizes and choices of a model in one typed record, checked once and stored with every checkpoint. The fields that the paper's
 * ablations change are marked with their tables.
 */
import * as z from 'zod';
import { vocabulary } from '../tokens/vocabulary.ts';
import { issuesOf } from './issues.ts';

const count = z.int().min(1);
const countOrNone = z.int().min(0);
const share = z.number().min(0).max(1);

const codes = z.strictObject({ slots: count, transitions: count, groups: count, entries: count });

const vision = z.strictObject({
  /** Qwen2.5-VL's vision tower */
  tower: z.strictObject({
    depth: count,
    width: count,
    heads: count,
    hidden: count,
    patch: count,
    temporalPatch: count,
    merge: count,
    window: count,
    fullAttention: z.array(countOrNone),
    out: count,
  }),
  /** Table 3, "Trainable 2D ViT". The merger is trained in any case. */
  trainable: z.boolean(),
  /**
   * Whether visual tokens have embeddings of their places, learned for each view. Not in the paper: rotary positions tell attention where
   * a token is from another, never what it makes of it, and a model of a few layers that begins with nothing learns that slowly.
   */
  places: z.boolean().default(false),
});

const geometry = z.strictObject({
  /** VGGT's aggregator */
  encoder: z.strictObject({
    patch: count,
    width: count,
    depth: count,
    heads: count,
    mlpRatio: z.number().positive(),
    registers: countOrNone,
    ropeBase: z.number().positive(),
    patchEmbed: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('conv') }),
      z.strictObject({ kind: z.literal('dino'), depth: count, heads: count, registers: countOrNone, imageSize: count }),
    ]),
  }),
  /** Table 3: `none` is "w/o VGGT", `frozen` "Frozen VGGT" */
  use: z.enum(['trainable', 'frozen', 'none']),
  /** Table 3: `random` is "w/o Zero-Init 3D Projector" */
  fusion: z.strictObject({ init: z.enum(['zero', 'random']) }),
});

const language = z.strictObject({
  /** Rows of the embedding: the vocabulary's size */
  vocabulary: count,
  width: count,
  layers: count,
  heads: count,
  groups: count,
  headWidth: count,
  hidden: count,
  epsilon: z.number().positive(),
  ropeBase: z.number().positive(),
  sections: z.tuple([count, count, count]),
  tied: z.boolean(),
});

const expert = z.strictObject({
  width: count,
  layers: count,
  heads: count,
  hidden: count,
  /** Which of the language model's tokens it sees: only latent action tokens in the paper's main text; the appendix also speaks of the others */
  context: z.array(z.enum(['latent', 'vision', 'state'])).min(1),
  /** Whether its loss stops there (equation 2); when false, it trains the language model as well */
  decoupled: z.boolean().default(true),
  /** How much its loss counts beside that of tokens; 1 in the paper */
  weight: z.number().positive().default(1),
  /** How flow times are drawn in training */
  times: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('uniform') }),
    z.strictObject({ kind: z.literal('beta'), alpha: z.number().positive(), beta: z.literal(1) }),
  ]),
  /** Euler steps of inference */
  steps: count,
});

/** The shape of a configuration. */
const schema = z.strictObject({
  name: z.string().min(1),
  /** Pixels of a side of a view */
  imageSize: count,
  /** Steps of a chunk at 30 Hz */
  chunk: count,
  vocabulary: z.strictObject({
    textTokens: count,
    latent: codes,
    fastTokens: countOrNone,
    coordinateTokens: countOrNone,
    multipleOf: count,
  }),
  vision,
  geometry,
  language,
  expert,
  /** How robots are told apart: tables 3 and 13 */
  embodiment: z.strictObject({
    names: z.array(z.string().regex(/^[\w-]+$/, 'expected letters, digits, - and _, as in names of parameters')).min(1),
    projectors: z.enum(['own', 'shared']),
    softPrompts: countOrNone,
    outputAware: z.boolean(),
    hidden: count,
  }),
  /** Table 14: `lapa` has one transition, from the first frame to the last; `none` has places for latent tokens that nothing is learned of */
  latentActions: z.enum(['causal', 'lapa', 'none']),
  /** Table 3, "w/o FAST Tokens" when false */
  fast: z.boolean(),
  /** Whether all pictures are black, in training and in use: a baseline that has nothing but words and state */
  blind: z.boolean().default(false),
  /** How much the loss of pointing counts (`pointing.ts`), which the paper does without; 0 for a model that does not point */
  pointing: z.number().min(0).default(0),
  /** Shares of samples whose action queries do not see the views of wrists, the state, or both: table 12 */
  dropping: z.strictObject({ wrist: share, state: share, both: share }),
});

/** A model's configuration. */
export type ModelConfig = z.infer<typeof schema>;

/** Reads a configuration: JSON that has been parsed. Throws with every field that is wrong, and every two that do not fit together. */
export function modelConfig(given: unknown): ModelConfig {
  const { success, data, error } = schema.safeParse(given);
  if (!success) throw new Error(`the model's configuration is wrong: ${issuesOf(error)}`);
  const wrong = misfits(data);
  if (wrong.length > 0) throw new Error(`the model's configuration "${data.name}" does not fit together: ${wrong.join('; ')}`);
  return data;
}

/** What does not fit together, and what would. */
function misfits(config: ModelConfig): string[] {
  const {
    imageSize,
    vision: { tower },
    geometry: { encoder, use },
    language: text,
    expert: dit,
    embodiment: { names },
    dropping,
    latentActions,
  } = config;
  const cell = tower.patch * tower.merge;
  const dino = encoder.patchEmbed.kind === 'dino' ? encoder.patchEmbed : undefined;
  const rows = rowsMisfit(config);
  const { wrist, state, both } = dropping;
  const { transitions } = config.vocabulary.latent;
  const [twice, again] = [repeated(names), repeated(dit.context)];
  const rules: readonly (readonly [boolean, string])[] = [
    [imageSize % cell === 0, `imageSize ${imageSize} is not a multiple of vision.tower.patch × merge = ${cell}`],
    [tower.window % cell === 0, `vision.tower.window ${tower.window} is not a multiple of patch × merge = ${cell}`],
    [tower.width % (4 * tower.heads) === 0, `vision.tower.width ${tower.width} is not a multiple of 4 × heads = ${4 * tower.heads}`],
    [
      tower.fullAttention.every((i) => i < tower.depth),
      `vision.tower.fullAttention [${tower.fullAttention}] names blocks from ${tower.depth} on`,
    ],
    [tower.out === text.width, `vision.tower.out is ${tower.out}, but language.width is ${text.width}`],
    [
      use === 'none' || encoder.patch === tower.patch,
      `geometry.encoder.patch is ${encoder.patch}, but vision.tower.patch is ${tower.patch}`,
    ],
    [
      encoder.width % (4 * encoder.heads) === 0,
      `geometry.encoder.width ${encoder.width} is not a multiple of 4 × heads = ${4 * encoder.heads}`,
    ],
    [
      !dino || encoder.width % dino.heads === 0,
      `geometry.encoder.width ${encoder.width} is not a multiple of patchEmbed.heads = ${dino?.heads}`,
    ],
    [
      !dino || dino.imageSize % encoder.patch === 0,
      `geometry.encoder.patchEmbed.imageSize ${dino?.imageSize} is not a multiple of patch = ${encoder.patch}`,
    ],
    [text.heads % text.groups === 0, `language.heads ${text.heads} is not a multiple of groups ${text.groups}`],
    [
      2 * (text.sections[0] + text.sections[1] + text.sections[2]) === text.headWidth,
      `language.sections [${text.sections}] do not add up to half of headWidth ${text.headWidth}`,
    ],
    [rows === undefined, `${rows}`],
    [dit.layers <= text.layers, `expert.layers ${dit.layers} is more than language.layers ${text.layers}`],
    [dit.heads % text.groups === 0, `expert.heads ${dit.heads} is not a multiple of language.groups ${text.groups}, which it shares`],
    [dit.context.includes('latent'), 'expert.context lacks "latent"'],
    [again === undefined, `expert.context has "${again}" twice`],
    [twice === undefined, `embodiment.names has "${twice}" twice`],
    [wrist + state + both <= 1 + 1e-9, `dropping.wrist + state + both is ${wrist + state + both}, more than 1`],
    [!config.fast || config.vocabulary.fastTokens > 0, 'fast is true, but vocabulary.fastTokens is 0'],
    [latentActions !== 'none' || config.fast, 'latentActions "none" and fast false leave nothing to learn of actions'],
    [
      latentActions !== 'lapa' || transitions === 1,
      `latentActions "lapa" has 1 transition, but vocabulary.latent.transitions is ${transitions}`,
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, message]) => message);
}

/** Why the language model's rows are not the vocabulary's, or there can be no such vocabulary. */
function rowsMisfit({ vocabulary: words, language }: ModelConfig): string | undefined {
  try {
    const { size } = vocabulary(words);
    return language.vocabulary === size ? undefined : `language.vocabulary is ${language.vocabulary}, but the vocabulary has ${size} rows`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The first that was there before. */
const repeated = (all: readonly string[]): string | undefined => all.find((one, i) => all.indexOf(one) < i);
