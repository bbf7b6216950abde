/**
 * The latent action tokenizer on video (`src/model/latent-actions.ts`): trained on simulated demonstrations and on recordings of a robot
 * together, then shown episodes that it never saw. How much better than copying the first frame it tells the following ones; how many
 * entries its codebooks use; whether the codes of a transition say where the tool moves (a linear probe); and whether the same motion in
 * another room gets the same codes. Intervals hold in 95 of 100 cases; they come from drawing episodes again, of a
 * recording stretches of 1.6 s (bootstrap).
 *
 * STEPS (600) updates, EPISODES (100) simulated demonstrations to train on, SEED (0), HELD_OUT_SEED (2000); DATASET is the
 * robot's, of which the episode in position RECORDING (-1, the last) is held out.
 * FIGURE=FILE.png draws held-out windows: first frame, last frame, and the last frame as told. PROBE_FIGURE=FILE.png draws
 * which directions the probe tells, and how often it is right.
 */
import { fileURLToPath } from 'node:url';
import { type Augmentation, augment, drawAugmentation } from '../src/data/augment.ts';
import { drawPicks, latentActionConfig, latentChanges, latentTokenizer, latentTokenizerLoss } from '../src/model/latent-actions.ts';
import { compile } from '../src/tensor/compile.ts';
import { numbers, scalarOf } from '../src/tensor/host.ts';
import { add, div, square, sub } from '../src/tensor/ops/arithmetic.ts';
import { cast } from '../src/tensor/ops/cast.ts';
import { slice, transpose } from '../src/tensor/ops/layout.ts';
import { clip } from '../src/tensor/ops/math.ts';
import { mean } from '../src/tensor/ops/reduce.ts';
import { adamw } from '../src/tensor/optimizers/adamw.ts';
import { cosineSchedule } from '../src/tensor/optimizers/schedule.ts';
import { trainingPrograms } from '../src/tensor/optimizers/training.ts';
import { nodeEngine } from '../src/tensor/ort.node.ts';
import { parameters } from '../src/tensor/parameters.ts';
import { randomStream } from '../src/tensor/random.ts';
import { input, type Tensor } from '../src/tensor/tensor.ts';
import {
  type Clip,
  framesOf,
  groupOf,
  isWithinGroup,
  recordedClips,
  simulatedClips,
  type Window,
  windowsOf,
} from './latent-actions-clips.ts';
import { drawProbe, drawTold } from './latent-actions-figure.ts';
import { chanceOf, type Estimate, estimate, format, perplexity } from './latent-actions-measures.ts';
import { type Coded, DIRECTIONS, probe } from './latent-actions-probe.ts';
import { goal, type Report, round } from './report.ts';

const STEPS = Number(process.env.STEPS ?? 600);
const EPISODES = Number(process.env.EPISODES ?? 100);
const HELD_OUT = 30;
const SEED = Number(process.env.SEED ?? 0);
const BATCH = 32;
/** Of each batch, windows of recordings */
const RECORDED = 8;
const DATASET = process.env.DATASET ?? fileURLToPath(new URL('../test/fixtures/g1-pick-bottle', import.meta.url));
const CONFIG = latentActionConfig();
/** First seed of the held-out demonstrations, far from those of training */
const HELD_OUT_SEED = Number(process.env.HELD_OUT_SEED ?? 2000);
const RECORDING = Number(process.env.RECORDING ?? -1);

/** How recordings are changed: more than policies' views are, there being so few */
const AUGMENTED = { crop: [0.7, 1], brightness: 0.3, contrast: 0.3, saturation: 0.5, hue: 0.05, blur: [0, 0.5], noise: [0, 2] } as const;

/** What the tokenizer says of a window. */
interface Told extends Coded {
  /** Mean squared errors of the frames after the first: as decoded, and for copies of the first */
  readonly error: number;
  readonly copying: number;
}

/** The tokenizer's programs: a training step, and what is said of a batch of windows. */
async function network() {
  const shape = [BATCH, CONFIG.frames, CONFIG.imageSize, CONFIG.imageSize, 3];
  const video = (name: string): Tensor => div(transpose(cast(input(name, 'u8', shape), 'f32'), [0, 1, 4, 2, 3]), 255);
  const [frames, shown] = [video('frames'), video('shown')];
  const picks = input('picks', 'i64', [CONFIG.codes.groups, CONFIG.codes.entries]);
  const scope = parameters({ seed: SEED });
  const { loss, reconstruction, copying, commitment, perplexity, updates } = latentTokenizerLoss(scope, frames, { picks, shown }, CONFIG);
  const count = scope.trainable().reduce((sum, { shape: dims }) => sum + dims.reduce((a, b) => a * b, 1), 0);
  const training = trainingPrograms({
    loss,
    parameters: scope,
    groups: [
      { match: '*', optimizer: adamw({ learningRate: cosineSchedule(1e-3, { total: STEPS, warmup: STEPS / 25 }), weightDecay: 0.01 }) },
    ],
    clipNorm: 1,
    metrics: { reconstruction, copying, commitment, perplexity },
  });
  const step = { ...training.step, updates: new Map([...(training.step.updates ?? []), ...updates]) };

  const actions = latentTokenizer(scope, frames, CONFIG);
  const first = slice(frames, 1, 0, 1);
  const later = slice(frames, 1, 1, CONFIG.frames);
  const told = add(first, latentChanges(scope, actions, CONFIG));
  const perWindow = { axes: [1, 2, 3, 4] };
  const errors = { error: mean(square(sub(told, later)), perWindow), copying: mean(square(sub(first, later)), perWindow) };
  const last = transpose(clip(slice(told, 1, CONFIG.frames - 2, CONFIG.frames - 1), 0, 1), [0, 1, 3, 4, 2]);
  const tell = { outputs: { codes: actions.codes, ...errors, last } };
  return { count, executable: await compile(nodeEngine({ threads: 1 }), { step, tell }) };
}

type Network = Awaited<ReturnType<typeof network>>['executable'];

/**
 * Trains on windows drawn at random: of simulations, each to be told in another room than it is seen in, and of recordings. Milliseconds of
 * an update.
 */
async function train(executable: Network, simulated: readonly Clip[], recorded: readonly Clip[]): Promise<number> {
  const windows = (clips: readonly Clip[]): Window[] => clips.flatMap((one) => one.shows.flatMap((_, show) => windowsOf(one, show)));
  const [ofSimulations, ofRecordings] = [windows(simulated), windows(recorded)];
  const start = performance.now();
  for (let i = 0; i < STEPS; i++) {
    const random = randomStream(SEED, 'windows', i);
    const batch = Array.from({ length: BATCH }, (_, j) => {
      const from = j < RECORDED ? ofRecordings : ofSimulations;
      return from[random.integer(from.length)] as Window;
    });
    const others = batch.map((window) => ({ ...window, show: random.integer(window.clip.shows.length) }));
    const [frames, shown] = [framesOf(batch, CONFIG.imageSize), framesOf(others, CONFIG.imageSize)];
    // Of a recording there is one appearance only: others are made of it.
    for (let j = 0; j < RECORDED; j++) {
      const drawn = drawAugmentation(random, AUGMENTED);
      for (const video of [frames, shown]) augmentWindow(video.data as Uint8Array, j, drawn);
    }
    const out = await executable.run('step', { frames, shown, picks: drawPicks(SEED, i, BATCH, CONFIG) });
    if ((i + 1) % 50 > 0) continue;
    const [error, copying] = [scalarOf(out.reconstruction), scalarOf(out.copying)];
    const used = [...numbers(out.perplexity as never)].map((n) => n.toFixed(1)).join(' and ');
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    process.stderr.write(`\r\u001b[K${i + 1}/${STEPS}, ${seconds} s: ${(error / copying).toFixed(3)} of copying, perplexity ${used}`);
  }
  process.stderr.write('\n');
  return (performance.now() - start) / STEPS;
}

/** Changes the frames of window j of u8[B, frames, S, S, 3], in place, all alike. */
function augmentWindow(video: Uint8Array, j: number, augmentation: Augmentation): void {
  const side = CONFIG.imageSize;
  const bytes = 3 * side * side;
  for (let i = 0; i < CONFIG.frames; i++) {
    const frame = video.subarray((j * CONFIG.frames + i) * bytes, (j * CONFIG.frames + i + 1) * bytes);
    frame.set(augment({ width: side, height: side, data: frame.slice() }, augmentation).data);
  }
}

/** What the tokenizer says of windows. The last batch is filled up with its last window. */
async function tellAll(executable: Network, windows: readonly Window[]): Promise<Told[]> {
  const all: Told[] = [];
  const length = CONFIG.codes.transitions * CONFIG.codes.slots;
  for (let from = 0; from < windows.length; from += BATCH) {
    const batch = windows.slice(from, from + BATCH);
    const filled = Array.from({ length: BATCH }, (_, i) => batch[i] ?? (batch.at(-1) as Window));
    const out = await executable.run('tell', { frames: framesOf(filled, CONFIG.imageSize) });
    const [codes, error, copying] = [out.codes, out.error, out.copying].map((tensor) => numbers(tensor as never));
    for (const [i, window] of batch.entries()) {
      const own = [...(codes as Float64Array).subarray(i * length, (i + 1) * length)];
      all.push({ window, codes: own, error: error?.[i] as number, copying: copying?.[i] as number });
    }
  }
  return all;
}

const { slots, transitions, groups, entries } = CONFIG.codes;

/** Mean squared error as a share of that of copying the first frame. */
const error = (told: readonly Told[]): Estimate =>
  estimate(
    told.map(({ window, error: share, copying }) => ({ group: groupOf(window), of: copying, share })),
    SEED,
  );

/** Of the codes of the same windows in two appearances, the share that is the same, beside what it were by chance. */
function sameCodes(some: readonly Told[], others: readonly Told[]): { same: Estimate; chance: number } {
  const parts = some.map(({ window, codes }, i) => {
    const other = others[i]?.codes ?? [];
    return { group: groupOf(window), of: codes.length, share: codes.filter((code, position) => code === other[position]).length };
  });
  const at = (told: readonly Told[], position: number): number[] => told.map(({ codes }) => codes[position] as number);
  const chances = Array.from({ length: transitions * slots }, (_, i) => chanceOf(at(some, i), at(others, i), entries));
  return { same: estimate(parts, SEED), chance: chances.reduce((sum, share) => sum + share, 0) / chances.length };
}

/** Perplexity of each group's entries over all codes: `6.1 and 7.0 of 8`. */
function perplexities(told: readonly Told[]): string {
  const perGroup = Array.from({ length: groups }, (_, group) =>
    perplexity(
      told.flatMap(({ codes }) => codes.filter((_, position) => Math.floor(((position % slots) * groups) / slots) === group)),
      entries,
    ),
  );
  return `${perGroup.map((value) => value.toFixed(1)).join(' and ')} of ${entries}`;
}

/** Draws some windows: see `drawTold`. */
async function draw(executable: Network, windows: readonly Window[], file: string): Promise<void> {
  const frames = framesOf(
    Array.from({ length: BATCH }, (_, i) => windows[i] ?? (windows[0] as Window)),
    CONFIG.imageSize,
  );
  const { last } = await executable.run('tell', { frames });
  const told = Uint8Array.from(numbers(last as never), (level) => Math.round(255 * level));
  await drawTold(windows.length, frames.data as Uint8Array, told, { frames: CONFIG.frames, side: CONFIG.imageSize }, file);
}

/** The benchmark. */
export async function latentActions(): Promise<Report> {
  const size = CONFIG.imageSize;
  const simulated = await simulatedClips(EPISODES, size, 0, 'training');
  const unseen = await simulatedClips(HELD_OUT, size, HELD_OUT_SEED, 'unseen');
  const recorded = await recordedClips(DATASET, size);
  const [ownTraining, ownHeldOut] = [recorded.toSpliced(RECORDING, 1), [recorded.at(RECORDING) as Clip]];
  const { count, executable } = await network();
  const milliseconds = await train(executable, simulated, ownTraining);

  const tell = (clips: readonly Clip[], show = 0): Promise<Told[]> =>
    tellAll(
      executable,
      clips.flatMap((one) => windowsOf(one, show)),
    );
  const training = [...(await tell(simulated)), ...(await tell(simulated, 1)), ...(await tell(simulated, 2))];
  const [own, other, never] = [await tell(unseen), await tell(unseen, 1), await tell(unseen, 2)];
  // Of the held-out recording, windows that share no frame with those of another stretch.
  const robot = (await tell(ownHeldOut)).filter(({ window }) => isWithinGroup(window));
  const robotTraining = await tell(ownTraining);
  const [ofOwn, ofNever, ofRobot] = [probe(training, own, SEED), probe(training, never, SEED), probe(robotTraining, robot, SEED)];
  const rows = [
    { what: 'simulated, held-out episodes', told: own, probed: ofOwn },
    { what: 'the same in rooms never seen', told: never, probed: ofNever },
    { what: 'recorded, held-out episode', told: robot, probed: ofRobot },
  ].map(({ what, told, probed: { accuracy, chance, gain } }) => ({
    what,
    windows: told.length,
    'error / copying': format(error(told)),
    perplexity: perplexities(told),
    'direction told': format(accuracy),
    'most frequent': format(chance),
    more: format(gain),
  }));
  const pairs = [
    { what: 'same codes in another training room', ...sameCodes(own, other) },
    { what: 'same codes in a room never seen', ...sameCodes(own, never) },
  ];
  if (process.env.FIGURE) {
    const most = own.toSorted((a, b) => b.copying - a.copying).filter((_, i) => i % 40 === 0);
    const moving = robot.toSorted((a, b) => b.copying - a.copying).filter((_, i) => i % 20 === 0);
    await draw(
      executable,
      [...most.slice(0, 6), ...moving.slice(0, 2)].map(({ window }) => window),
      process.env.FIGURE,
    );
  }
  if (process.env.PROBE_FIGURE) {
    const bars = [
      { name: 'simulated', ...ofOwn },
      { name: 'unseen rooms', ...ofNever },
      { name: 'real', ...ofRobot },
    ];
    await drawProbe(DIRECTIONS, bars, process.env.PROBE_FIGURE);
  }
  await executable.dispose();
  return {
    name: `Latent actions: ${round(count / 1e6)} M parameters, ${STEPS} updates of ${BATCH} windows at ${round(milliseconds)} ms, seed ${SEED}`,
    rows: [...rows, ...pairs.map(({ what, same, chance }) => ({ what, 'same codes': format(same), 'by chance': round(chance) }))],
    goals: [
      goal('error of held-out simulations, upper bound, of copying', error(own).high, '≤', 1, ''),
      goal('error of the held-out recording, upper bound, of copying', error(robot).high, '≤', 1, ''),
      goal('direction told more often than the most frequent one, lower bound', ofOwn.gain.low, '≥', 0, ''),
      ...pairs.map(({ what, same, chance }) => goal(`${what}, lower bound less chance`, same.low - chance, '≥', 0, '')),
    ],
  };
}
