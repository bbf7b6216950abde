/** The grasping benchmark: its scenes are what the paper says, names in them mean one thing, and masks cover what they should. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MASK_COLOR_NAMES, maskColor, maskOverlay } from '../../src/robot/guides.ts';
import { beginEpisode, planEpisode } from '../../src/sim/episode.ts';
import { objectModel, TRAINING_OBJECTS, UNSEEN_OBJECTS } from '../../src/sim/objects/catalogue.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { HELD_OUT_ROOMS, TRAINING_ROOMS } from '../../src/sim/rooms.ts';
import type { Thing } from '../../src/sim/scene.ts';
import { GRASP_SETTINGS, GRASP_TASKS, graspTask } from '../../src/sim/tasks/grasp.ts';
import { overlap, WORK_AREA } from '../../src/sim/tasks/layout.ts';

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);
const OTHERS = { sparse: [4, 8], dense: [8, 20], background: [8, 20] } as const;
const OBJECTS = { training: TRAINING_OBJECTS, unseen: UNSEEN_OBJECTS } as const;

const [plateOf, targetOf] = [
  (things: readonly Thing[]): Thing => things.find(({ id }) => id === 'plate') as Thing,
  (things: readonly Thing[], object: string): Thing => things.find(({ id }) => id === object) as Thing,
];

/** Whether a name could mean a thing: the thing's name has all of its words, and the same last one. Written here once more, on texts. */
const couldMean = (name: string, thing: string): boolean => {
  const [words, others] = [name.split(' '), thing.split(' ')];
  return words.every((word) => others.includes(word)) && words.at(-1) === others.at(-1);
};

describe.each(GRASP_SETTINGS)('%s', (setting) => {
  describe.each(['training', 'unseen'] as const)('%s objects', (objects) => {
    const task = graspTask({ setting, objects });
    const plans = SEEDS.map((seed) => planEpisode(task, seed));

    test('has as many others as the paper says, all of the set', () => {
      const counts = plans.map(({ setup }) => setup.things.length - 2);
      expect(Math.min(...counts)).toBeGreaterThanOrEqual(OTHERS[setting][0]);
      expect(Math.max(...counts)).toBeLessThanOrEqual(OTHERS[setting][1]);
      for (const { setup } of plans) {
        for (const { id } of setup.things) if (id !== 'plate') expect(OBJECTS[objects]).toContain(id);
      }
    });

    test('has one of the category of what is to be picked up among the others, where there is one', () => {
      for (const { setup } of plans) {
        const object = setup.words?.object as string;
        const { category } = objectModel(object);
        const there = setup.things.filter(({ id, model }) => id !== 'plate' && id !== object && model.category === category);
        const any = OBJECTS[objects].some(
          (name) => objectModel(name).category === category && !couldMean(name, object) && !couldMean(object, name),
        );
        expect(there.length > 0).toBe(any);
      }
    });

    test('leaves the plate clear, and room around what is to be picked up', () => {
      for (const { setup } of plans) {
        const [plate, target] = [plateOf(setup.things), targetOf(setup.things, setup.words?.object as string)];
        for (const thing of setup.things) {
          if (thing !== plate) expect(overlap(thing, plate, 0.019)).toBe(false);
          if (thing !== target) expect(overlap(thing, target, 0.029)).toBe(false);
        }
        for (const { pose } of [plate, target]) {
          for (const [axis, i] of [
            ['x', 0],
            ['y', 1],
          ] as const) {
            expect(pose.position[i]).toBeGreaterThanOrEqual(WORK_AREA[axis][0]);
            expect(pose.position[i]).toBeLessThanOrEqual(WORK_AREA[axis][1]);
          }
        }
      }
    });

    test('calls what is meant by a name that nothing else could have', () => {
      for (const { setup, instruction } of plans) {
        const object = setup.words?.object as string;
        expect(instruction).toContain(`the ${object}`);
        expect(setup.goals).toEqual([{ kind: 'placed', object, target: 'plate' }]);
        for (const { id } of setup.things) {
          if (id !== object) expect(couldMean(object, id)).toBe(false);
          if (id !== 'plate') expect(couldMean('plate', id)).toBe(false);
        }
      }
    });

    test('says it by a mask when asked to, and changes nothing else', () => {
      for (const [seed, plan] of plans.entries()) {
        const { instruction, ...rest } = planEpisode(task, seed, { wording: 'mask' });
        expect(instruction).toBe(`put the object with the ${plan.setup.words?.mask} mask into the plate`);
        expect({ ...rest, instruction: plan.instruction }).toEqual(plan);
      }
    });

    test(`is in a room that training ${setting === 'background' ? 'never sees' : 'sees'}`, () => {
      const [rooms, others] = setting === 'background' ? [HELD_OUT_ROOMS, TRAINING_ROOMS] : [TRAINING_ROOMS, HELD_OUT_ROOMS];
      for (const {
        scene: { room },
      } of plans) {
        for (const surface of ['table', 'floor', 'wall'] as const) {
          expect(rooms.map((other) => other[surface])).toContain(room[surface]);
          expect(others.map((other) => other[surface])).not.toContain(room[surface]);
        }
      }
      expect(new Set(plans.map(({ scene }) => scene.room.table)).size).toBeGreaterThan(1);
      expect(new Set(plans.map(({ scene }) => scene.room.light)).size).toBeGreaterThan(1);
    });
  });
});

test('every setup is another one, and always the same of its seed', () => {
  const [task] = GRASP_TASKS as [(typeof GRASP_TASKS)[number]];
  const layouts = SEEDS.map((seed) => JSON.stringify(planEpisode(task, seed).setup.things.map(({ id, pose }) => [id, pose])));
  expect(new Set(layouts).size).toBe(SEEDS.length);
  expect(SEEDS.map((seed) => JSON.stringify(planEpisode(task, seed).setup.things.map(({ id, pose }) => [id, pose])))).toEqual(layouts);
});

test('a task of one object is always about it', () => {
  const [target = ''] = UNSEEN_OBJECTS;
  const task = graspTask({ setting: 'dense', objects: 'unseen', target });
  expect(task.name).toMatch(/^grasp\/[a-z0-9-]+$/);
  for (const seed of SEEDS) expect(planEpisode(task, seed).setup.words?.object).toBe(target);
});

test('a target that is not one of the objects is refused with those like it', () => {
  const [target = ''] = TRAINING_OBJECTS;
  expect(() => graspTask({ setting: 'sparse', objects: 'unseen', target })).toThrow(`there is no unseen object "${target}"`);
  expect(() => graspTask({ setting: 'sparse', objects: 'training', target: `${target}x` })).toThrow(`"${target}"`);
});

test('tasks without masks have no such wording', () => {
  const [{ instructions, ...task }] = GRASP_TASKS as [(typeof GRASP_TASKS)[number]];
  const { training, heldOut } = instructions;
  expect(() => planEpisode({ ...task, instructions: { training, heldOut } }, 0, { wording: 'mask' })).toThrow(
    'no instructions of the wording "mask"',
  );
});

test('the expert puts the object onto the plate, which is not there before', async () => {
  const robot = await simRobot('panda');
  const episode = await beginEpisode(graspTask({ setting: 'sparse', objects: 'training', target: 'red apple' }), 1, robot);
  try {
    expect(episode.succeeded()).toBe(false);
    const expert = episode.expert();
    for (let step = 0; step < episode.limit && !episode.succeeded(); step++) episode.world.step(expert.act());
    expect(episode.succeeded()).toBe(true);
  } finally {
    episode.world.close();
  }
});

describe('a mask', () => {
  test('is half grey and half its colour on the object, and the rest is grey', () => {
    const picture = { rgb: Uint8Array.of(200, 100, 50, 10, 20, 30), segmentation: Uint16Array.of(7, 3) };
    // ITU-R BT.601: 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2, and 18.15
    expect([...maskOverlay(picture, 7, [255, 0, 101])]).toEqual([190, 62, 113, 18, 18, 18]);
  });

  test('of any picture is grey outside, and its colour minus grey is the same for all of the object', () => {
    const pixel = fc.record({ rgb: fc.uint8Array({ minLength: 3, maxLength: 3 }), id: fc.nat(3) });
    const color = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(fc.array(pixel, { minLength: 1, maxLength: 40 }), color, (pixels, rgb) => {
        const picture = { rgb: Uint8Array.from(pixels.flatMap((p) => [...p.rgb])), segmentation: Uint16Array.from(pixels, ({ id }) => id) };
        const masked = maskOverlay(picture, [1, 2], rgb);
        for (const [
          i,
          {
            rgb: [r = 0, g = 0, b = 0],
            id,
          },
        ] of pixels.entries()) {
          const luma = 0.299 * r + 0.587 * g + 0.114 * b;
          for (const [c, value] of masked.slice(3 * i, 3 * i + 3).entries()) {
            const expected = id === 1 || id === 2 ? (luma + (rgb[c] as number)) / 2 : luma;
            expect(Math.abs(value - expected)).toBeLessThan(1.5);
          }
        }
      }),
    );
  });

  test('has colours with names, and refuses others', () => {
    for (const name of MASK_COLOR_NAMES) expect(maskColor(name)).toHaveLength(3);
    expect(() => maskColor('bleu')).toThrow('there is no colour of masks "bleu"');
    expect(() => maskColor('bleu')).toThrow('"blue"');
  });

  test('needs a segmentation as large as the picture', () => {
    expect(() => maskOverlay({ rgb: new Uint8Array(12), segmentation: new Uint16Array(3) }, 1, [0, 0, 0])).toThrow(
      '4 pixels, its segmentation 3',
    );
  });
});
