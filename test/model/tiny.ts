/** A model of a few thousand parameters, prompts for it, and values for its inputs. */
import { type ModelConfig, modelConfig } from '../../src/model/config.ts';
import { modelSize } from '../../src/model/configs.ts';
import { type Layout, layoutOf } from '../../src/model/sequence.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import type { Feeds } from '../../src/tensor/compile.ts';
import { type HostTensor, hostTensor } from '../../src/tensor/host.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { type Prompt, ropePositions, type SpanKind } from '../../src/tokens/prompt.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';

const nano = modelSize('nano');
const words = {
  textTokens: 48,
  latent: { transitions: 4, slots: 4, groups: 2, entries: 8 },
  fastTokens: 40,
  coordinateTokens: 0,
  multipleOf: 8,
};

/** The tiny model, with changes. */
export const tiny = (change: (config: ModelConfig) => unknown = (config) => config): ModelConfig =>
  modelConfig(
    change({
      ...nano,
      name: 'tiny',
      imageSize: 56,
      chunk: 5,
      vocabulary: words,
      vision: {
        tower: { ...nano.vision.tower, width: 32, heads: 2, hidden: 48, window: 28, out: 32 },
        trainable: true,
        places: false,
      },
      geometry: { ...nano.geometry, encoder: { ...nano.geometry.encoder, width: 24, heads: 2 } },
      language: {
        ...nano.language,
        vocabulary: vocabulary(words).size,
        width: 32,
        layers: 3,
        heads: 2,
        groups: 1,
        headWidth: 16,
        hidden: 48,
        sections: [2, 3, 3],
      },
      expert: { ...nano.expert, width: 32, layers: 2, heads: 2, hidden: 48, steps: 4 },
      embodiment: { ...nano.embodiment, hidden: 16 },
    }),
  );

/** Visual tokens of a view */
const CELLS = 4;

/** A prompt of random words; `shown` views are there, `words` of 4 places have an instruction. */
export function prompt(
  config: ModelConfig,
  seed: number,
  { targets = true, shown = ['head', 'leftWrist', 'rightWrist'], count = 3 } = {},
): Prompt {
  const random = randomStream(seed, 'prompt');
  const { text, fast, latentLength, latentTokens } = vocabulary(config.vocabulary);
  const word = (): number => text.start + 1 + random.integer(text.end - text.start - 1);
  const parts: [kind: SpanKind, ids: number[], hidden?: boolean][] = [['template', [word(), word()]]];
  for (const view of ['head', 'leftWrist', 'rightWrist'] as const) parts.push([view, new Array(CELLS).fill(0), !shown.includes(view)]);
  parts.push(['instruction', Array.from({ length: count }, word)]);
  if (count < 4) parts.push(['padding', new Array(4 - count).fill(0), true]);
  parts.push(['state', new Array(2 + config.embodiment.softPrompts).fill(0)], ['template', [word()]]);
  if (targets) {
    parts.push(['latent', [...latentTokens(Array.from({ length: latentLength }, () => random.integer(8)))]]);
    parts.push(
      ['fast', Array.from({ length: 4 }, () => fast.start + random.integer(fast.end - fast.start))],
      ['end', [1]],
      ['padding', [0, 0], true],
    );
  }
  const ids = Int32Array.from(parts.flatMap(([, own]) => own));
  const visible = Uint8Array.from(parts.flatMap(([, own, hidden]) => own.map(() => (hidden ? 0 : 1))));
  const spans = parts.map(([kind, own], i) => {
    const start = parts.slice(0, i).reduce((sum, [, before]) => sum + before.length, 0);
    return { kind, start, end: start + own.length };
  });
  const trained = Uint8Array.from(ids, () => 0);
  for (const { kind, start, end } of spans) if (kind === 'latent' || kind === 'fast' || kind === 'end') trained.fill(1, start - 1, end - 1);
  const next = Int32Array.from(ids, (_, i) => ids[i + 1] ?? 0);
  return { ids, targets: next, trained, visible, spans };
}

/** The layout of these prompts. */
export const layoutFor = (config: ModelConfig, targets = true): Layout => layoutOf(prompt(config, 0, { targets }));

/** bool[B, 3]: which views prompts show. */
export const viewsShown = (prompts: readonly Prompt[]): HostTensor =>
  hostTensor(
    'bool',
    [prompts.length, 3],
    prompts.flatMap(({ spans, visible }) =>
      (['head', 'leftWrist', 'rightWrist'] as const).map((view) =>
        spans.some(({ kind, start }) => kind === view && visible[start] === 1) ? 1 : 0,
      ),
    ),
  );

/** Values for all inputs of the objective: a batch of prompts with random pictures, states and chunks. */
export function feeds(config: ModelConfig, prompts: readonly Prompt[], seed = 0): Record<string, HostTensor> {
  const batch = prompts.length;
  const random = randomStream(seed, 'feeds');
  const each = (of: (p: Prompt) => ArrayLike<number>): number[] => prompts.flatMap((p) => Array.from(of(p)));
  const length = (prompts[0] as Prompt).ids.length;
  const size = config.imageSize ** 2 * 3;
  const normal = (name: string, shape: readonly number[]): HostTensor =>
    hostTensor(
      'f32',
      shape,
      normals(
        randomStream(seed, name),
        shape.reduce((a, b) => a * b, 1),
      ),
    );
  const chunk = [batch, config.chunk, ARMS.length, ACTION_DIMS];
  const sampleSize = config.chunk * ARMS.length * ACTION_DIMS;
  return {
    images: hostTensor(
      'u8',
      [batch, 3, config.imageSize, config.imageSize, 3],
      Array.from({ length: batch * 3 * size }, () => random.integer(256)),
    ),
    ids: hostTensor(
      'i64',
      [batch, length],
      each(({ ids }) => ids),
    ),
    visible: hostTensor(
      'bool',
      [batch, length],
      each(({ visible }) => visible),
    ),
    positions: hostTensor(
      'i64',
      [batch, 3, length],
      each((p) => ropePositions(p, [2, 2])),
    ),
    state: normal('state', [batch, ARMS.length, STATE_DIMS]),
    stateMask: hostTensor(
      'bool',
      [batch, ARMS.length, STATE_DIMS],
      Array.from({ length: batch * ARMS.length * STATE_DIMS }, (_, i) => (Math.floor(i / STATE_DIMS) % 2 === 0 ? 1 : 0)),
    ),
    embodiment: hostTensor(
      'i64',
      [batch],
      prompts.map((_, i) => i % config.embodiment.names.length),
    ),
    targets: hostTensor(
      'i64',
      [batch, length],
      each(({ targets }) => targets),
    ),
    weights: hostTensor(
      'f32',
      [batch, length],
      each(({ trained }) => trained),
    ),
    actions: normal('actions', chunk),
    actionMask: hostTensor(
      'bool',
      chunk,
      // One arm; the second sample is near the end of its episode.
      Array.from({ length: batch * config.chunk * 2 * ACTION_DIMS }, (_, i) => {
        const [arm, step] = [Math.floor(i / ACTION_DIMS) % 2, Math.floor(i / (2 * ACTION_DIMS)) % config.chunk];
        const last = i >= sampleSize && i < 2 * sampleSize ? config.chunk - 2 : config.chunk;
        return arm === 0 && step < last ? 1 : 0;
      }),
    ),
    noise: normal('noise', chunk),
    time: hostTensor(
      'f32',
      [batch],
      prompts.map((_, i) => (i + 0.5) / batch),
    ),
    dropWrist: hostTensor(
      'bool',
      [batch, 1],
      prompts.map((_, i) => i % 2),
    ),
    dropState: hostTensor(
      'bool',
      [batch, 1],
      prompts.map((_, i) => (i % 4 === 3 ? 1 : 0)),
    ),
  };
}

/** Those of some inputs that are asked for. */
export const only = (values: Readonly<Record<string, HostTensor>>, names: Iterable<string>): Feeds =>
  Object.fromEntries([...names].map((name) => [name, values[name] as HostTensor]));
