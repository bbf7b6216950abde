/**
 * Replays a batch with which a stage of the policy diverged: loss, its parts and all gradients, with the parameters that it was seen with, and
 * with those of the last state. What is odd in both is in the batch; what is odd in the first alone is in the parameters.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type ModelConfig, modelConfig } from '../model/config.ts';
import { type Processor, type ProcessorFiles, processor } from '../model/processor.ts';
import { AnomalyError } from '../tensor/anomaly.ts';
import { compile, type Executable, type Feeds } from '../tensor/compile.ts';
import type { Engine } from '../tensor/engine.ts';
import { gradientsOrNothing } from '../tensor/gradients.ts';
import type { Program } from '../tensor/graph.ts';
import { type HostTensor, scalarOf } from '../tensor/host.ts';
import { groupOf } from '../tensor/optimizers/training.ts';
import { parameters } from '../tensor/parameters.ts';
import { readSafetensors, withSafetensors } from '../tensor/safetensors.node.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { PARAMETERS } from './divergence.ts';
import type { PolicyStage } from './experiment.ts';
import { groupsOf, stageObjective } from './policy-stage.node.ts';
import { allFinite, batchMagnitudes, type ComputedBatch, computedBatch, type Replay } from './replay.ts';
import { OPTIMIZER, STATE } from './report.node.ts';

/** What comes before the names of parameters in the names of outputs that are their gradients. */
const GRADIENT = 'gradient.';

/**
 * Computes the batch of a `diverged.safetensors` again; the last state is that beside it. Throws when the file is no such batch, or one of
 * another kind of stage.
 */
export async function replayDiverged(file: string, engine: Engine): Promise<Replay> {
  const { metadata, tensors } = await readSafetensors(file);
  const { stage, ready, seed } = settingsOf(file, metadata);
  const batch = Object.fromEntries([...tensors].filter(([name]) => !name.startsWith(PARAMETERS)));
  const stopped = withoutPrefix(PARAMETERS, tensors);
  const program = gradientProgram(stage, ready, seed);
  const state = path.join(path.dirname(file), STATE);
  const executable = await compile(engine, { replay: program }, { initial: ({ name }) => stopped.get(name) ?? lacks(file, name) });
  try {
    const now = await computed(executable, batch, stopped, Number(metadata.after));
    const saved = existsSync(state) ? await savedParameters(state, stopped.keys()) : undefined;
    if (saved) await executable.write(saved.values);
    const inputs = batchMagnitudes(batch);
    return {
      update: Number(metadata.update),
      reason: metadata.reason ?? '',
      inputs,
      stopped: now,
      ...(saved && { saved: await computed(executable, batch, saved.values, saved.after) }),
      // Where the batch itself is to blame, nobody need look on.
      ...(inputs.every(({ notFinite }) => notFinite === 0) && !allFinite(now) && (await firstOf(engine, program, stopped, batch))),
    };
  } finally {
    await executable.dispose();
  }
}

/** What decides the program of a stage. */
interface StageSettings {
  readonly stage: PolicyStage;
  readonly ready: Processor;
  readonly seed: number;
}

function settingsOf(file: string, metadata: Readonly<Record<string, string>>): StageSettings {
  if (metadata.settings === undefined || metadata.reason === undefined)
    throw new Error(`${file} is no batch with which training diverged: those are called diverged.safetensors, in the folder of a stage`);
  const {
    stage,
    model,
    processor: files,
    seed,
  } = JSON.parse(metadata.settings) as {
    readonly stage?: PolicyStage;
    readonly model?: ModelConfig;
    readonly processor?: ProcessorFiles;
    readonly seed?: number;
  };
  if (!stage || !model || !files || seed === undefined)
    throw new Error(`${file} is of a stage that does not train the policy: only batches of those that do can be replayed`);
  return { stage, ready: processor(files, modelConfig(model)), seed };
}

/** Outputs: all that the stage's step reports of a batch, and the gradients of what it trains. */
function gradientProgram(stage: PolicyStage, ready: Processor, seed: number): Program {
  const scope = parameters({ seed });
  const { loss, metrics } = stageObjective(scope, stage, ready);
  const groups = groupsOf(scope, stage, ready);
  const trained = scope.trainable().filter((parameter) => groupOf(parameter, groups).optimizer !== 'frozen');
  const gradients = gradientsOrNothing(
    loss,
    trained.map(({ tensor }) => tensor),
  );
  return { outputs: { loss, ...metrics, ...Object.fromEntries(trained.map(({ name }, i) => [GRADIENT + name, gradients[i] as Tensor])) } };
}

async function computed(
  executable: Executable<'replay'>,
  batch: Feeds,
  values: ReadonlyMap<string, HostTensor>,
  after: number,
): Promise<ComputedBatch> {
  const outputs = new Map(Object.entries(await executable.run('replay', batch)));
  const scalars = Object.fromEntries([...outputs].filter(([name]) => !name.startsWith(GRADIENT)));
  return computedBatch(after, scalars, values, withoutPrefix(GRADIENT, outputs));
}

/** Those whose names begin with a prefix, by what follows it. */
const withoutPrefix = (prefix: string, tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> =>
  new Map([...tensors].flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [])));

/** Parameters of a state, and the updates that they have had. */
const savedParameters = (
  state: string,
  names: Iterable<string>,
): Promise<{ readonly values: ReadonlyMap<string, HostTensor>; readonly after: number }> =>
  withSafetensors(state, async ({ read }) => {
    const values = new Map<string, HostTensor>();
    for (const name of names) values.set(name, await read(name));
    return { values, after: scalarOf(await read(`${OPTIMIZER}step`)) };
  });

/** Where the first number comes from that is not finite: all intermediate values are looked at, which takes ten times as long. */
async function firstOf(
  engine: Engine,
  program: Program,
  values: ReadonlyMap<string, HostTensor>,
  batch: Feeds,
): Promise<Pick<Replay, 'first'>> {
  const executable = await compile(engine, { replay: program }, { initial: ({ name }) => values.get(name), detectAnomaly: true });
  try {
    await executable.run('replay', batch);
    return {};
  } catch (error) {
    if (error instanceof AnomalyError) return { first: error.message };
    throw error;
  } finally {
    await executable.dispose();
  }
}

function lacks(file: string, name: string): never {
  throw new Error(`${file} lacks the parameter "${name}"`);
}
