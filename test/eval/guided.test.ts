/** Mask-guided prompts: what a guide is, who is meant, and that policies see it. */
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { colorOf, exactGrounder, exactSegmenter, phraseOf, surroundings, targetOf } from '../../src/eval/guided/exact.ts';
import { type Guide, makeGuide } from '../../src/eval/guided/guide.ts';
import { guidedPredict } from '../../src/eval/guided/guided-predict.ts';
import { boxOf, boxOverlap, maskOverlap, type PixelBox } from '../../src/eval/guided/masks.ts';
import { type GuidedResult, guidedTable } from '../../src/eval/guided/run.ts';
import { nameOfWay, parseWays, type Way } from '../../src/eval/guided/ways.ts';
import { policyActor } from '../../src/eval/policy-actor.ts';
import { beginTrial, planTrial, type Trial } from '../../src/eval/trial.ts';
import { imagesFeed, type Processor, parseProcessor, processor } from '../../src/model/processor.ts';
import { createPolicy, type PolicyObservation } from '../../src/policy/policy.ts';
import { ACTION_DIMS, ARMS } from '../../src/robot/canonical.ts';
import { MASK_COLORS, rewrittenInstruction } from '../../src/robot/guides.ts';
import type { Episode } from '../../src/sim/episode.ts';
import { hostTensor } from '../../src/tensor/host.ts';
import { nodeEngine } from '../../src/tensor/ort.node.ts';
import { observation, policyConfig, tinyProcessor, tinyWeights } from '../support/policy.ts';
import { trial as resultOf } from './results.ts';

const open: Episode[] = [];
afterAll(() => {
  for (const { world } of open) world.close();
});

const GRASP: Trial = { task: 'grasp/sparse-training', robot: 'panda', perturbation: 'none', seed: 1_000_000 };

async function begin(trial: Trial = GRASP): Promise<Episode> {
  const episode = await beginTrial(trial);
  open.push(episode);
  return episode;
}

describe('instructions', () => {
  test.each([
    ['put the apple into the plate', 'apple', 'put the object with the blue mask into the plate'],
    ['take the red can and put it on the plate', 'red can', 'take the object with the blue mask and put it on the plate'],
    ['could you lay an egg onto the plate?', 'egg', 'could you lay the object with the blue mask onto the plate?'],
    ['pick up the cup, not the cupboard', 'cup', 'pick up the object with the blue mask, not the cupboard'],
  ])('%s', (instruction, phrase, rewritten) => {
    expect(rewrittenInstruction(instruction, phrase, 'blue')).toBe(rewritten);
  });

  test('one without the name is refused', () => {
    expect(() => rewrittenInstruction('put it there', 'red can', 'blue')).toThrow('"put it there" does not have the words "the red can"');
    expect(() => rewrittenInstruction('put the coffee mug there', 'mug', 'blue')).toThrow('the words "the mug"');
  });

  test.each([
    ['goal/open-middle-drawer', 'it begins with a part of the wooden cabinet that moves'],
    ['bimanual/place-dual-shoes', 'has no name of the'],
    ['bimanual/pick-dual-bottles', 'has no name of the'],
  ])('%s cannot be guided', async (task, message) => {
    const robot = task.startsWith('bimanual') ? 'agilex' : 'panda';
    const plan = await planTrial({ ...GRASP, task, robot, seed: 3 });
    expect(() => phraseOf(plan)).toThrow(message);
  });

  test.each(['object/red-can', 'grasp/dense-unseen', 'grasp/background-training'])(
    '%s: every instruction names its target, and does not once it is rewritten',
    async (task) => {
      for (let seed = 0; seed < 10; seed++) {
        const plan = await planTrial({ ...GRASP, task, seed });
        const [phrase, color] = [phraseOf(plan), colorOf(plan)];
        const rewritten = rewrittenInstruction(plan.instruction, phrase, color);
        expect(rewritten).toContain(`the object with the ${color} mask`);
        expect(rewritten).not.toContain(phrase);
        expect(Object.keys(MASK_COLORS)).toContain(color);
      }
    },
  );
});

describe('masks and boxes', () => {
  const box = fc
    .tuple(fc.nat(15), fc.nat(11), fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 12 }))
    .map(([left, top, width, height]): PixelBox => [left, top, Math.min(16, left + width), Math.min(12, top + height)]);
  const filled = ([left, top, right, bottom]: PixelBox): Uint8Array =>
    Uint8Array.from({ length: 16 * 12 }, (_, i) => {
      const [x, y] = [i % 16, Math.floor(i / 16)];
      return x >= left && x < right && y >= top && y < bottom ? 1 : 0;
    });

  test('a full box has that box around it, and overlaps as its box does', () => {
    fc.assert(
      fc.property(box, box, (a, b) => {
        expect(boxOf(filled(a), { width: 16, height: 12 })).toEqual(a);
        expect(maskOverlap(filled(a), filled(b))).toBeCloseTo(boxOverlap(a, b), 12);
        expect(boxOverlap(a, a)).toBe(1);
      }),
    );
    expect(boxOf(new Uint8Array(16 * 12), { width: 16, height: 12 })).toBeUndefined();
  });
});

test("a guide is the grey picture, half of it the colour where the mask is: the paper's recipe, with Pillow's grey", async () => {
  const [width, height] = [9, 7];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 89) % 256);
  const mask = Uint8Array.from({ length: width * height }, (_, i) => (i % 4 === 1 ? 1 : 0));
  const guide = (await makeGuide({ width, height, data }, 'put the apple into the plate', {
    grounder: { ground: async () => ({ phrase: 'apple', box: [1, 2, 3, 4] }) },
    segmenter: { segment: async () => mask, dispose: async () => undefined },
    color: 'pink',
  })) as Guide;
  for (let i = 0; i < mask.length; i++) {
    const [r, g, b] = data.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    // Pillow's convert('L')
    const grey = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
    for (const [channel, level] of MASK_COLORS.pink.entries()) {
      const wanted = mask[i] === 1 ? (grey + level) / 2 : grey;
      expect(Math.abs((guide.picture[3 * i + channel] as number) - wanted)).toBeLessThanOrEqual(1);
    }
  }
  expect(guide).toMatchObject({ instruction: 'put the object with the pink mask into the plate', mask });
});

test('the simulator knows which thing is meant, and which pixels are of the thing in a box', async () => {
  const episode = await begin();
  const size = 96;
  const around = surroundings(episode, size);
  const picture = { width: size, height: size, data: new Uint8Array(3 * size * size) };
  const masks = around.masks();
  const segmenter = exactSegmenter(around);
  for (const mask of masks.values()) expect(maskOverlap(await segmenter.segment(picture, boxOf(mask, picture) as PixelBox), mask)).toBe(1);
  const found = await exactGrounder(episode, around).ground(picture, episode.instruction);
  expect(found?.box).toEqual(boxOf(masks.get(targetOf(episode)) as Uint8Array, picture));
  // No two things share a pixel, and most are to be seen.
  const covered = new Uint8Array(size * size);
  for (const mask of masks.values()) for (const [i, there] of mask.entries()) covered[i] = (covered[i] as number) + there;
  expect(Math.max(...covered)).toBe(1);
  expect(masks.size).toBeGreaterThan(episode.world.scene.things.length / 2);
});

/** Commands that keep the arm where it is. */
const stay = () => {
  const actions = new Float32Array(30 * ARMS.length * ACTION_DIMS);
  for (let i = 0; i < 60; i++) actions.set([0, 0, 0, 1, 0, 0, 0, 1, 0, 1], i * ACTION_DIMS);
  return { actions, latents: [], aims: [] };
};

describe('in an episode', () => {
  const size = 64;
  /** Observations of three predictions, between which the target is pushed. */
  async function asked(tracked: boolean): Promise<{ observations: PolicyObservation[]; episode: Episode; masks: Uint8Array[] }> {
    const episode = await begin();
    const around = surroundings(episode, size);
    const observations: PolicyObservation[] = [];
    const masks: Uint8Array[] = [];
    const predict = guidedPredict(
      async (one) => {
        observations.push(one);
        return stay();
      },
      {
        imageSize: size,
        tracked,
        color: colorOf(episode),
        grounder: exactGrounder(episode, around),
        segmenter: exactSegmenter(around),
        onGuide: ({ mask }) => masks.push(mask),
      },
    );
    const actor = policyActor(episode, predict, { imageSize: size, replan: 10 });
    for (let step = 0; step < 21; step++) {
      if (step === 1) episode.world.push(targetOf(episode), [0.5, 0.4, 0]);
      episode.world.step(await actor.act());
    }
    return { observations, episode, masks };
  }

  test('the guide is made once, of the first picture, and goes with every observation', async () => {
    const { observations, episode, masks } = await asked(false);
    expect([observations.length, masks.length]).toEqual([3, 1]);
    const color = colorOf(episode);
    for (const { guide, instruction, images } of observations) {
      expect(guide).toBe(observations[0]?.guide);
      expect(instruction).toBe(rewrittenInstruction(episode.instruction, phraseOf(episode), color));
      expect(images.length).toBe(3 * 3 * size * size);
    }
    // Grey everywhere but in the mask
    const guide = observations[0]?.guide as Uint8Array;
    for (const [i, there] of (masks[0] as Uint8Array).entries()) {
      const [r, g, b] = guide.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
      expect(r === g && g === b).toBe(there === 0);
    }
  });

  test('tracked, the mask goes with the thing', async () => {
    const { observations, masks } = await asked(true);
    expect(masks.length).toBe(3);
    const [first, , last] = masks as [Uint8Array, Uint8Array, Uint8Array];
    expect(maskOverlap(first, last)).toBeLessThan(0.9);
    expect(observations[2]?.guide).not.toEqual(observations[0]?.guide);
  });

  test('until the thing is to be seen it is told by its name', async () => {
    const told: (string | undefined)[] = [];
    let calls = 0;
    const predict = guidedPredict(
      async (one) => {
        told.push(one.guide && one.instruction);
        return stay();
      },
      {
        imageSize: 32,
        color: 'cyan',
        grounder: { ground: async () => (++calls < 3 ? undefined : { phrase: 'apple', box: [0, 0, 4, 4] }) },
        segmenter: { segment: async () => new Uint8Array(32 * 32).fill(1, 0, 5), dispose: async () => undefined },
      },
    );
    const one = { ...observation(1), images: new Uint8Array(3 * 3 * 32 * 32), instruction: 'lift the apple' };
    for (let i = 0; i < 4; i++) await predict(one);
    expect(told).toEqual([undefined, undefined, 'lift the object with the cyan mask', 'lift the object with the cyan mask']);
    expect(calls).toBe(3);
  });
});

describe('in a policy', () => {
  const config = policyConfig();
  const plain = tinyProcessor(config);
  const withGuide = (prompt: object = { guide: true }): Processor =>
    processor(parseProcessor(JSON.stringify({ ...plain.files, prompt: { ...plain.files.prompt, ...prompt } })), config);
  const policyOf = (own: Processor) => createPolicy(nodeEngine({ threads: 1 }), own, tinyWeights(config), { batch: 2 });
  const side = config.imageSize;
  const guideOf = (level: number): Uint8Array => new Uint8Array(3 * side * side).fill(level);
  const one = observation(3);
  const far = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

  test('guides come before the views, black where there is none', () => {
    const images = hostTensor(
      'u8',
      [2, 3, 1, 1, 3],
      Uint8Array.from({ length: 18 }, (_, i) => i + 1),
    );
    const guides = hostTensor('u8', [2, 1, 1, 3], Uint8Array.of(91, 92, 93, 94, 95, 96));
    const { format } = withGuide({ guide: true, views: ['head', 'rightWrist'] });
    const fed = imagesFeed(images, format, guides);
    expect(fed.shape).toEqual([2, 3, 1, 1, 3]);
    expect([...fed.data]).toEqual([91, 92, 93, 1, 2, 3, 7, 8, 9, 94, 95, 96, 10, 11, 12, 16, 17, 18]);
    expect([...imagesFeed(images, format).data].slice(0, 6)).toEqual([0, 0, 0, 1, 2, 3]);
    expect(() => imagesFeed(images, plain.format, guides)).toThrow('no place for one');
  });

  test('a guide changes what it does; without one it does what the same weights do that have no place for it', {
    timeout: 60_000,
  }, async () => {
    const [guided, unguided] = [await policyOf(withGuide()), await policyOf(plain)];
    try {
      const chunkOf = async (guide?: Uint8Array) =>
        (await guided.predict([{ ...one, ...(guide && { guide }) }, one]))[0]?.actions as Float32Array;
      const [none, dark, bright] = [await chunkOf(), await chunkOf(guideOf(0)), await chunkOf(guideOf(255))];
      const before = (await unguided.predict([one, one]))[0]?.actions as Float32Array;
      // Sums over keys of which some are hidden are rounded otherwise.
      expect(far(none, before)).toBeLessThan(1e-4);
      expect(far(dark, none)).toBeGreaterThan(1e-3);
      expect(far(bright, dark)).toBeGreaterThan(1e-3);
      await expect(unguided.predict([{ ...one, guide: guideOf(0) }])).rejects.toThrow('the format has no place for it');
      await expect(guided.predict([{ ...one, guide: new Uint8Array(12) }])).rejects.toThrow('the guide has 12 levels, but the policy sees');
    } finally {
      await guided.dispose();
      await unguided.dispose();
    }
  });
});

describe('ways', () => {
  test('by name, and each mask once or, tracked, twice', () => {
    expect(parseWays('exact, segmenter:a:b.safetensors,sam:models/sam', false).map(nameOfWay)).toEqual([
      'by name',
      'exact mask',
      'segmenter mask',
      'SAM mask',
    ]);
    expect(parseWays('exact', true).map(nameOfWay)).toEqual(['by name', 'exact mask', 'exact mask, tracked']);
    expect(parseWays('segmenter:a:b.safetensors', false)[1]).toMatchObject({ source: { file: 'a:b.safetensors' } });
  });

  test.each(['', 'exactly', 'exact:1', 'sam', 'segmenter:', 'exact,'])('%j is none', (text) => {
    expect(() => parseWays(text, false)).toThrow('masks come from exact, segmenter:FILE or sam:DIR, and not from');
  });

  test('two of a kind are refused', () => {
    expect(() => parseWays('sam:a,sam:b', false)).toThrow('masks of the kind sam twice');
  });

  test('one table: ways below each other, tasks side by side', () => {
    const [name, exact] = parseWays('exact', false) as [Way, Way];
    const result = (task: string, seed: number, way: Way, success: boolean, overlap?: number): GuidedResult => ({
      ...resultOf(task, seed, success ? {} : { failure: 'timeout' }),
      way,
      ...(overlap !== undefined && { overlap }),
    });
    const results = ['grasp/sparse-unseen', 'grasp/dense-unseen'].flatMap((task) => [
      ...[0, 1, 2, 3].map((seed) => result(task, seed, name, seed < 2)),
      ...[0, 1, 2, 3].map((seed) => result(task, seed, exact, true, seed < 3 ? 0.5 : undefined)),
    ]);
    expect(guidedTable(results, 'nano')).toEqual({
      title: 'Success by how the object is told: nano',
      rows: [
        ['', 'sparse-unseen', 'dense-unseen', 'average', 'mask IoU', 'without mask'],
        ['by name', '50.0 (15.0–85.0)', '50.0 (15.0–85.0)', '50.0 (21.5–78.5)', '–', '–'],
        ['exact mask', '100.0 (51.0–100.0)', '100.0 (51.0–100.0)', '100.0 (67.6–100.0)', '0.500', '2'],
      ],
    });
  });
});
