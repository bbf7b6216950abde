/**
 * One measurement of the `model` benchmarks, in a process of its own; prints a line of JSON. The cases are those of `model-case.ts`.
 *
 *     model-worker.ts train|chunk CASE [--threads N] [--repeats N] [--trace PREFIX]
 *     model-worker.ts tiny CASE           writes the case of `test/model/tiny.ts`, for `reference/nano.py fixture`
 */

import { parseArgs } from 'node:util';
import { isTrained, objective } from '../src/model/gear-vla.ts';
import { predict, predictionPrograms } from '../src/model/predict.ts';
import { compile, type Executable } from '../src/tensor/compile.ts';
import { flopsOf } from '../src/tensor/flops.ts';
import { type HostTensor, numbers, scalarOf } from '../src/tensor/host.ts';
import { adamw } from '../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../src/tensor/ort.node.ts';
import { parameters } from '../src/tensor/parameters.ts';
import { drawWeights, promptsOf, readCase, writeCase } from './model-case.ts';
import { peakBytes } from './peak.ts';
import { median } from './report.ts';

/** What a measurement prints. */
export interface ModelMeasured {
  /** Median over the repeats of a training step, or of a chunk of one observation */
  readonly seconds: number;
  /** To see that two networks are the same: the loss before the first step, or the sum of the actions' sizes */
  readonly value: number;
  /** Largest resident set of the process */
  readonly peakBytes: number;
  /** Of a step, or of a chunk, in products */
  readonly flops: number;
  /** Calls of each program, those to warm up included */
  readonly calls: number;
  /** Seconds of a chunk in each program, all calls together */
  readonly parts?: Readonly<Record<string, number>>;
}

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { threads: { type: 'string', default: '2' }, repeats: { type: 'string', default: '10' }, trace: { type: 'string' } },
});
const [mode, file] = positionals as [string, string];
const REPEATS = Number(options.repeats);
const WARM_UP = 3;
const engine = nodeEngine({ threads: Number(options.threads), flushDenormals: true });
const profile = options.trace ? { profile: options.trace } : {};

type Found = Pick<ModelMeasured, 'seconds' | 'value' | 'flops' | 'parts'>;

async function secondsOf(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return (performance.now() - start) / 1000;
}

async function medianTime(step: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < WARM_UP + REPEATS; i++) times.push(await secondsOf(step));
  return median(times.slice(WARM_UP));
}

/** Steps with AdamW and clipping. */
async function timeTraining(): Promise<Found> {
  const { config, layout, weights, inputs } = await readCase(file);
  const declared = parameters({ seed: 0 });
  const { loss } = objective(declared, (inputs.ids as HostTensor).shape[0] as number, layout, config);
  const frozen = declared.trainable().filter(({ name }) => !isTrained(name, config));
  const groups = [
    ...frozen.map(({ name }) => ({ match: name, optimizer: 'frozen' as const })),
    { match: '*', optimizer: adamw({ learningRate: 1e-4 }) },
  ];
  const { step } = trainingPrograms({ loss, parameters: declared, groups, clipNorm: 1 });
  const executable = await compile(engine, { step }, { initial: weights, ...profile });
  const value = scalarOf((await executable.run('step', inputs)).loss);
  const seconds = await medianTime(() => executable.run('step', inputs));
  await executable.dispose();
  return { seconds, value, flops: flopsOf(step) };
}

/** Chunks of one observation at a time. */
async function timeChunk(): Promise<Found> {
  const given = await readCase(file);
  const { layout, ...feeds } = promptsOf(given, 1);
  const { config, weights } = given;
  const programs = predictionPrograms(parameters({ seed: 0 }), 1, layout, config);
  const executable = await compile(engine, programs, { initial: ({ name }) => weights.get(name), frozen: true, ...profile });
  /** Seconds in each program, of each chunk */
  const spent: Record<string, number>[] = [];
  /** The same, with a watch */
  const watched: Executable<keyof typeof programs> = {
    ...executable,
    run: async (name, values) => {
      const start = performance.now();
      const outputs = await executable.run(name, values);
      const own = spent.at(-1);
      if (own) own[name] = (own[name] ?? 0) + (performance.now() - start) / 1000;
      return outputs;
    },
  };
  const { actions, latents } = await predict(executable, feeds, config);
  const value = numbers(actions).reduce((sum, x) => sum + Math.abs(x), 0);
  const seconds = await medianTime(() => {
    spent.push({});
    return predict(watched, feeds, config);
  });
  await executable.dispose();
  const tokens = latents[0]?.length ?? 0;
  const flops = flopsOf(programs.read) + tokens * flopsOf(programs.decode) + flopsOf(programs.flow);
  const measured = spent.slice(-REPEATS);
  const parts = Object.fromEntries(Object.keys(programs).map((name) => [name, median(measured.map((one) => one[name] as number))]));
  return { seconds, value, flops, parts };
}

/** The tests' smallest model, none of its weights at its first value, and prompts that lack some of what there can be. */
async function writeTiny(): Promise<void> {
  const { feeds, layoutFor, prompt, tiny } = await import('../test/model/tiny.ts');
  const config = tiny();
  const declared = parameters({ seed: 0 });
  const prompts = [prompt(config, 1), prompt(config, 2, { count: 2, shown: ['head', 'rightWrist'] }), prompt(config, 3), prompt(config, 4)];
  objective(declared, prompts.length, layoutFor(config), config);
  const weights = drawWeights(declared.trainable(), 0.1);
  await writeCase(file, { config, layout: layoutFor(config), weights, inputs: feeds(config, prompts) });
}

if (mode === 'tiny') {
  await writeTiny();
} else {
  const found = await (mode === 'train' ? timeTraining() : timeChunk());
  console.log(
    JSON.stringify({
      ...found,
      calls: 1 + WARM_UP + REPEATS,
      peakBytes: peakBytes(),
    } satisfies ModelMeasured),
  );
}
