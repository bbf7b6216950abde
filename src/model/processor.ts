/**
 * What stands between a robot and the model: normalisation, text and action tokenizers, and the form of prompts. A policy is a model
 * together with its processor; they are stored together, for a model with another's statistics or words is silently wrong.
 */
import * as z from 'zod';
import { ARMS } from '../robot/canonical.ts';
import type { Normalization } from '../robot/normalization.ts';
import { type HostTensor, hostTensor } from '../tensor/host.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { FastTokenizer } from '../tokens/fast.ts';
import { type FastFiles, loadFast, saveFast } from '../tokens/fast-files.ts';
import {
  actionPrompt,
  type Prompt,
  type PromptFormat,
  promptFormat,
  questionSample,
  ropePositions,
  VIEWS,
  type View,
} from '../tokens/prompt.ts';
import { loadTextTokenizer, type TextTokenizer } from '../tokens/text.ts';
import { vocabulary } from '../tokens/vocabulary.ts';
import type { ModelConfig } from './config.ts';
import { viewGrid } from './perception.ts';
import { aimShares } from './pointing.ts';
import { type Layout, layoutOf } from './sequence.ts';

/** What a policy's prompts are like, beside what its model says: JSON. */
export interface PromptLengthOptions {
  /** Tokens that an instruction can have */
  readonly instructionLength: number;
  /** FAST tokens that a chunk can have */
  readonly fastLength: number;
  /** The system's words in the chat template: Qwen2.5-VL's unless given */
  readonly system?: string;
  /** `chat` unless given */
  readonly template?: 'chat' | 'plain';
  /** Tokens that questions and answers can have, where the model is trained with such */
  readonly question?: { readonly questionLength: number; readonly answerLength: number };
  /** Views that there are places for: all three unless given */
  readonly views?: readonly View[];
  /** Whether instructions and questions come before the pictures: false unless given */
  readonly instructionFirst?: boolean;
  /** Whether there is a place for a guide, a picture that shows by a mask which object is meant: false unless given */
  readonly guide?: boolean;
}

/** All that is learned from data without gradients, as files and JSON. */
export interface ProcessorFiles {
  readonly normalization: Normalization;
  /** The text of the text tokenizer's `tokenizer.json` */
  readonly text: string;
  readonly fast: FastFiles;
  readonly prompt: PromptLengthOptions;
}

/** A processor at work. */
export interface Processor {
  readonly files: ProcessorFiles;
  readonly config: ModelConfig;
  readonly text: TextTokenizer;
  readonly fast: FastTokenizer;
  readonly format: PromptFormat;
  /** The layouts of prompts for inference, of those with targets, and of questions with answers where there is room for such */
  readonly layouts: { readonly prompt: Layout; readonly sample: Layout; readonly question?: Layout };
}

/** Makes a processor. Throws when a tokenizer has more ids than the model has room for. */
export function processor(files: ProcessorFiles, config: ModelConfig): Processor {
  const text = loadTextTokenizer(files.text);
  const fast = loadFast(files.fast);
  const words = vocabulary(config.vocabulary);
  const room = words.fast.end - words.fast.start;
  if (fast.config.vocabularySize > room) {
    throw new Error(`the FAST tokenizer has ${fast.config.vocabularySize} tokens, but the model "${config.name}" has room for ${room}`);
  }
  const format = promptFormat({
    tokenizer: text,
    vocabulary: words,
    grid: viewGrid(config),
    stateTokens: ARMS.length + config.embodiment.softPrompts,
    ...files.prompt,
  });
  const latents = new Array<number>(words.latentLength).fill(0);
  const { question } = files.prompt;
  const layouts = {
    ...(question && { question: layoutOf(questionSample(format, { question: '', answer: '?', views: [], ...question })) }),
    prompt: layoutOf(actionPrompt(format, { instruction: '' })),
    sample: layoutOf(actionPrompt(format, { instruction: '', latents, fast: [] })),
  };
  return { files, config, text, fast, format, layouts };
}

/** A processor's files for one that was made here. */
export const processorFiles = (
  normalization: Normalization,
  text: { readonly json: string },
  fast: FastTokenizer,
  prompt: PromptLengthOptions,
): ProcessorFiles => ({ normalization, text: text.json, fast: saveFast(fast), prompt });

const schema = z.object({
  normalization: z.custom<Normalization>((value) => typeof value === 'object' && value !== null && 'actions' in value),
  text: z.string(),
  fast: z.object({ tokenizer: z.string(), processor: z.string() }),
  prompt: z.strictObject({
    instructionLength: z.int().min(0),
    fastLength: z.int().min(0),
    system: z.string().exactOptional(),
    template: z.enum(['chat', 'plain']).exactOptional(),
    views: z.array(z.enum(VIEWS)).exactOptional(),
    question: z.strictObject({ questionLength: z.int().min(1), answerLength: z.int().min(1) }).exactOptional(),
    guide: z.boolean().exactOptional(),
    instructionFirst: z.boolean().exactOptional(),
  }),
});

/** Reads the JSON of a processor's files. Throws when it is none. */
export function parseProcessor(json: string): ProcessorFiles {
  const { success, data, error } = schema.safeParse(JSON.parse(json));
  if (!success) throw new Error(`this is no processor: ${z.prettifyError(error)}`);
  return data;
}

/**
 * Prompts as the tensors that the model takes: ids, visible and positions. All are of one length. Throws for one that lacks the head view,
 * which the 3D encoder sees the others from.
 */
export function promptFeeds(prompts: readonly Prompt[], { grid }: PromptFormat): Record<'ids' | 'visible' | 'positions', HostTensor> {
  const [batch, length] = [prompts.length, prompts[0]?.ids.length ?? 0];
  const ids = new BigInt64Array(batch * length);
  const visible = new Uint8Array(batch * length);
  const positions = new BigInt64Array(batch * 3 * length);
  for (const [b, prompt] of prompts.entries()) {
    const head = prompt.spans.find(({ kind }) => kind === 'head');
    if (head && prompt.visible[head.start] === 0) throw new Error('there is no head view: only those of wrists may be missing');
    ids.set(BigInt64Array.from(prompt.ids, BigInt), b * length);
    visible.set(prompt.visible, b * length);
    positions.set(BigInt64Array.from(ropePositions(prompt, grid), BigInt), b * 3 * length);
  }
  return {
    ids: hostTensor('i64', [batch, length], ids),
    visible: hostTensor('bool', [batch, length], visible),
    positions: hostTensor('i64', [batch, 3, length], positions),
  };
}

/**
 * The pictures that prompts have places for: u8[B, 3, S, S, 3] of the canonical record, and `guides` u8[B, S, S, 3], which come before them
 * and are black unless given → u8[B, V, S, S, 3]. Throws for guides where the prompts have no place for one.
 */
export function imagesFeed(images: HostTensor, { views, guide }: PromptFormat, guides?: HostTensor): HostTensor {
  if (guides && !guide) throw new Error('there are guides, but the prompts have no place for one');
  if (!guide && views.length === VIEWS.length) return images;
  const [batch, slots, ...picture] = images.shape as [number, number, number, number, number];
  const each = sizeOf(picture);
  const kept = VIEWS.flatMap((view, slot) => (views.includes(view) ? [slot] : []));
  const first = guide ? 1 : 0;
  const count = first + kept.length;
  const data = new Uint8Array(batch * count * each);
  const copy = (from: HostTensor, picked: number, to: number): void =>
    data.set(from.data.subarray(picked * each, (picked + 1) * each) as Uint8Array, to * each);
  for (let b = 0; b < batch; b++) {
    if (guides) copy(guides, b, b * count);
    for (const [i, slot] of kept.entries()) copy(images, b * slots + slot, b * count + first + i);
  }
  return hostTensor('u8', [batch, count, ...picture], data);
}

/** Numbers of embodiments i64[B] by their names. Throws for one that the model does not know. */
export function embodimentFeed(names: readonly string[], { embodiment, name }: ModelConfig): HostTensor {
  const numbers = names.map((one) => {
    const number = embodiment.names.indexOf(one);
    if (number < 0)
      throw new Error(
        `the model "${name}" knows no embodiment "${one}"; it knows ${embodiment.names.join(', ')}. \`gear adapt\` teaches it one`,
      );
    return BigInt(number);
  });
  return hostTensor('i64', [names.length], BigInt64Array.from(numbers));
}

/**
 * What is pointed at, of the canonical record, by the views that prompts have places for: `aims` f32[B, 2, 3, 2], `aimMask` bool[B, 2, 3]
 * and `viewMask` bool[B, 3] → the inputs of `aimTargetInputs`. A guide is not pointed at.
 */
export function aimFeeds(
  { aims, aimMask, viewMask }: Readonly<Record<'aims' | 'aimMask' | 'viewMask', HostTensor>>,
  { views, guide, grid }: PromptFormat,
): Record<'aims' | 'aimWeights', HostTensor> {
  const batch = aims.shape[0] as number;
  const shown = [...(guide ? [-1] : []), ...VIEWS.flatMap((view, slot) => (views.includes(view) ? [slot] : []))];
  const shares: Float32Array[] = [];
  const weights: number[] = [];
  for (let b = 0; b < batch; b++)
    for (const arm of ARMS.keys())
      for (const slot of shown) {
        const place = (b * ARMS.length + arm) * VIEWS.length + slot;
        const known = slot >= 0 && aimMask.data[place] === 1 && viewMask.data[b * VIEWS.length + slot] === 1;
        weights.push(known ? 1 : 0);
        shares.push(known ? aimShares(aims.data[2 * place] as number, aims.data[2 * place + 1] as number, grid) : aimShares(-1, -1, grid));
      }
  const shape = [batch, ARMS.length, shown.length];
  const each = shares[0]?.length ?? 0;
  const data = new Float32Array(shares.length * each);
  for (const [i, share] of shares.entries()) data.set(share, i * each);
  return { aims: hostTensor('f32', [...shape, each], data), aimWeights: hostTensor('f32', shape, Float32Array.from(weights)) };
}
