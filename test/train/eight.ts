/** Eight samples that stages learn by heart: packed moments of a made-up robot, eight questions, and a tiny model with a processor for them. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeImage } from '../../src/data/images.ts';
import type { LoaderDataset } from '../../src/data/loader/config.ts';
import { PACKED_INFO, type PackedInfo, packRecord, shardFile } from '../../src/data/packed.ts';
import { writeReasoning } from '../../src/data/reasoning/files.ts';
import { latentActionConfig } from '../../src/model/latent-actions.ts';
import { type Processor, type PromptLengthOptions, processor } from '../../src/model/processor.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import { randomStream } from '../../src/tensor/random.ts';
import type { PolicyStage } from '../../src/train/experiment.ts';
import type { LatentEncoder } from '../../src/train/latent-stage.node.ts';
import type { LogLine } from '../../src/train/progress.ts';
import { policyConfig, tinyProcessor } from '../support/policy.ts';

/** Samples, all of which are in every batch */
export const EIGHT = 8;

/** A tiny model to which nothing is hidden at random, and its processor. */
export function eightProcessor(): Processor {
  const config = policyConfig((tiny) => ({ ...tiny, dropping: { wrist: 0, state: 0, both: 0 } }));
  const prompt: PromptLengthOptions = {
    ...{ instructionLength: 30, fastLength: 40, template: 'plain', views: ['head', 'rightWrist'] },
    question: { questionLength: 20, answerLength: 8 },
  };
  return processor({ ...tinyProcessor(config).files, prompt }, config);
}

/** Packed samples have codes, so nobody asks for latent actions. */
export const NO_LATENTS: LatentEncoder = {
  config: latentActionConfig(),
  encode: async () => {
    throw new Error('the samples have codes');
  },
  dispose: async () => undefined,
};

/** How the eight samples differ from the usual ones. */
export interface EightOptions {
  readonly robot?: string;
  /** Black pictures: what to do can only be told by the state */
  readonly blind?: boolean;
  /** The states of the samples are those of the others, in reverse order: the same tasks of a robot that feels otherwise */
  readonly reversed?: boolean;
  /** Changes state f32[2, STATE_DIMS] and actions f32[K, 2, ACTION_DIMS] of the last sample */
  readonly spoil?: (state: Float32Array, actions: Float32Array) => void;
}

/** Packs eight samples of a robot that moves its right arm along eight straight lines, from eight poses, with random latent actions. */
export async function writeEight(
  folder: string,
  { config, format }: Processor,
  { robot = 'panda', blind = false, reversed = false, spoil }: EightOptions = {},
): Promise<LoaderDataset> {
  const views: PackedInfo['views'] = ['head', 'rightWrist'];
  const { latentLength, codes } = format.vocabulary;
  const shape = { viewSize: config.imageSize, steps: config.chunk, codes: latentLength, views };
  const records = Array.from({ length: EIGHT }, (_, i) => {
    const [state, actions] = [stateOf(reversed ? EIGHT - 1 - i : i), motionOf(i, config.chunk)];
    if (i === EIGHT - 1) spoil?.(state, actions);
    const random = randomStream(1, 'codes', i);
    return packRecord(
      {
        images: picturesOf(i, views.length, blind ? 0 : config.imageSize, config.imageSize),
        codes: Uint8Array.from({ length: latentLength }, () => random.integer(codes.entries)),
        state,
        stateMask: ofRightArm(STATE_DIMS),
        actions,
        actionMask: ofRightArm(ACTION_DIMS, config.chunk),
        aims: aimsOf(i),
        aimMask: Uint8Array.of(0, 0, 0, 1, 0, 1),
        ...{ instruction: 0, episode: i, moment: 6 * i },
      },
      shape,
    );
  });
  const info: PackedInfo = {
    ...{ format: 'gear-vla packed samples 2', settings: {}, embodiment: robot },
    ...shape,
    shards: [{ samples: EIGHT, instructions: ['put the bowl on the plate'] }],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, shardFile(0)), Buffer.concat(records));
  await writeFile(path.join(folder, PACKED_INFO), JSON.stringify(info));
  return { name: path.basename(folder), path: folder };
}

/** 1 for the numbers of the right arm, at each of some steps. */
const ofRightArm = (dims: number, steps = 1): Uint8Array =>
  Uint8Array.from({ length: steps * ARMS.length * dims }, (_, i) => Math.floor(i / dims) % ARMS.length);

/** Somewhere before the robot, upright, with a few joint angles. */
function stateOf(sample: number): Float32Array {
  const random = randomStream(1, 'state', sample);
  const own = [...[0, 1, 2].map(() => random.uniform() - 0.2), 1, 0, 0, 0, 1, 0, sample % 2];
  const state = new Float32Array(ARMS.length * STATE_DIMS);
  state.set([...own, ...Array.from({ length: STATE_DIMS - own.length }, () => random.normal())], STATE_DIMS);
  return state;
}

/** A straight line, at whose end the gripper is open or closed. */
function motionOf(sample: number, steps: number): Float32Array {
  const random = randomStream(1, 'motion', sample);
  const [x, y, z] = [0, 1, 2].map(() => 0.6 * random.uniform() - 0.3) as [number, number, number];
  const actions = new Float32Array(steps * ARMS.length * ACTION_DIMS);
  for (let step = 0; step < steps; step++) {
    const share = (step + 1) / steps;
    actions.set([share * x, share * y, share * z, 1, 0, 0, 0, 1, 0, sample % 2], (step * ARMS.length + 1) * ACTION_DIMS);
  }
  return actions;
}

/** u8[V, S, S, 3]: four squares of random colours, `bright` pixels wide together, on black. */
function picturesOf(sample: number, views: number, bright: number, side: number): Uint8Array {
  const random = randomStream(1, 'pictures', sample);
  const colours = Array.from({ length: views * 4 * 3 }, () => random.integer(256));
  return Uint8Array.from({ length: views * side * side * 3 }, (_, i) => {
    const [view, row, column] = [Math.floor(i / (3 * side * side)), Math.floor(i / (3 * side)) % side, Math.floor(i / 3) % side];
    const square = 2 * Number(row >= side / 2) + Number(column >= side / 2);
    return row < bright && column < bright ? (colours[(view * 4 + square) * 3 + (i % 3)] as number) : 0;
  });
}

/** Eight pictures of one colour each, and what it is called. */
export async function writeColours(folder: string): Promise<LoaderDataset> {
  const colours: [answer: string, ...rgb: [number, number, number]][] = [
    ['red', 230, 20, 20],
    ['green', 20, 200, 20],
    ['blue', 20, 20, 230],
    ['yellow', 230, 220, 20],
    ['pink', 240, 120, 200],
    ['cyan', 20, 220, 230],
    ['white', 250, 250, 250],
    ['black', 5, 5, 5],
  ];
  await writeReasoning(
    folder,
    await Promise.all(
      colours.map(async ([answer, ...rgb]) => {
        const data = Uint8Array.from({ length: 3 * 8 * 8 }, (_, i) => rgb[i % 3] as number);
        const bytes = await encodeImage({ width: 8, height: 8, data }, 'png');
        return { kind: 'general-vqa' as const, question: 'which colour?', answer, images: [{ bytes, width: 8, height: 8 }] };
      }),
    ),
  );
  return { name: path.basename(folder), path: folder };
}

/** A stage of batches of all eight samples, complete. */
export const stageOf = (stage: Partial<PolicyStage> & Pick<PolicyStage, 'name' | 'steps'>): PolicyStage => ({
  ...{ batch: EIGHT, learningRate: 3e-3, clipNorm: 1, flow: true },
  ...stage,
});

/** What a stage has logged. */
export const logOf = async (folder: string): Promise<LogLine[]> =>
  (await readFile(path.join(folder, 'log.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);

/** f32[2, 3, 2]: where the right arm aims, in the head view from left to right, and nowhere in the view of its wrist. */
const aimsOf = (i: number): Float32Array => Float32Array.from([...new Array(6).fill(0), (i + 0.5) / EIGHT, 0.3, 0, 0, -1, -1]);
