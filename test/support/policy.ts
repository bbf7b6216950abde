/** A policy of a few thousand parameters: its processor, and weights that are nowhere at their first values. */
import type { ModelConfig } from '../../src/model/config.ts';
import { modelParameters } from '../../src/model/import.ts';
import { type Processor, processor, processorFiles } from '../../src/model/processor.ts';
import { ACTION_DIMS, ARMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import type { DimensionStatistics } from '../../src/robot/normalization.ts';
import { type HostTensor, hostTensor, numbers } from '../../src/tensor/host.ts';
import { normals, randomStream } from '../../src/tensor/random.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { fitFast } from '../../src/tokens/fast-fit.ts';
import { trainTextTokenizer } from '../../src/tokens/text.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { tiny } from '../model/tiny.ts';

/** Half a metre each way, any rotation */
function statistics(): DimensionStatistics {
  const wide = (value: number): number[] => Array.from({ length: ACTION_DIMS }, (_, d) => (d === 9 ? Math.max(value, 0) : value));
  return { mean: wide(0), std: wide(1), q01: wide(-0.5), q99: wide(1) };
}

/** The tiny model with room for a processor's words. */
export const policyConfig = (change: (config: ModelConfig) => unknown = (config) => config): ModelConfig =>
  tiny((config) => {
    const words = { ...config.vocabulary, textTokens: 300, fastTokens: 300 };
    return change({ ...config, vocabulary: words, language: { ...config.language, vocabulary: vocabulary(words).size } });
  });

/** A processor of a few words and random chunks. */
export function tinyProcessor(config: ModelConfig = policyConfig()): Processor {
  const chunk = (i: number) => ({
    horizon: config.chunk,
    dims: ARMS.length * ACTION_DIMS,
    data: normals(randomStream(i, 'chunk'), config.chunk * ARMS.length * ACTION_DIMS, 0.3),
  });
  const fast = fitFast(
    Array.from({ length: 50 }, (_, i) => chunk(i)),
    { everyByte: true, vocabularySize: 300, spare: 64 },
  );
  const text = trainTextTokenizer(['put the red apple into the basket', 'put the bowl on the plate'], { vocabularySize: 300 });
  const normalization = { rotation: 'rmat6d-columns', state: statistics(), actions: statistics() } as const;
  return processor(processorFiles(normalization, text, fast, { instructionLength: 40, fastLength: 40, system: '' }), config);
}

/** Weights by name. */
export const tinyWeights = (config: ModelConfig = policyConfig()): Map<string, HostTensor> =>
  new Map(
    modelParameters(config).map(({ name, shape, initial }) => {
      const noise = normals(randomStream(7, name), sizeOf(shape), 0.05);
      return [
        name,
        hostTensor(
          'f32',
          shape,
          numbers(initial()).map((value, i) => value + (noise[i] as number)),
        ),
      ];
    }),
  );

/** What a robot with one arm sees at a moment. */
export function observation(seed: number, { imageSize }: ModelConfig = policyConfig()) {
  const random = randomStream(seed, 'observation');
  const images = Uint8Array.from({ length: 3 * 3 * imageSize ** 2 }, () => random.integer(256));
  const own = (_: unknown, i: number): number => (i >= STATE_DIMS ? 1 : 0);
  return {
    images,
    viewMask: Uint8Array.of(1, 0, 1),
    state: Float32Array.from({ length: 2 * STATE_DIMS }, (_, i) => own(0, i) * random.normal()),
    stateMask: Uint8Array.from({ length: 2 * STATE_DIMS }, own),
    instruction: 'put the red apple into the basket',
    embodiment: 'panda',
    seed,
  };
}
