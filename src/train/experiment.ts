/**
 * An experiment: data, model and stages of training, in one typed record. `configs/` has a file for each; what a run was trained with is
 * stored beside it.
 */
import * as z from 'zod';
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { issuesOf } from '../model/issues.ts';
import { latentActionConfig } from '../model/latent-actions/config.ts';
import { ARMS, VIEWS } from '../robot/canonical.ts';

const count = z.int().min(1);
const rate = z.number().positive();
const range = z.tuple([z.number(), z.number()]);

/** How a gradient stage is optimised. */
const optimisation = {
  /** Updates */
  steps: count,
  /** Samples of a batch */
  batch: count,
  /** AdamW's, at its highest: after a warm-up, half a cosine down to 0 */
  learningRate: rate,
  /** Updates of the warm-up; 3 % of all unless given */
  warmup: z.int().min(0).optional(),
};

const augmentation = z.strictObject({
  crop: range.optional(),
  brightness: z.number().optional(),
  contrast: z.number().optional(),
  saturation: z.number().optional(),
  hue: z.number().optional(),
  blur: range.optional(),
  noise: range.optional(),
});

const dataset = z.strictObject({
  /** A folder or file, within the folder of data; the dataset's name unless given */
  path: z.string().min(1).optional(),
  /** File of its binding, where it brings none */
  binding: z.string().min(1).optional(),
  /** Positions of the episodes to use; all unless given */
  episodes: z.array(z.int().min(0)).min(1).optional(),
  /** Where an arm without a side of its own is put; left or right at random unless given, right in what is packed */
  side: z.enum(ARMS).exactOptional(),
  /** Share of samples whose object is shown by a mask instead of named (appendix F): of what was recorded with guides, and not packed */
  guide: z.strictObject({ share: z.number().min(0).max(1) }).exactOptional(),
  /**
   * Decode once, and keep every so many moments at 30 Hz with their latent actions in the run's folder: several times faster where samples
   * are seen more than once, at 3·S² bytes for each view of size S
   */
  pack: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(6)]).exactOptional(),
  /** Where it is packed: the first so many moments of each episode are all kept, since there it is to be found out where to go */
  opening: count.exactOptional(),
  /** How to record it where it is not there: demonstrations in simulation */
  record: z
    .strictObject({
      /** Names, suites or patterns */
      tasks: z.array(z.string().min(1)).min(1),
      robot: z.string().min(1),
      episodes: count,
      /** First seed of each task */
      seed: z.int().min(0),
      /** Pixels of a side of the views: the model's unless given */
      size: count.optional(),
      /** The first so many moments are all that is kept: many scenes for little, to learn to point in */
      opening: count.exactOptional(),
    })
    .optional(),
  /** How to make it where it is not there: samples of embodied reasoning in simulation */
  reason: z
    .strictObject({
      samples: count,
      /** Kinds or stages of table 4; all, as often as there, unless given */
      kinds: z.array(z.string().min(1)).min(1).exactOptional(),
      seed: z.int().min(0),
      /** Pixels of a side of the pictures: the model's unless given */
      size: count.optional(),
    })
    .optional(),
  /** How to make it where it is not there: posed views in simulation, for the 3D encoder */
  depth: z
    .strictObject({
      moments: count,
      /** Names, suites or patterns */
      tasks: z.array(z.string().min(1)).min(1),
      robots: z.array(z.string().min(1)).min(1),
      seed: z.int().min(0),
      /** Pixels of a side of the views: the model's unless given */
      size: count.optional(),
    })
    .exactOptional(),
});

/** Shares of datasets by name; they need not add up to 1. */
const shares = z.record(z.string(), z.number().positive());

const stage = z.strictObject({
  /** Of its folder */
  name: z.string().regex(/^[a-z0-9-]+$/),
  /** Of initial weights and batches: that of the experiment unless given */
  seed: z.int().min(0).exactOptional(),
  /** What actions are learned from; nothing unless given */
  data: shares.exactOptional(),
  ...optimisation,
  /** Embodied reasoning that is learned beside the actions, or alone: samples of an update beside the `batch` of actions, and how much they count */
  questions: z.strictObject({ data: shares, batch: count, weight: rate.default(1) }).exactOptional(),
  /** Muon's learning rate, for the matrices of all blocks; AdamW trains them as well unless given */
  muon: rate.optional(),
  /** Batches whose gradients are averaged into one update; 1 unless given */
  accumulation: count.exactOptional(),
  /** Decay of an exponential moving average of the weights, which the policy then has; none unless given */
  ema: z.number().gt(0).lt(1).exactOptional(),
  /** Updates from one policy that is kept to the next: `policy-<n>.safetensors` beside the last. None is unless given. */
  snapshots: count.exactOptional(),
  /** Largest norm of the gradient; 1 in the paper */
  clipNorm: rate.default(1),
  /** Whether the action expert is trained: not in embodied pre-training (section 3.2) */
  flow: z.boolean().default(true),
  /**
   * What alone is learned of samples of actions: to point (spatial perception), from prompts that end before anything is said; a third of the
   * cost. All unless given
   */
  only: z.literal('pointing').exactOptional(),
  /** The first so many moments of episodes are its samples of actions, where alone it has to be found out where to go; all unless given */
  opening: count.exactOptional(),
  /** Names of the parameters that are trained, such as `state_projectors.*`; all that the model trains unless given */
  train: z.array(z.string().min(1)).min(1).optional(),
  augment: augmentation.optional(),
});

const schema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  /** 42 in the paper */
  seed: z.int().min(0).default(42),
  model: z.custom<ModelConfig>().transform(modelConfig),
  data: z.record(z.string(), dataset),
  /** Tokenizers and prompts */
  processor: z.strictObject({
    /** Ids of the text tokenizer, at most what the model has room for */
    textTokens: count,
    /** FAST: coefficients are multiplied by it before they are rounded. The higher, the more exact and the longer; 10 as published */
    fastScale: rate.default(10),
    /**
     * What actions are normalised by: `quantiles` of all steps of chunks together, as published, or `steps`, each by its own mean and
     * deviation, so that the first steps, which are carried out, are learned as exactly for their size as the last
     */
    normalization: z.enum(['quantiles', 'steps']).default('quantiles'),
    instructionLength: count,
    fastLength: count,
    /** Tokens of questions and answers, where stages learn from such; longer answers are cut */
    question: z.strictObject({ questionLength: count, answerLength: count }).exactOptional(),
    /** The system's words in the chat template */
    system: z.string().exactOptional(),
    /** What is around the parts of prompts; `plain` for models that have no chat to continue */
    template: z.enum(['chat', 'plain']).exactOptional(),
    /** Whether instructions and questions come before the pictures, so that what is made of these depends on them; false unless given */
    instructionFirst: z.boolean().exactOptional(),
    /** Views that prompts have places for; all three unless given */
    views: z.array(z.enum(VIEWS)).min(1).exactOptional(),
    /** Whether there is a place for a guide: false unless given */
    guide: z.boolean().exactOptional(),
  }),
  /** The latent action tokenizer, trained first: on videos, without actions */
  latent: z.strictObject({
    config: z.custom<Parameters<typeof latentActionConfig>[0]>().default({}).transform(latentActionConfig),
    data: shares,
    ...optimisation,
  }),
  /** Pre-training of the 3D encoder, where there is no VGGT to start from: on depth and cameras of posed views. None unless given */
  geometry: z
    .strictObject({
      /** One dataset, of posed views */
      data: z.string().min(1),
      /** VGGT's heads, which are not kept */
      camera: z.strictObject({ depth: count, heads: count, iterations: count.exactOptional() }),
      depthHead: z.strictObject({ features: count, channels: z.tuple([count, count, count, count]) }),
      ...optimisation,
    })
    .exactOptional(),
  stages: z.array(stage).min(1),
});

/** An experiment, complete. */
export type Experiment = z.output<typeof schema>;
/** One as it is written: what has a default may be left out. */
export type ExperimentInput = z.input<typeof schema>;
/** A stage that trains the policy. */
export type PolicyStage = Experiment['stages'][number];
/** Reads an experiment. Throws with every field that is wrong, and with datasets that stages name and that there are not. */
export function experiment(given: ExperimentInput): Experiment {
  const { success, data, error } = schema.safeParse(given);
  if (!success) throw new Error(`the experiment is wrong: ${issuesOf(error)}`);
  for (const { name, data: used, questions } of [{ name: 'latent', data: data.latent.data, questions: undefined }, ...data.stages]) {
    if (!used && !questions) throw new Error(`the experiment is wrong: stage "${name}" has neither data nor questions to learn from`);
    const unknown = Object.keys({ ...used, ...questions?.data }).find((one) => !Object.hasOwn(data.data, one));
    if (unknown !== undefined)
      throw new Error(
        `the experiment is wrong: stage "${name}" uses the dataset "${unknown}"; there are ${Object.keys(data.data).join(', ')}`,
      );
  }
  const { geometry, model } = data;
  const blunt = data.stages.find(({ only }) => only === 'pointing' && model.pointing === 0);
  if (blunt)
    throw new Error(`the experiment is wrong: stage "${blunt.name}" is to learn to point, but the model does not (model.pointing is 0)`);
  const idle = data.stages.find(({ only, data: used }) => only && !used);
  if (idle) throw new Error(`the experiment is wrong: stage "${idle.name}" is to learn to point, but from no data`);
  if (geometry && !Object.hasOwn(data.data, geometry.data))
    throw new Error(
      `the experiment is wrong: geometry uses the dataset "${geometry.data}"; there are ${Object.keys(data.data).join(', ')}`,
    );
  if (geometry && model.geometry.use === 'none')
    throw new Error('the experiment is wrong: geometry is to be trained, but the model does without (model.geometry.use is "none")');
  const own = ['latent', 'geometry'];
  const twice = data.stages.map(({ name }) => name).find((name, i, all) => own.includes(name) || all.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`the experiment is wrong: two stages are called "${twice}"`);
  return data;
}
