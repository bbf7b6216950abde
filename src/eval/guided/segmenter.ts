/** The small segmenter in use, and on disk. */
import type { Executable } from '../../tensor/compile.ts';
import { compile } from '../../tensor/compile.ts';
import type { Engine } from '../../tensor/engine.ts';
import { type HostTensor, hostTensor } from '../../tensor/host.ts';
import { parameters } from '../../tensor/parameters.ts';
import { readSafetensors, writeSafetensors } from '../../tensor/safetensors.node.ts';
import { input } from '../../tensor/tensor.ts';
import type { Segmenter } from './guide.ts';
import { CHANNELS, cutSquare, pasteMask, SIDE, segmenterNet } from './segmenter-net.ts';

const FORMAT = 'gear-vla segmenter 1';

/** Writes weights by name, with what made them: JSON. */
export const saveSegmenter = (file: string, tensors: ReadonlyMap<string, HostTensor>, made: unknown): Promise<void> =>
  writeSafetensors(file, { metadata: { format: FORMAT, made: JSON.stringify(made) }, tensors });

/** Compiles one with these weights. */
export async function createSegmenter(engine: Engine, weights: ReadonlyMap<string, HostTensor>): Promise<Segmenter> {
  const logits = segmenterNet(parameters({ seed: 0 }), input('squares', 'f32', [1, CHANNELS, SIDE, SIDE]));
  const net: Executable<'see'> = await compile(engine, { see: { outputs: { logits } } }, { initial: weights, frozen: true });
  return {
    async segment(picture, box) {
      const square = new Float32Array(CHANNELS * SIDE * SIDE);
      cutSquare(picture, box, square);
      const out = await net.run('see', { squares: hostTensor('f32', [1, CHANNELS, SIDE, SIDE], square) });
      return pasteMask((out.logits as HostTensor).data as Float32Array, picture, box);
    },
    dispose: () => net.dispose(),
  };
}

/** Opens one. Throws when the file is none. */
export async function openSegmenter(file: string, engine: Engine): Promise<Segmenter> {
  const { metadata, tensors } = await readSafetensors(file);
  if (metadata.format !== FORMAT) throw new Error(`${file} is no segmenter: \`gear train-segmenter ${file}\` makes one`);
  return createSegmenter(engine, tensors);
}
