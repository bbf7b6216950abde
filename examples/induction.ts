/**
 * Trains a two-layer transformer to continue repeated sequences it has never seen: `npx tsx examples/induction.ts`.
 *
 * Each sequence is a random number of different tokens in random order, repeated. To predict the second round, the model has to
 * find where the present token stood before and say what came after it: the induction task (Olsson et al. 2022, "In-context
 * learning and induction heads"), for which one layer of attention does not suffice and two do.
 *
 * Options: `--steps N`, `--seed N`; `--checkpoint FILE` to keep the state there, every `--save-every N` steps and when the run is
 * stopped by Ctrl-C; `--resume FILE` to go on from there, with its steps and seed, to the same end bit for bit.
 */
import { parseArgs } from 'node:util';
import pc from 'picocolors';
import { crossEntropy } from '../src/nn/loss.ts';
import { compile, type Executable, type Feeds } from '../src/tensor/compile.ts';
import { hostTensor, scalarOf } from '../src/tensor/host.ts';
import { div, mul } from '../src/tensor/ops/arithmetic.ts';
import { sum } from '../src/tensor/ops/broadcast.ts';
import { cast } from '../src/tensor/ops/cast.ts';
import { equal } from '../src/tensor/ops/compare.ts';
import { argMax } from '../src/tensor/ops/reduce.ts';
import { adamw } from '../src/tensor/optimizers/adamw.ts';
import { muon } from '../src/tensor/optimizers/muon.ts';
import { cosineSchedule } from '../src/tensor/optimizers/schedule.ts';
import { trainingPrograms } from '../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../src/tensor/ort.node.ts';
import { parameters } from '../src/tensor/parameters.ts';
import { randomStream } from '../src/tensor/random.ts';
import { withSafetensors } from '../src/tensor/safetensors.node.ts';
import { loadState, saveState } from '../src/tensor/state.node.ts';
import { input } from '../src/tensor/tensor.ts';
import { trainLoop } from '../src/train/loop.ts';
import { formatProgress, sparkline } from '../src/train/progress.ts';
import { transformer } from './transformer.ts';

const VOCABULARY = 32;
const TIME = 32;
const BATCH = 32;
const [SHORTEST_PERIOD, LONGEST_PERIOD] = [6, 14];

/** Sequences, what comes next, and 1 where that can be known: from the second round on. */
function batch(seed: number, name: string, index: number): Feeds {
  const random = randomStream(seed, name, index);
  const [tokens, targets, weights] = [new BigInt64Array(BATCH * TIME), new BigInt64Array(BATCH * TIME), new Float32Array(BATCH * TIME)];
  for (let row = 0; row < BATCH; row++) {
    const period = SHORTEST_PERIOD + random.integer(LONGEST_PERIOD - SHORTEST_PERIOD + 1);
    const round = random.permutation(VOCABULARY).slice(0, period).map(BigInt);
    for (let t = 0; t < TIME; t++) {
      tokens[row * TIME + t] = round[t % period] as bigint;
      targets[row * TIME + t] = round[(t + 1) % period] as bigint;
      weights[row * TIME + t] = Number(t >= period);
    }
  }
  const shape = [BATCH, TIME];
  return {
    tokens: hostTensor('i64', shape, tokens),
    targets: hostTensor('i64', shape, targets),
    weights: hostTensor('f32', shape, weights),
  };
}

/** Programs `step` (one update) and `evaluate` (accuracy on the positions that can be known). */
function programs(seed: number, steps: number) {
  const scope = parameters({ seed });
  const tokens = input('tokens', 'i64', [BATCH, TIME]);
  const targets = input('targets', 'i64', [BATCH, TIME]);
  const weights = input('weights', 'f32', [BATCH, TIME]);
  const logits = transformer(scope, tokens, { vocabulary: VOCABULARY, width: 64, heads: 2, layers: 2, positions: 'learned' });
  const loss = crossEntropy(logits, targets, { weights });
  const hits = cast(equal(argMax(logits, -1), targets), 'f32');
  const accuracy = div(sum(mul(hits, weights)), sum(weights));
  const schedule = (peak: number) => cosineSchedule(peak, { total: steps, warmup: 20 });
  const training = trainingPrograms({
    loss,
    parameters: scope,
    groups: [
      { match: 'blocks.*.attn.*.weight', optimizer: muon({ learningRate: schedule(0.02), weightDecay: 0 }) },
      { match: 'blocks.*.mlp.*.weight', optimizer: muon({ learningRate: schedule(0.02), weightDecay: 0 }) },
      { match: '*', optimizer: adamw({ learningRate: schedule(0.01), weightDecay: 0 }) },
    ],
    clipNorm: 1,
    metrics: { accuracy },
  });
  return { training, evaluate: { outputs: { accuracy } } };
}

async function heldOutAccuracy(executable: Executable<'step' | 'evaluate'>, seed: number, batches = 8): Promise<number> {
  let total = 0;
  for (let i = 0; i < batches; i++) {
    const { accuracy } = await executable.run('evaluate', batch(seed, 'held-out', i));
    total += scalarOf(accuracy);
  }
  return total / batches;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`expected a whole number, got "${text}"`);
  return Number(text);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '700' },
      seed: { type: 'string', default: '42' },
      checkpoint: { type: 'string' },
      resume: { type: 'string' },
      'save-every': { type: 'string', default: '100' },
    },
  });
  const { resume, checkpoint } = values;
  // A run that goes on has the steps and the seed that it began with.
  const begun = resume ? await withSafetensors(resume, async ({ metadata }) => metadata) : {};
  const [steps, seed, saveEvery] = [begun.steps ?? values.steps, begun.seed ?? values.seed, values['save-every']].map(wholeNumber) as [
    number,
    number,
    number,
  ];
  const { training, evaluate } = programs(seed, steps);
  const executable = await compile(nodeEngine(), { step: training.step, evaluate });
  if (resume) {
    await loadState(resume, executable);
    console.log(`resumed after step ${scalarOf((await executable.read(['optimizer.step'])).get('optimizer.step'))}`);
  }

  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const losses: number[] = [];
  const started = performance.now();
  const done = await trainLoop({
    training,
    executable,
    batch: (index) => batch(seed, 'training', index),
    steps,
    samplesPerBatch: BATCH,
    report: (progress) => console.log(formatProgress(progress)),
    onStep: (_, outputs) => losses.push(scalarOf(outputs.loss)),
    signal: stop.signal,
    ...(checkpoint && { save: () => saveState(checkpoint, executable, { steps: `${steps}`, seed: `${seed}` }), saveEvery }),
  });
  if (done < steps) {
    console.log(`stopped after step ${done}${checkpoint ? `: go on with --resume ${checkpoint} --checkpoint ${checkpoint}` : ''}`);
    return;
  }
  const accuracy = await heldOutAccuracy(executable, seed);
  await executable.dispose();

  if (losses.length > 0) console.log(`\nloss ${sparkline(losses)}  ${losses[0]?.toFixed(2)} → ${losses.at(-1)?.toFixed(4)}`);
  const seconds = (performance.now() - started) / 1000;
  const verdict = `${(100 * accuracy).toFixed(2)} % of held-out repeats predicted after ${seconds.toFixed(1)} s (chance: ${(100 / VOCABULARY).toFixed(0)} %)`;
  if (accuracy > 0.99) console.log(pc.green(`✓ ${verdict}`));
  else {
    console.error(pc.red(`✗ ${verdict}: expected more than 99 %`));
    process.exitCode = 1;
  }
}

await main().catch((error: Error) => {
  console.error(`induction: ${error.message}`);
  process.exitCode = 2;
});
