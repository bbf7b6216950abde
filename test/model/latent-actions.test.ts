import { describe, expect, test } from 'vitest';
import { codebookStep, drawPicks, perplexityOf, quantise } from '../../src/model/latent-actions/quantizer.ts';
import { latentActionConfig, latentChanges, latentTokenizer, latentTokenizerLoss } from '../../src/model/latent-actions.ts';
import { compile } from '../../src/tensor/compile.ts';
import { gradients } from '../../src/tensor/gradients.ts';
import { type HostTensor, hostTensor, numbers, scalarOf } from '../../src/tensor/host.ts';
import { mul } from '../../src/tensor/ops/arithmetic.ts';
import { sum } from '../../src/tensor/ops/broadcast.ts';
import { adamw } from '../../src/tensor/optimizers/adamw.ts';
import { trainingPrograms } from '../../src/tensor/optimizers/training.ts';
import { parameters } from '../../src/tensor/parameters.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { constant, input, ones, type Tensor, type Variable } from '../../src/tensor/tensor.ts';
import { vocabulary } from '../../src/tokens/vocabulary.ts';
import { engine, evaluateWith, noise, noiseTensor, noisyWeights } from '../nn/helpers.ts';

const config = latentActionConfig({ imageSize: 16, patch: 8, width: 16, heads: 2, depth: 2, decoderDepth: 1, codeWidth: 4 });
const { transitions, slots, groups, entries } = config.codes;
const SHAPE: readonly [number, ...number[]] = [2, config.frames, 3, config.imageSize, config.imageSize];

/** Levels from 0 to 1 that depend on the name only. */
const frames = (name: string): HostTensor =>
  hostTensor(
    'f32',
    SHAPE,
    numbers(noise(name, SHAPE)).map((value) => 0.5 + 0.2 * Math.tanh(value)),
  );

/** Frames of one, but of another where `others` says so. */
function mixed(one: HostTensor, other: HostTensor, others: (frame: number) => boolean): HostTensor {
  const each = one.data.length / SHAPE[0] / config.frames;
  const of = (i: number): HostTensor => (others(Math.floor(i / each) % config.frames) ? other : one);
  return hostTensor(
    'f32',
    SHAPE,
    Float32Array.from({ length: one.data.length }, (_, i) => Number(of(i).data[i])),
  );
}

describe('configuration', () => {
  test('is checked across fields', () => {
    expect(() => latentActionConfig({ imageSize: 60 })).toThrow('imageSize 60 is not a multiple of patch 16');
    expect(() => latentActionConfig({ frames: 4 })).toThrow('codes.transitions is 4, but "causal" has 3 with 4 frames');
    expect(() => latentActionConfig({ variant: 'lapa' })).toThrow('"lapa" has 1');
    expect(() => latentActionConfig({ codes: { slots: 3, transitions: 4, groups: 2, entries: 8 } })).toThrow('cannot be shared evenly');
    expect(() => latentActionConfig({ deadBelow: 0.2 })).toThrow('not less than 1/codes.entries');
    expect(() => latentActionConfig({ width: 0.5 })).toThrow('width');
  });

  test('frames of another shape are refused, with what was expected', () => {
    const wrong = noiseTensor('wrong', [1, 4, 3, 16, 16]);
    expect(() => latentTokenizer(parameters({ seed: 1 }), wrong, config)).toThrow(
      'expected frames [batch, 5, 3, 16, 16], found [1, 4, 3, 16, 16]',
    );
  });
});

describe('the tokenizer', () => {
  test('alone declares nothing of the decoder', () => {
    const scope = parameters({ seed: 1 });
    const fed = input('frames', 'f32', SHAPE);
    const actions = latentTokenizer(scope, fed, config);
    const places = (): string[] => [...new Set([...scope.variables.keys()].map((name) => name.split('.')[0] as string))];
    expect(places()).toEqual(['encoder', 'queries', 'quantizer']);
    latentChanges(scope, actions, config);
    expect(places()).toEqual(['encoder', 'queries', 'quantizer', 'decoder']);
  });

  test('gives codes that the vocabulary takes as they are', async () => {
    const scope = parameters({ seed: 1 });
    const { codes } = await evaluateWith(new Map(), { codes: latentTokenizer(scope, constant(frames('a')), config).codes });
    expect(codes).toMatchObject({ dtype: 'i64', shape: [2, transitions * slots] });
    const words = vocabulary({ textTokens: 10, latent: config.codes });
    const own = [...numbers(codes)].slice(0, transitions * slots);
    expect([...words.latentEntries(words.latentTokens(own))]).toEqual(own);
  });

  test('of a transition sees no later frame, to the bit', async () => {
    const scope = parameters({ seed: 1 });
    const fed = input('frames', 'f32', SHAPE);
    const actions = latentTokenizer(scope, fed, config);
    const changes = latentChanges(scope, actions, config);
    const executable = await compile(
      engine,
      { main: { outputs: { codes: actions.codes, latents: actions.latents, changes } } },
      { initial: noisyWeights(scope) },
    );
    const values = async (of: HostTensor): Promise<Record<string, Float64Array>> =>
      Object.fromEntries(Object.entries(await executable.run('main', { frames: of })).map(([name, x]) => [name, numbers(x)]));
    const [one, other] = [frames('a'), frames('b')];
    const before = await values(one);
    for (let from = 1; from <= transitions; from++) {
      // Frames from `from` on are others: transitions 0 … from − 2 stay, and the one that ends in it does not.
      const after = await values(mixed(one, other, (frame) => frame >= from));
      for (const name of ['codes', 'latents', 'changes']) {
        const [x, y] = [before[name] as Float64Array, after[name] as Float64Array];
        // Of the first sample
        const part = x.length / 2 / transitions;
        expect(y.subarray(0, (from - 1) * part), name).toEqual(x.subarray(0, (from - 1) * part));
        const ending = (all: Float64Array): Float64Array => all.subarray((from - 1) * part, from * part);
        if (name === 'latents') expect(ending(y)).not.toEqual(ending(x));
      }
    }
    await executable.dispose();
  });

  test('LAPA-style has one transition, from the first frame to the last', async () => {
    const lapa = latentActionConfig({ ...config, variant: 'lapa', codes: { ...config.codes, transitions: 1 } });
    const scope = parameters({ seed: 1 });
    const fed = input('frames', 'f32', SHAPE);
    const outputs = { codes: latentTokenizer(scope, fed, lapa).codes, latents: latentTokenizer(scope, fed, lapa).latents };
    const executable = await compile(engine, { main: { outputs } }, { initial: noisyWeights(scope) });
    const one = frames('a');
    const { codes, latents } = await executable.run('main', { frames: one });
    expect(codes?.shape).toEqual([2, slots]);
    const before = numbers(latents as HostTensor).slice();
    const between = mixed(one, frames('b'), (frame) => frame > 0 && frame < config.frames - 1);
    const after = await executable.run('main', { frames: between });
    expect(numbers(after.latents as HostTensor)).toEqual(before);
    await executable.dispose();
  });
});

describe('quantisation', () => {
  const queries = noiseTensor('queries', [3, transitions * slots, 8]);

  test("takes the nearest entry of the slot's own group, and its values", async () => {
    const scope = parameters({ seed: 3 });
    const { codes, quantised, latents } = quantise(scope, queries, config);
    const codebook = (scope.variables.get('codebook') as { tensor: Tensor }).tensor;
    const out = await evaluateWith(new Map(), { codes, quantised, latents, codebook });
    const [c, q, z, book] = [out.codes, out.quantised, out.latents, out.codebook].map((tensor) => numbers(tensor));
    const width = config.codeWidth;
    for (let i = 0; i < 3 * transitions * slots; i++) {
      const group = Math.floor(((i % slots) * groups) / slots);
      const distance = (entry: number): number =>
        Array.from(
          { length: width },
          (_, k) => ((z?.[i * width + k] as number) - (book?.[(group * entries + entry) * width + k] as number)) ** 2,
        ).reduce((total, square) => total + square, 0);
      const all = Array.from({ length: entries }, (_, entry) => distance(entry));
      const code = c?.[i] as number;
      expect(all[code]).toBeCloseTo(Math.min(...all), 5);
      const from = (group * entries + code) * width;
      expect(q?.subarray(i * width, (i + 1) * width)).toEqual(book?.subarray(from, from + width));
    }
  });

  test("passes the decoder's gradient straight through", async () => {
    const scope = parameters({ seed: 3 });
    const { quantised, latents } = quantise(scope, queries, config);
    const weight = noise('weight', quantised.shape);
    const [gradient] = gradients(sum(mul(quantised, constant(weight))), [latents]);
    const out = await evaluateWith(new Map(), { gradient: gradient as Tensor });
    expect(numbers(out.gradient)).toEqual(numbers(weight));
  });

  test('perplexity is e to the entropy', async () => {
    const shares = hostTensor('f32', [3, 4], [0.25, 0.25, 0.25, 0.25, 1, 0, 0, 0, 0.5, 0.25, 0.25, 0]);
    const { perplexity } = await evaluateWith(new Map(), { perplexity: perplexityOf(constant(shares)) });
    const expected = [4, 1, Math.exp(-(0.5 * Math.log(0.5) + 0.5 * Math.log(0.25)))];
    for (const [i, value] of numbers(perplexity).entries()) expect(value).toBeCloseTo(expected[i] as number, 5);
  });

  test('entries move to the running mean of their latents; dead ones go where a latent is', async () => {
    const scope = parameters({ seed: 3 });
    const quantisedNow = quantise(scope, queries, config);
    const picks = drawPicks(5, 0, 3, config);
    const { perplexity, updates } = codebookStep(
      scope,
      quantisedNow,
      { picks: constant(picks), real: ones('f32', [3, transitions * slots]) },
      config,
    );
    const [book, use] = ['codebook', 'use'].map((name) => scope.variables.get(name)) as [Variable, Variable];
    const updated = (of: Variable): Tensor => updates.get(of) as Tensor;
    // The first entry of the last group has not been used for long, and is so far away that nothing chooses it.
    const [lost, width] = [(groups - 1) * entries, config.codeWidth];
    const random = randomStream(9, 'entries');
    const first = Float32Array.from({ length: groups * entries * width }, (_, i) =>
      Math.floor(i / width) === lost ? 50 : random.normal(),
    );
    const shares = Float32Array.from({ length: groups * entries }, (_, i) => (i === lost ? config.deadBelow / 2 : 1 / entries));
    const out = await evaluateWith(
      new Map([
        ['codebook', hostTensor('f32', [groups, entries, width], first)],
        ['use', hostTensor('f32', [groups, entries], shares)],
      ]),
      { book: updated(book), use: updated(use), codes: quantisedNow.codes, latents: quantisedNow.latents, perplexity },
    );
    const [newBook, newUse, codes, latents] = [out.book, out.use, out.codes, out.latents].map((tensor) =>
      numbers(tensor),
    ) as Float64Array[];
    const ofGroup = (group: number): number[] =>
      Array.from({ length: 3 * transitions * slots }, (_, i) => i).filter((i) => Math.floor(((i % slots) * groups) / slots) === group);
    for (let entry = 0; entry < groups * entries; entry++) {
      const members = ofGroup(Math.floor(entry / entries));
      const row = newBook?.subarray(entry * width, (entry + 1) * width) as Float64Array;
      const latent = (i: number): number[] => [...(latents as Float64Array).subarray(i * width, (i + 1) * width)];
      if (entry === lost) {
        const picked = Number((picks.data as BigInt64Array)[entry]);
        expect([...row]).toEqual(latent(members[picked] as number));
        expect(newUse?.[entry]).toBeCloseTo(1 / entries, 6);
        continue;
      }
      const chose = members.filter((i) => codes?.[i] === entry % entries);
      const used = config.decay / entries + ((1 - config.decay) * chose.length) / members.length;
      expect(newUse?.[entry]).toBeCloseTo(used, 6);
      for (let k = 0; k < width; k++) {
        const total = chose.reduce((all, i) => all + (latent(i)[k] as number), 0) / members.length;
        const expected = ((config.decay / entries) * (first[entry * width + k] as number) + (1 - config.decay) * total) / used;
        expect(row[k]).toBeCloseTo(expected, 4);
      }
    }
    expect(numbers(out.perplexity).every((value) => value >= 1 && value <= entries)).toBe(true);
  });

  test('picks are latents of the batch, others for every update, the same for a seed', () => {
    const at = (seed: number, update: number): number[] => [...numbers(drawPicks(seed, update, 3, config))];
    expect(at(1, 7)).toEqual(at(1, 7));
    expect(at(1, 8)).not.toEqual(at(1, 7));
    expect(Math.max(...at(1, 7))).toBeLessThan((3 * transitions * slots) / groups);
  });
});

describe('training', () => {
  test('frames that there are not count for nothing', async () => {
    const scope = parameters({ seed: 1 });
    const [fed, picks] = [input('frames', 'f32', SHAPE), constant(drawPicks(1, 0, 2, config))];
    const real = constant(hostTensor('bool', [2, config.frames], [1, 1, 1, 0, 0, 1, 1, 1, 0, 0]));
    const { loss, updates, ...others } = latentTokenizerLoss(scope, fed, { picks, real }, config);
    const [book, use] = [...updates.values()] as [Tensor, Tensor];
    const outputs = { loss, book, use, reconstruction: others.reconstruction, copying: others.copying, perplexity: others.perplexity };
    const executable = await compile(engine, { main: { outputs } }, { initial: noisyWeights(scope) });
    const values = async (of: HostTensor): Promise<Record<string, Float64Array>> =>
      Object.fromEntries(Object.entries(await executable.run('main', { frames: of })).map(([name, x]) => [name, numbers(x).slice()]));
    const before = await values(frames('a'));
    expect(await values(mixed(frames('a'), frames('b'), (frame) => frame > 2))).toEqual(before);
    expect(await values(mixed(frames('a'), frames('b'), (frame) => frame > 1))).not.toEqual(before);
    await executable.dispose();
  });

  test('of another appearance: the decoder knows its first frame, and of the others only codes', async () => {
    const scope = parameters({ seed: 1 });
    const [fed, shown, picks] = [input('frames', 'f32', SHAPE), input('shown', 'f32', SHAPE), constant(drawPicks(1, 0, 2, config))];
    const { loss, reconstruction, copying } = latentTokenizerLoss(scope, fed, { picks, shown }, config);
    const plain = latentTokenizerLoss(scope, fed, { picks }, config);
    const outputs = { loss, reconstruction, copying, plain: plain.loss, plainCopying: plain.copying };
    const executable = await compile(engine, { main: { outputs } }, { initial: noisyWeights(scope) });
    const [a, b] = [frames('a'), frames('b')];
    const numbersOf = async (of: HostTensor): Promise<Record<string, number>> =>
      Object.fromEntries(Object.entries(await executable.run('main', { frames: a, shown: of })).map(([name, x]) => [name, scalarOf(x)]));
    const same = await numbersOf(a);
    expect(same.loss).toBeCloseTo(same.plain as number, 4);
    const other = await numbersOf(b);
    expect(other.plain).toBe(same.plain);
    expect(other.copying).not.toBe(other.plainCopying);
    expect(other.reconstruction).not.toBe(same.reconstruction);
    await executable.dispose();
  });

  test('begins with copying, and soon tells better where a square went', async () => {
    const batch = 8;
    const small = latentActionConfig({ ...config, depth: 1 });
    const fed = input('frames', 'f32', [batch, ...SHAPE.slice(1)]);
    const picks = input('picks', 'i64', [groups, entries]);
    const scope = parameters({ seed: 2 });
    const { loss, reconstruction, copying, updates } = latentTokenizerLoss(scope, fed, { picks }, small);
    const { step } = trainingPrograms({
      loss,
      parameters: scope,
      groups: [{ match: '*', optimizer: adamw({ learningRate: 3e-3, weightDecay: 0 }) }],
      clipNorm: 1,
      metrics: { reconstruction, copying },
    });
    const executable = await compile(engine, { step: { ...step, updates: new Map([...(step.updates ?? []), ...updates]) } });
    const shares: number[] = [];
    for (let i = 0; i < 100; i++) {
      const out = await executable.run('step', { frames: squares(batch, i), picks: drawPicks(2, i, batch, small) });
      shares.push(scalarOf(out.reconstruction) / scalarOf(out.copying));
    }
    await executable.dispose();
    expect(shares[0]).toBeCloseTo(1, 5);
    expect(shares.slice(-10).reduce((total, share) => total + share / 10, 0)).toBeLessThan(0.7);
  }, 30_000);
});

/** Windows in which a bright square of 4 pixels goes one of four ways, 2 pixels a frame: which way is known from the second frame on. */
function squares(batch: number, index: number): HostTensor {
  const side = config.imageSize;
  const data = new Float32Array(batch * config.frames * 3 * side * side);
  const random = randomStream(4, 'squares', index);
  for (let i = 0; i < batch; i++) {
    const [dx, dy] = [
      [2, 0],
      [-2, 0],
      [0, 2],
      [0, -2],
    ][random.integer(4)] as [number, number];
    for (let f = 0; f < config.frames; f++) {
      for (let c = 0; c < 3; c++) {
        for (let p = 0; p < 16; p++) {
          const x = (6 + dx * f + (p % 4) + side) % side;
          const y = (6 + dy * f + Math.floor(p / 4) + side) % side;
          data[(((i * config.frames + f) * 3 + c) * side + y) * side + x] = 1;
        }
      }
    }
  }
  return hostTensor('f32', [batch, config.frames, 3, side, side], data);
}
