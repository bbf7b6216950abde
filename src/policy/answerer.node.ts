/** Answerers on disk: policies that were trained with questions, too. */
import type { Engine } from '../tensor/engine.ts';
import { type Answerer, createAnswerer } from './answerer.ts';
import { openPolicy } from './checkpoint.node.ts';
import type { PolicyOptions } from './policy.ts';

/** Opens a checkpoint, and reads all that answers need of it. Throws as `openPolicy` and `createAnswerer` do. */
export async function openAnswerer(file: string, engine: Engine, options: PolicyOptions = {}): Promise<Answerer> {
  const { processor, values, close } = await openPolicy(file);
  return createAnswerer(engine, processor, values, options).finally(close);
}
