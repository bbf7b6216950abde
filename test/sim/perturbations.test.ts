/** Every perturbation changes what it says and nothing else: in plans, in physics and in pixels. Greater strengths change more. */

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forwardKinematics } from '../../src/robot/kinematics.ts';
import { rotationAngle } from '../../src/robot/rotation.ts';
import { length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { beginEpisode, type EpisodePlan, planEpisode } from '../../src/sim/episode.ts';
import { UNSEEN_OBJECTS } from '../../src/sim/objects/catalogue.ts';
import { PERTURBATIONS, type PerturbationKind, parsePerturbations, perturbation } from '../../src/sim/perturbations.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { createRenderer } from '../../src/sim/render/renderer.ts';
import type { Picture } from '../../src/sim/render/types.ts';
import { type SimRobot, simRobot } from '../../src/sim/robots.ts';
import { HELD_OUT_ROOMS, roomVisuals } from '../../src/sim/rooms.ts';
import type { Room, Thing } from '../../src/sim/scene.ts';
import { addNoise } from '../../src/sim/sensor.ts';
import { GRASP_TASKS } from '../../src/sim/tasks/grasp.ts';
import { overlap } from '../../src/sim/tasks/layout.ts';
import { createViews } from '../../src/sim/views.ts';
import { createWorld, toWorld } from '../../src/sim/world.ts';

const panda = await simRobot('panda');
const robots = [panda, await simRobot('ur5e'), await simRobot('agilex'), await simRobot('ldt-01')];
const task = GRASP_TASKS.find(({ name }) => name === 'grasp/sparse-training') as (typeof GRASP_TASKS)[number];
const STRENGTHS = [1, 2, 3, 4, 5] as const;
const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

const planned = (seed: number): EpisodePlan => planEpisode(task, seed);
const changed = (kind: PerturbationKind, strength: number, seed: number, robot = panda): EpisodePlan =>
  perturbation(kind, strength)(planned(seed), robot);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

/** What a kind may change: everything else of a plan stays. */
const MAY_CHANGE: Readonly<Record<PerturbationKind, readonly string[]>> = {
  camera: ['cameras'],
  robot: ['start'],
  language: ['instruction'],
  light: ['light'],
  background: ['name', 'table', 'floor', 'wall'],
  noise: ['noise'],
  layout: ['things', 'placed'],
};

/** All that a plan says, each thing under a name of its own. */
const fieldsOf = ({
  task: of,
  seed,
  instruction,
  setup: { things, ...setup },
  scene: { room, things: placed, ...scene },
}: EpisodePlan) => ({
  of,
  seed,
  instruction,
  ...setup,
  things,
  placed,
  name: room.name,
  table: room.table,
  floor: room.floor,
  wall: room.wall,
  light: room.light,
  ...{ start: scene.start, cameras: scene.cameras, noise: scene.noise },
});

/** For texts of plans: models by their names, textures by their sums. */
const briefly = (key: string, value: unknown): unknown => {
  if (key === 'model') return (value as Thing['model']).name;
  return value instanceof Uint8Array ? value.reduce((total, byte) => total + byte, 0) : value;
};

describe.each(PERTURBATIONS)('%s', (kind) => {
  test('changes what it says in every plan, and nothing else', () => {
    for (const seed of SEEDS) {
      const plan = planned(seed);
      const before: Record<string, unknown> = fieldsOf(plan);
      for (const strength of STRENGTHS) {
        const after: Record<string, unknown> = fieldsOf(perturbation(kind, strength)(plan, panda));
        // What stays is the very same object.
        const different = Object.keys({ ...before, ...after }).filter((field) => before[field] !== after[field]);
        expect(different.filter((field) => !MAY_CHANGE[kind].includes(field))).toEqual([]);
        for (const field of MAY_CHANGE[kind].filter((name) => name !== 'table')) expect(different).toContain(field);
      }
    }
  });

  test('is the same of the same seeds, and another one of others', () => {
    const text = (seed: number, own: number): string => JSON.stringify(fieldsOf(perturbation(kind, 5, own)(planned(seed), panda)), briefly);
    expect(text(1, 2)).toBe(text(1, 2));
    expect(new Set(SEEDS.slice(0, 8).map((own) => text(1, own))).size).toBeGreaterThan(3);
    expect(text(2, 2)).not.toBe(text(1, 2));
  });

  test('works for every robot', () => {
    for (const robot of robots) expect(changed(kind, 5, 3, robot).seed).toBe(3);
  });
});

// What a background is to the eye is measured in pictures, below.
test.each(PERTURBATIONS.filter((kind) => kind !== 'background'))('%s: greater strengths change more', (kind) => {
  const measured = STRENGTHS.map((strength) => mean(SEEDS.map((seed) => measure(kind, planned(seed), changed(kind, strength, seed)))));
  expect(measured[0]).toBeGreaterThan(0);
  expect(measured).toEqual(measured.toSorted((a, b) => a - b));
  expect(new Set(measured).size).toBe(STRENGTHS.length);
});

/** How different a plan is from what it was, by what the kind changes. */
function measure(kind: Exclude<PerturbationKind, 'background'>, before: EpisodePlan, { scene, instruction }: EpisodePlan): number {
  switch (kind) {
    case 'camera':
      return sum(Object.values(scene.cameras ?? {}).map(({ move, turn }) => length3(move as Vec3) + length3(turn as Vec3)));
    case 'robot':
      return Math.hypot(...(scene.start?.right ?? []).map((q, i) => q - (panda.home.right?.[i] ?? 0)));
    case 'language':
      return instruction.length;
    case 'light': {
      const [a, b] = [before.scene.room.light, scene.room.light];
      const ratio = (what: 'directional' | 'ambient' | 'temperature'): number => Math.abs(Math.log(a[what] / b[what]));
      return angleBetween(a.direction, b.direction) + ratio('directional') + ratio('ambient') + ratio('temperature');
    }
    case 'noise':
      return (scene.noise?.grain ?? 0) + (scene.noise?.blur ?? 0) + Math.abs(Math.log(scene.noise?.exposure ?? 1));
    case 'layout':
      return (
        scene.things.length +
        sum(before.scene.things.map((thing, i) => length3(subtract3(thing.pose.position, scene.things[i]?.pose.position as Vec3))))
      );
  }
}

const angleBetween = (a: Vec3, b: Vec3): number =>
  Math.acos(Math.min(1, (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]) / length3(a) / length3(b)));

/** What the head sees at the beginning. */
async function look(plan: EpisodePlan, size = 48, robot: SimRobot = panda): Promise<Picture> {
  const world = await createWorld(plan.scene, robot);
  try {
    const views = createViews(world);
    const picture = {
      width: size,
      height: size,
      rgb: new Uint8Array(size * size * 3),
      depth: new Float32Array(size * size),
      segmentation: new Uint16Array(size * size),
    };
    views.update();
    views.take('head', picture);
    return picture;
  } finally {
    world.close();
  }
}

const difference = (a: Picture, b: Picture): number => mean(Array.from(a.rgb, (value, i) => Math.abs(value - (b.rgb[i] as number))));

describe('pictures', () => {
  test.each(['light', 'background', 'noise'] as const)(
    'of another %s have other colours, and the same depth and segmentation',
    async (kind) => {
      const [before, after] = [await look(planned(2)), await look(changed(kind, 5, 2))];
      expect(difference(before, after)).toBeGreaterThan(2);
      expect(after.depth).toEqual(before.depth);
      expect(after.segmentation).toEqual(before.segmentation);
    },
  );

  test('of another camera are others, and those of another instruction the same', async () => {
    const before = await look(planned(2));
    expect((await look(changed('camera', 1, 2))).depth).not.toEqual(before.depth);
    expect(await look(changed('language', 5, 2))).toEqual(before);
  });

  test('show what is on the table from wherever the cameras are', async () => {
    for (const robot of robots.slice(0, 2)) {
      for (const seed of SEEDS.slice(0, 6)) {
        const plan = changed('camera', 5, seed, robot);
        const world = await createWorld(plan.scene, robot);
        const views = createViews(world);
        const picture = createPicture(96, 96);
        views.update();
        views.take('head', picture);
        const target = plan.setup.words?.object as string;
        for (const thing of [target, 'plate']) {
          expect(picture.segmentation.filter((id) => views.idsOf(thing).includes(id)).length).toBeGreaterThan(3);
        }
        world.close();
      }
    }
  });

  test('of backgrounds are more different with every strength', () => {
    const size = 24;
    /** What the head of a panda sees of a room. */
    const paint = (room: Room): Uint8Array => {
      const instances = roomVisuals(room).map(({ visual, pose }, i) => ({ ...visual, ...pose, id: i + 1 }));
      const picture = {
        rgb: new Uint8Array(3 * size * size),
        depth: new Float32Array(size * size),
        segmentation: new Uint16Array(size * size),
      };
      const renderer = createRenderer({ instances, light: room.light, background: [0, 0, 0] }, { shadows: false });
      renderer.render(
        { position: [0.72, 0, 0.68], rotation: [0, -0.6606, 0.7507, 1, 0, 0, 0, 0.7507, 0.6606], fovy: 0.73 },
        { width: size, height: size, ...picture },
      );
      return picture.rgb;
    };
    const measured = STRENGTHS.map((strength) =>
      mean(
        SEEDS.map((seed) => {
          const [before, after] = [paint(planned(seed).scene.room), paint(changed('background', strength, seed).scene.room)];
          return mean(Array.from(before, (value, i) => Math.abs(value - (after[i] as number))));
        }),
      ),
    );
    expect(measured[0]).toBeGreaterThan(0);
    expect(measured).toEqual(measured.toSorted((a, b) => a - b));
  });
});

describe('physics', () => {
  /** Positions of everything, step by step, as the expert acts. */
  async function trace(kinds: readonly PerturbationKind[], seed: number, steps: number): Promise<Float64Array[]> {
    const episode = await beginEpisode(task, seed, panda, { change: kinds.map((kind) => perturbation(kind, 5)) });
    const expert = episode.expert();
    const states = [Float64Array.from(episode.world.data.qpos)];
    for (let step = 0; step < steps; step++) {
      episode.world.step(expert.act());
      states.push(Float64Array.from(episode.world.data.qpos));
    }
    episode.world.close();
    return states;
  }

  test('are the same bits, all along an episode, whatever cameras see and instructions say', async () => {
    const before = await trace([], 5, 60);
    for (const kind of ['camera', 'language', 'light', 'background', 'noise'] as const) expect(await trace([kind], 5, 60)).toEqual(before);
    expect(await trace(['camera', 'language', 'light', 'background', 'noise'], 5, 60)).toEqual(before);
  });

  test('of a robot that starts elsewhere have all things where they were', async () => {
    for (const seed of SEEDS.slice(0, 4)) {
      const [before, after] = [await createWorld(planned(seed).scene, panda), await createWorld(changed('robot', 5, seed).scene, panda)];
      for (const { id } of before.scene.things) {
        const [was, is] = [before.poseOf(id), after.poseOf(id)];
        expect(length3(subtract3(was.position, is.position))).toBeLessThan(1e-6);
        expect(rotationAngle(was.rotation, is.rotation)).toBeLessThan(1e-5);
      }
      expect(before.state().right?.joints).not.toEqual(after.state().right?.joints);
      before.close();
      after.close();
    }
  });
});

describe('a robot that starts elsewhere', () => {
  test.each(robots.map((robot) => [robot.embodiment.name, robot] as const))(
    '%s: is within limits, its tools above things, pointing down',
    (_, robot) => {
      for (const seed of SEEDS) {
        const { scene } = changed('robot', 5, seed, robot);
        for (const [arm, { chain }] of Object.entries(robot.arms)) {
          const joints = scene.start?.[arm as 'left' | 'right'] as readonly number[];
          for (const [i, { limits }] of chain.joints.entries()) {
            if (!limits) continue;
            expect(joints[i]).toBeGreaterThan(limits[0]);
            expect(joints[i]).toBeLessThan(limits[1]);
          }
          const { position, rotation } = toWorld(robot, forwardKinematics(chain, joints));
          expect(position[2]).toBeGreaterThan(0.08);
          expect(rotation[8]).toBeLessThan(-0.7);
          for (const { model, pose } of scene.things) {
            const across = Math.hypot(position[0] - pose.position[0], position[1] - pose.position[1]);
            if (across < 0.1) expect(position[2]).toBeGreaterThan(model.bounds[1][2] + 0.05);
          }
        }
      }
    },
  );
});

describe('a light that is another', () => {
  test('comes from above, and is never too bright to see by or too dark', () => {
    for (const seed of SEEDS) {
      const { direction, directional, ambient } = changed('light', 5, seed).scene.room.light;
      expect(-direction[2] / length3(direction)).toBeGreaterThan(0.4);
      expect(directional + ambient).toBeLessThan(1.5);
      expect(directional + ambient).toBeGreaterThan(0.4);
    }
  });
});

describe('a background that is another', () => {
  test('has surfaces that training never sees', () => {
    const looks = HELD_OUT_ROOMS.flatMap(({ table, floor, wall }) =>
      [table, floor, wall].map((surface) => surface.texture ?? surface.color),
    );
    for (const seed of SEEDS) {
      const { table, floor, wall } = changed('background', 5, seed).scene.room;
      for (const surface of [floor, wall]) expect(looks).toContain(surface.texture ?? surface.color);
      if (table.texture) expect(looks).toContain(table.texture);
    }
  });
});

describe('a layout that is another', () => {
  const things = (seed: number, strength = 5): readonly Thing[] => changed('layout', strength, seed).scene.things;

  test('has everything that was there, a little elsewhere, and as many objects more as the strength says', () => {
    for (const strength of STRENGTHS) {
      const added = SEEDS.map((seed) => {
        const [before, after] = [planned(seed).scene.things, things(seed, strength)];
        for (const [i, { id, model, pose }] of before.entries()) {
          expect(after[i]).toMatchObject({ id, model });
          expect(length3(subtract3(after[i]?.pose.position as Vec3, pose.position))).toBeLessThanOrEqual(0.01 * strength + 1e-9);
        }
        for (const { id, model } of after.slice(before.length)) {
          expect(UNSEEN_OBJECTS).toContain(id);
          expect(before.map((thing) => thing.model.noun)).not.toContain(model.noun);
        }
        return after.length - before.length;
      });
      expect(Math.max(...added)).toBe(strength);
      expect(mean(added)).toBeGreaterThan(0.9 * strength);
    }
  });

  test('has nothing on top of anything else, and no two things of one name', () => {
    for (const seed of SEEDS) {
      const all = things(seed);
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      for (const [i, a] of all.entries()) for (const b of all.slice(0, i)) expect(overlap(a, b, 0)).toBe(false);
    }
  });

  test('keeps what is left of what, and in front of what', () => {
    for (const seed of SEEDS) {
      const [before, after] = [planned(seed).scene.things, things(seed)];
      for (const axis of [0, 1] as const) {
        const at = (all: readonly Thing[], i: number): number => all[i]?.pose.position[axis] as number;
        for (const i of before.keys()) {
          for (const j of before.keys()) if (at(before, i) - at(before, j) > 0.06) expect(at(after, i)).toBeGreaterThan(at(after, j));
        }
      }
    }
  });
});

describe('an instruction in other words', () => {
  test('still says what is meant, and names nothing else that is there', () => {
    for (const seed of SEEDS) {
      for (const strength of STRENGTHS) {
        const plan = changed('language', strength, seed);
        const object = plan.setup.words?.object as string;
        // Nouns may be others; adjectives stay.
        for (const word of plan.scene.things.find(({ id }) => id === object)?.model.adjectives ?? [])
          expect(plan.instruction).toContain(word);
        expect(plan.instruction).toMatch(/\b(plate|flat dish)\b/);
        for (const { id } of plan.scene.things) if (id !== object && id !== 'plate') expect(plan.instruction).not.toContain(`the ${id}`);
      }
    }
  });

  test('is a held-out one, then a polite one, and with one more sentence at the end of the scale two more', () => {
    for (const seed of SEEDS) {
      const text = (strength: number): string => changed('language', strength, seed).instruction;
      const { words = {} } = planned(seed).setup;
      const heldOut = task.instructions.heldOut.map((template) => template.replace('{object}', words.object as string));
      expect(heldOut).toContain(text(1));
      expect(text(2).endsWith(text(1))).toBe(true);
      expect(text(4).endsWith(text(3))).toBe(true);
      expect(text(5).match(/[.?!]( |$)/g)?.length).toBe(3);
    }
  });

  test('with a mask is about the mask', () => {
    for (const seed of SEEDS.slice(0, 5)) {
      const plan = planEpisode(task, seed, { wording: 'mask' });
      for (const strength of STRENGTHS) {
        const { instruction } = perturbation('language', strength)(plan, panda);
        expect(instruction).toContain(`${plan.setup.words?.mask} mask`);
        expect(instruction).not.toContain(`the ${plan.setup.words?.object}`);
      }
    }
  });
});

describe('a sensor', () => {
  const grey = (size: number, value = 128): Pick<Picture, 'width' | 'height' | 'rgb'> => ({
    width: size,
    height: size,
    rgb: new Uint8Array(3 * size * size).fill(value),
  });
  const CLEAN = { grain: 0, blur: 0, exposure: 1, seed: 1 };

  test.each([4, 12, 25])('has grain of a standard deviation of %d, as a normal distribution has it', (grain) => {
    const picture = grey(96);
    addNoise(picture, { ...CLEAN, grain }, 'head', 7);
    const values = [...picture.rgb];
    const deviation = Math.sqrt(mean(values.map((value) => (value - mean([128])) ** 2)));
    // 27,648 draws: their mean is off by 0.6 % of the deviation (one standard error), their deviation by 0.4 %.
    expect(Math.abs(mean(values) - 128)).toBeLessThan(0.025 * grain);
    expect(deviation / grain).toBeGreaterThan(0.97);
    expect(deviation / grain).toBeLessThan(1.03);
    const beyond = values.filter((value) => Math.abs(value - 128) > 2 * grain - 0.5).length / values.length;
    expect(beyond).toBeGreaterThan(0.03);
    expect(beyond).toBeLessThan(0.07);
    const neighbours = mean(values.slice(3).map((value, i) => (value - 128) * ((values[i] as number) - 128))) / (deviation * deviation);
    expect(Math.abs(neighbours)).toBeLessThan(0.03);
  });

  test('is clean without noise, and the same of the same seed, view and step only', () => {
    const [clean, picture] = [grey(16), grey(16)];
    addNoise(picture, CLEAN, 'head', 0);
    expect(picture).toEqual(clean);
    const noisy = (seed: number, view: string, step: number): string => {
      const taken = grey(16);
      addNoise(taken, { ...CLEAN, grain: 10, seed }, view, step);
      return taken.rgb.join();
    };
    expect(noisy(1, 'head', 2)).toBe(noisy(1, 'head', 2));
    expect(new Set([noisy(1, 'head', 2), noisy(2, 'head', 2), noisy(1, 'leftWrist', 2), noisy(1, 'head', 3)]).size).toBe(4);
  });

  test.each([0.4, 0.8, 1.4, 3])('blurs by %d pixels as a Gaussian does', (blur) => {
    const picture = grey(33, 0);
    const [middle, size] = [16, 33];
    // A bright square of 5 pixels
    for (let y = -2; y <= 2; y++)
      for (let x = -2; x <= 2; x++)
        picture.rgb.fill(200, 3 * (size * (middle + y) + middle + x), 3 * (size * (middle + y) + middle + x) + 3);
    addNoise(picture, { ...CLEAN, blur }, 'head', 0);
    const weight = (d: number): number => Math.exp((-d * d) / (2 * blur * blur));
    const whole = sum(Array.from({ length: 61 }, (_, d) => weight(d - 30)));
    const along = (at: number): number => sum([-2, -1, 0, 1, 2].map((d) => weight(at - middle - d))) / whole;
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const expected = 200 * along(x) * along(y);
        // The Gaussian is cut off at 3 pixels, and bytes are rounded four times at most.
        expect(Math.abs((picture.rgb[3 * (size * y + x)] as number) - expected)).toBeLessThan(5);
      }
    }
  });

  test('blurs even surfaces not at all, up to their edges', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.double({ min: 0.1, max: 4, noNaN: true }), (value, blur) => {
        const picture = grey(9, value);
        addNoise(picture, { ...CLEAN, blur }, 'head', 0);
        expect(picture).toEqual(grey(9, value));
      }),
    );
  });

  test('lets in more or less light', () => {
    const [bright, dark] = [grey(4, 100), grey(4, 100)];
    addNoise(bright, { ...CLEAN, exposure: 2 }, 'head', 0);
    addNoise(dark, { ...CLEAN, exposure: 0.5 }, 'head', 0);
    // sRGB, where screens show the 2.2nd power: 100 · 2^(1/2.2) and 100 · 2^(−1/2.2)
    expect(bright.rgb[0]).toBe(137);
    expect(dark.rgb[0]).toBe(73);
  });

  test('refuses numbers that make no sense', () => {
    for (const wrong of [{ grain: -1 }, { blur: Number.NaN }, { exposure: Number.POSITIVE_INFINITY }]) {
      const [[name, value]] = Object.entries(wrong) as [[string, number]];
      expect(() => addNoise(grey(4), { ...CLEAN, ...wrong }, 'head', 0)).toThrow(`the ${name} of a sensor is ${value}`);
    }
  });
});

describe('names and strengths', () => {
  test('that are none are refused, with what would be right', () => {
    expect(() => perturbation('lihgt', 1)).toThrow('there is no perturbation "lihgt"');
    expect(() => perturbation('lihgt', 1)).toThrow('"light"');
    for (const strength of [0, 6, 2.5, Number.NaN]) {
      expect(() => perturbation('light', strength)).toThrow(
        `the perturbation light has the strength ${strength}: expected a whole number from 1 to 5`,
      );
    }
  });

  test('are read from texts', () => {
    expect(parsePerturbations('')).toEqual([]);
    expect(parsePerturbations('camera:3, light:5')).toEqual([
      { kind: 'camera', strength: 3 },
      { kind: 'light', strength: 5 },
    ]);
    expect(() => parsePerturbations('camera:3,lihgt:5')).toThrow('"light"');
    for (const text of ['camera', 'camera:', 'camera:6', 'camera:0', 'camera:3:1'])
      expect(() => parsePerturbations(text)).toThrow('camera:1 to camera:5');
    expect(() => parsePerturbations('camera:3,')).toThrow('there is no perturbation ""');
    expect(() => parsePerturbations('camera:3,camera:4')).toThrow('twice');
  });

  test('go together: each changes its own', () => {
    const all = PERTURBATIONS.reduce((plan, kind) => perturbation(kind, 3)(plan, panda), planned(4));
    for (const kind of ['camera', 'robot', 'light', 'noise', 'layout'] as const) {
      const [alone, together]: Record<string, unknown>[] = [fieldsOf(changed(kind, 3, 4)), fieldsOf(all)];
      for (const field of MAY_CHANGE[kind])
        expect(JSON.stringify(together?.[field], briefly)).toBe(JSON.stringify(alone?.[field], briefly));
    }
  });
});
