/** Samples against motions whose chunks are known in closed form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBinding } from '../../src/data/binding.ts';
import { episodeReader } from '../../src/data/episodes.ts';
import { canonicalSample, LATENT_TIMES, momentsOf } from '../../src/data/samples.ts';
import { bindSource } from '../../src/data/tracks.ts';
import { absoluteTargets, swapArms } from '../../src/robot/actions.ts';
import { ACTION_DIMS, STATE_DIMS } from '../../src/robot/canonical.ts';
import { readEmbodiment } from '../../src/robot/embodiments.node.ts';
import { matrixFromAxisAngle, rotationAngle } from '../../src/robot/rotation.ts';
import { readPose } from '../../src/robot/se3.ts';
import type { Vec3 } from '../../src/robot/vectors.ts';
import { type MemoryOptions, memorySource } from './memory-source.ts';

const panda = await readEmbodiment('panda');

/** A tool that goes at constant velocity and turns at constant speed about an axis that does not turn. */
const velocity: Vec3 = [0.2, -0.1, 0.05];
const spin: Vec3 = [0.4, 1.1, -0.6];
const motion = (t: number): number[] => [...velocity.map((v) => v * t), ...spin.map((w) => w * t), t < 0.5 ? 0 : 1];

const binding = parseBinding(
  {
    embodiment: 'panda',
    arms: {
      either: {
        state: {
          kind: 'pose',
          position: { feature: 'state', columns: [0, 1, 2] },
          rotation: { feature: 'state', columns: [3, 4, 5], convention: 'axis-angle' },
        },
        gripper: { feature: 'state', columns: [6], closed: 0, open: 1 },
      },
    },
    cameras: { head: 'front', wrist: 'hand' },
  },
  'the binding',
);

const reader = (options: Partial<MemoryOptions> = {}) =>
  episodeReader(
    bindSource(memorySource({ rows: 61, fps: 20, values: { state: motion }, cameras: ['front', 'hand'], ...options }), binding, panda),
  );

/** A draw of the seed for which the arm goes to a side. */
async function drawFor(side: 'left' | 'right'): Promise<number> {
  const one = reader();
  for (let draw = 0; draw < 64; draw++) {
    const { actionMask } = await canonicalSample(one, 0, 0, { viewSize: 0 }, { seed: 1, draw });
    if (actionMask[side === 'left' ? 0 : ACTION_DIMS]) return draw;
  }
  throw new Error(`no draw of 64 puts the arm to the ${side}`);
}
const left = await drawFor('left');
const right = await drawFor('right');

describe.each([10, 20, 30, 50, 60])('recorded at %d Hz', (fps) => {
  const one = reader({ fps, rows: 3 * fps + 1 });
  test('chunks are those of the motion at 30 Hz', async () => {
    expect(momentsOf(one.source, 0)).toBe(90);
    for (const moment of [0, 1, 7, 44, 75, 89]) {
      const { state, actions, actionMask, instruction } = await canonicalSample(one, 0, moment, { viewSize: 0 }, { seed: 1, draw: left });
      const now = readPose(state);
      const t = moment / 30;
      expect([...now.position]).toBeAllclose(
        velocity.map((v) => v * t),
        { atol: 1e-6 },
      );
      expect(rotationAngle(now.rotation, matrixFromAxisAngle(spin.map((w) => w * t) as unknown as Vec3))).toBeLessThan(1e-6);
      const there = Math.min(30, 90 - moment);
      const { poses } = absoluteTargets(actions.subarray(0, there * 20), { left: now }).left as NonNullable<
        ReturnType<typeof absoluteTargets>['left']
      >;
      for (let i = 0; i < 30; i++) {
        const row = actionMask.subarray(i * 20, (i + 1) * 20);
        expect([...row]).toEqual([...Array(10).fill(i < there ? 1 : 0), ...Array(10).fill(0)]);
        if (i >= there) continue;
        const later = t + (i + 1) / 30;
        expect([...(poses[i]?.position ?? [])]).toBeAllclose(
          velocity.map((v) => v * later),
          { atol: 1e-6 },
        );
        expect(rotationAngle(poses[i]?.rotation as never, matrixFromAxisAngle(spin.map((w) => w * later) as unknown as Vec3))).toBeLessThan(
          2e-6,
        );
      }
      expect(instruction).toBe('do it');
    }
  });
});

test.each<[string, (row: number) => number]>([
  ['an offset', (row) => 2.5 + row / 30],
  ['a frame that is missing', (row) => (row + Number(row > 40)) / 30],
  ['a slower clock', (row) => row / 29.97],
  ['single precision, hours on', (row) => Math.fround(36_000 + row / 30)],
  ['no clock at all', () => 0],
])('timestamps with %s change nothing: row i is at i / fps', async (_, timestamp) => {
  const [one, other] = [reader({ fps: 30, rows: 91 }), reader({ fps: 30, rows: 91, timestamp })];
  const options = { viewSize: 8, latent: { size: 8 } };
  for (const moment of [0, 39, 40, 41, 89]) {
    const draw = { seed: 1, draw: left };
    expect(await canonicalSample(other, 0, moment, options, draw)).toEqual(await canonicalSample(one, 0, moment, options, draw));
  }
});

test('a command holds from the next row on', async () => {
  // Row r is told to go to where it is at row r + 1, and to switch its gripper then.
  const commanded = parseBinding(
    {
      ...binding,
      arms: {
        either: {
          ...binding.arms.either,
          command: {
            place: {
              kind: 'pose',
              position: { feature: 'action', columns: [0, 1, 2] },
              rotation: { feature: 'action', columns: [3, 4, 5], convention: 'axis-angle' },
            },
            gripper: { feature: 'action', columns: [6], closed: 0, open: 1 },
          },
        },
      },
    },
    'the binding',
  );
  for (const fps of [30, 15]) {
    const values = { state: motion, action: (t: number) => motion(t + 1 / fps) };
    const source = memorySource({ rows: 3 * fps + 1, fps, values, cameras: ['front', 'hand'] });
    const [told, measured] = [episodeReader(bindSource(source, commanded, panda)), reader({ rows: 3 * fps + 1, fps })];
    for (const moment of [0, 1, 12, 50, 88]) {
      const [a, b] = [told, measured].map((one) => canonicalSample(one, 0, moment, { viewSize: 0 }, { seed: 1, draw: left }));
      const [from, to] = [await a, await b];
      expect(from?.actionMask).toEqual(to?.actionMask);
      // Before the first row nothing was told.
      const first = moment === 0 && fps < 30 ? 20 : 0;
      expect(from?.actions.subarray(first)).toBeAllclose(to?.actions.subarray(first) ?? [], { atol: 2e-6 });
    }
  }
});

test('of two rows that are equally near, the earlier one counts, whatever times are off by', async () => {
  const one = reader({ fps: 15, rows: 1501, values: { state: (t, row) => [t, 0, 0, 0, 0, 0, row % 2] } });
  for (let moment = 1; moment < 2900; moment += 2) {
    const { state } = await canonicalSample(one, 0, moment, { viewSize: 0 }, { seed: 1, draw: left });
    expect(state[9]).toBe(((moment - 1) / 2) % 2);
  }
});

test('what is past the end is masked and 0', async () => {
  const { actions, actionMask } = await canonicalSample(reader(), 0, 80, { viewSize: 0 }, { seed: 1, draw: left });
  expect(actionMask.reduce((a, b) => a + b, 0)).toBe(10 * 10);
  expect(actions.every((value, i) => actionMask[i] === 1 || value === 0)).toBe(true);
});

test('both sides are one sample in other slots', async () => {
  for (const moment of [0, 33, 88]) {
    const [l, r] = await Promise.all([left, right].map((draw) => canonicalSample(reader(), 0, moment, { viewSize: 8 }, { seed: 1, draw })));
    if (!l || !r) throw new Error('unreachable');
    expect(swapArms(l.state, STATE_DIMS)).toEqual(r.state);
    expect(swapArms(l.stateMask, STATE_DIMS)).toEqual(r.stateMask);
    expect(swapArms(l.actions, ACTION_DIMS)).toEqual(r.actions);
    expect(swapArms(l.actionMask, ACTION_DIMS)).toEqual(r.actionMask);
    const size = 3 * 8 * 8;
    expect([...l.viewMask, ...r.viewMask]).toEqual([1, 1, 0, 1, 0, 1]);
    expect(l.images.subarray(size, 2 * size)).toEqual(r.images.subarray(2 * size));
    expect(l.images.subarray(0, size)).toEqual(r.images.subarray(0, size));
    expect(r.images.subarray(size, 2 * size).every((level) => level === 0)).toBe(true);
  }
});

test('the arm goes to each side about as often', async () => {
  const one = reader();
  let lefts = 0;
  for (let draw = 0; draw < 400; draw++)
    lefts += (await canonicalSample(one, 0, 0, { viewSize: 0 }, { seed: 7, draw })).stateMask[0] as number;
  // Five standard deviations of a fair coin
  expect(Math.abs(lefts - 200)).toBeLessThan(50);
});

test('views and latent frames are those of their times, masked past the end', async () => {
  const level = (pixels: Uint8Array, size: number): number => pixels[3 * (size * (size >> 1) + (size >> 1))] as number;
  for (const begin of [0, 12.5]) {
    const one = reader({ timestamp: (row) => begin + row / 20 });
    for (const moment of [0, 31, 66, 89]) {
      const t = moment / 30;
      const sample = await canonicalSample(one, 0, moment, { viewSize: 8, latent: { size: 6 } }, { seed: 1, draw: left });
      // The earlier of two that are equally near.
      const nearest = (seconds: number): number => Math.round(100 * (Math.round((seconds - 2e-6) * 20) / 20)) % 256;
      expect(Math.abs(level(sample.images, 8) - nearest(t))).toBeLessThanOrEqual(5);
      LATENT_TIMES.forEach((later, i) => {
        const there = t + later <= 3.025;
        expect(sample.latentMask[i]).toBe(there ? 1 : 0);
        const shown = level(sample.latentFrames.subarray(i * 108, (i + 1) * 108), 6);
        if (there) expect(Math.abs(shown - nearest(t + later))).toBeLessThanOrEqual(5);
        else expect(shown).toBe(0);
      });
    }
  }
});

test('augmentation depends on seed and draw alone, and is one for all frames of a view', async () => {
  const options = { viewSize: 16, latent: { size: 16 }, augment: {} };
  const sample = (seed: number, draw: number) => canonicalSample(reader(), 0, 0, options, { seed, draw });
  const first = await sample(3, left);
  expect(await sample(3, left)).toEqual(first);
  expect((await sample(4, left)).images).not.toEqual(first.images);
  // The first frame of the window is the current one of the same view: the same pixels if it was changed alike.
  expect(first.latentFrames.subarray(0, 768)).toEqual(first.images.subarray(0, 768));
});

test('videos without actions are samples, too', async () => {
  const one = episodeReader(
    memorySource({ rows: 30, fps: 25, values: {}, cameras: ['video'], format: 'raw-video', tasks: () => undefined }),
  );
  const sample = await canonicalSample(one, 0, 12, { viewSize: 8, latent: { size: 8 } }, { seed: 0, draw: 0 });
  expect([...sample.viewMask]).toEqual([1, 0, 0]);
  expect([...sample.latentMask]).toEqual([1, 1, 1, 1, 0]);
  expect(sample.actionMask.some((bit) => bit)).toBe(false);
  expect(sample.stateMask.some((bit) => bit)).toBe(false);
  expect([sample.instruction, sample.embodiment]).toEqual(['', '']);
});

test('any moment can be read, whatever blocks it lies in', async () => {
  const long = reader({ rows: 4001, fps: 50, values: { state: (t) => [t, 0, 0, 0, 0, 0, 0] } });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: momentsOf(long.source, 0) - 1 }), async (moment) => {
      const { state, actions, actionMask } = await canonicalSample(long, 0, moment, { viewSize: 0 }, { seed: 1, draw: left });
      expect(state[0]).toBeCloseTo(moment / 30, 4);
      for (let i = 0; i < 30 && actionMask[i * 20]; i++) expect(actions[i * 20]).toBeCloseTo((i + 1) / 30, 4);
    }),
  );
});

test('says which moment there is not', async () => {
  await expect(canonicalSample(reader(), 0, 90, { viewSize: 0 }, { seed: 1, draw: 0 })).rejects.toThrow(
    'memory, episode 0: there is no moment 90; it has 90',
  );
});
