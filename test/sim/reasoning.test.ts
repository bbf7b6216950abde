import { beforeAll, describe, expect, test } from 'vitest';
import { decodeMask, maskArea } from '../../src/data/reasoning/masks.ts';
import { matrixFromEuler, rotateVector, rotationAngle } from '../../src/robot/rotation.ts';
import { composePoses } from '../../src/robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { boxInCamera, cornersOf, inCamera } from '../../src/sim/reasoning/frames.ts';
import { affordance } from '../../src/sim/reasoning/kinds/affordance.ts';
import type { Asks } from '../../src/sim/reasoning/kinds/asked.ts';
import { grounding2d } from '../../src/sim/reasoning/kinds/grounding-2d.ts';
import { grounding3d } from '../../src/sim/reasoning/kinds/grounding-3d.ts';
import { maskTracking } from '../../src/sim/reasoning/kinds/mask-tracking.ts';
import { objectPointing } from '../../src/sim/reasoning/kinds/object-pointing.ts';
import { spacePointing } from '../../src/sim/reasoning/kinds/space-pointing.ts';
import { trajectory } from '../../src/sim/reasoning/kinds/trajectories.ts';
import type { Moment } from '../../src/sim/reasoning/moment.ts';
import { drawPool, type Pool } from '../../src/sim/reasoning/pools.ts';
import type { Answer } from '../../src/sim/reasoning/sample.ts';
import type { Sight } from '../../src/sim/reasoning/sight.ts';
import { project, unproject } from '../../src/sim/render/camera.ts';
import { randomStream } from '../../src/tensor/random.ts';

let layouts: Pool;
let rollout: Pool;
beforeAll(async () => {
  const options = { split: 'training', size: 224, robots: ['agilex'] } as const;
  layouts = await drawPool('layouts', randomStream(1, 'layouts'), options);
  rollout = await drawPool('rollout', randomStream(2, 'rollout'), options);
}, 60_000);

/** All sights of both pools, with their moments. */
const allSights = (): [Moment, Sight][] =>
  [...layouts.moments, ...rollout.moments].flatMap((moment) => moment.sights.map((sight): [Moment, Sight] => [moment, sight]));

/** Answers of one kind to questions about all sights, several to each. */
function answersOf<K extends Answer['kind']>(kind: K, ask: Asks, each = 3) {
  const random = randomStream(3, kind);
  return allSights().flatMap(([moment, sight]) =>
    Array.from({ length: each }, () => ask(moment, sight, 'training', random)).flatMap((asked) =>
      asked?.answer.kind === kind
        ? [{ moment, sight, question: asked.question, answer: asked.answer as Extract<Answer, { kind: K }> }]
        : [],
    ),
  );
}

const idAt = ({ picture }: Sight, x: number, y: number): number =>
  picture.segmentation[Math.floor(y) * picture.width + Math.floor(x)] as number;

/** The things of a moment that a label could mean. */
function meant({ things }: Moment, label: string) {
  const words = label.replace(/^(leftmost|rightmost|nearest|farthest|left|right|nearer|farther) /, '').split(' ');
  return things.filter(
    ({ model }) => words.every((word) => `${model.name} ${model.noun}`.split(' ').includes(word)) || words.at(-1) === 'thing',
  );
}

describe('places in pictures', () => {
  test('a box has all pixels of what is asked for inside, and some at each of its sides', () => {
    const answers = answersOf('grounding-2d', grounding2d);
    expect(answers.length).toBeGreaterThan(50);
    for (const { sight, answer } of answers) {
      for (const { box } of answer.boxes) {
        const [seen] = [...sight.seen.values()].filter((other) => other.box.join() === box.join());
        expect(seen).toBeDefined();
        const { width, height, segmentation } = sight.picture;
        const at = [...segmentation.keys()].filter((i) => seen?.ids.includes(segmentation[i] as number));
        const [x, y] = [at.map((i) => i % width), at.map((i) => Math.floor(i / width))];
        expect(box).toEqual([Math.min(...x), Math.min(...y), Math.max(...x) + 1, Math.max(...y) + 1]);
        expect(at.length).toBeGreaterThanOrEqual(40);
        expect(box[2] <= width && box[3] <= height).toBe(true);
      }
    }
  });

  test('points are on what they are to be on', () => {
    const answers = answersOf('object-pointing', objectPointing);
    expect(answers.length).toBeGreaterThan(50);
    for (const { moment, sight, answer } of answers) {
      for (const { point, label } of answer.points) {
        const id = idAt(sight, ...point);
        const there = moment.things.find((thing) => sight.seen.get(thing.id)?.ids.includes(id));
        if (label.includes(' of the '))
          expect(
            sight.seen.get([...sight.seen.keys()].find((name) => name.includes('/') && sight.seen.get(name)?.ids.includes(id)) ?? ''),
          ).toBeDefined();
        else expect(meant(moment, label)).toContain(there);
      }
    }
  });

  test('free places are on the table or in what is asked for, to be seen, and a centimetre from all meshes', () => {
    const answers = answersOf('space-pointing', spacePointing, 2);
    expect(answers.length).toBeGreaterThan(40);
    for (const { moment, sight, answer } of answers) {
      const { camera, picture } = sight;
      for (const { point, label } of answer.points) {
        const [x, y] = point;
        const depth = picture.depth[Math.floor(y) * picture.width + Math.floor(x)] as number;
        const place = unproject(camera, picture.width, picture.height, x, y, depth);
        const within = / (on|in) the (.*)$/.exec(label);
        const host = within ? moment.things.find((thing) => sight.seen.get(thing.id)?.ids.includes(idAt(sight, x, y))) : undefined;
        if (within) expect(meant(moment, within[2] as string)).toContain(host);
        else expect([idAt(sight, x, y), Math.abs(place[2]) < 0.005]).toEqual([sight.room, true]);
        for (const thing of moment.things) if (thing !== host) expect(distanceAlongTable(thing, place)).toBeGreaterThan(0.01);
      }
    }
  });

  test('where to take hold is on the thing, and smaller than it', () => {
    const answers = answersOf('affordance', affordance);
    expect(answers.length).toBeGreaterThan(50);
    for (const { sight, answer } of answers) {
      for (const { box } of answer.boxes) {
        const around = [...sight.seen.values()].filter(
          ({ box: other }) => other[0] <= box[0] && other[1] <= box[1] && other[2] >= box[2] && other[3] >= box[3],
        );
        expect(around.length).toBeGreaterThan(0);
      }
    }
  });

  /** Metres from the nearest vertex of a thing's meshes, seen from above. */
  function distanceAlongTable({ model, pose, parts }: Moment['things'][number], [x, y]: Vec3): number {
    let nearest = Number.POSITIVE_INFINITY;
    for (const { link, at } of [{ link: model.body, at: pose }, ...parts.map(({ part, pose: own }) => ({ link: part, at: own }))]) {
      for (const { mesh } of link.visuals) {
        for (let i = 0; i < mesh.positions.length; i += 3) {
          const [vx, vy] = rotateVector(at.rotation, [
            mesh.positions[i] as number,
            mesh.positions[i + 1] as number,
            mesh.positions[i + 2] as number,
          ]);
          const [dx, dy] = [vx + at.position[0] - x, vy + at.position[1] - y];
          nearest = Math.min(nearest, dx * dx + dy * dy);
        }
      }
    }
    return Math.sqrt(nearest);
  }
});

describe('places in space', () => {
  test('a box has the corners of the thing, and its projection encloses what is seen', () => {
    const answers = answersOf('grounding-3d', grounding3d);
    expect(answers.length).toBeGreaterThan(50);
    for (const { moment, sight, answer } of answers) {
      const { width, height } = sight.picture;
      const focal = height / 2 / Math.tan(sight.camera.fovy / 2);
      for (const { centre, size, rotation } of answer.boxes) {
        const turn = matrixFromEuler(rotation);
        const corners = signs.map((sign): Vec3 => {
          const [x, y, z] = rotateVector(turn, [(sign[0] * size[0]) / 2, (sign[1] * size[1]) / 2, (sign[2] * size[2]) / 2]);
          return [x + centre[0], y + centre[1], z + centre[2]];
        });
        const places = corners.map(([x, y, z]) => [width / 2 + (focal * x) / z, height / 2 + (focal * y) / z]);
        const [us, vs] = [places.map(([u]) => u as number), places.map(([, v]) => v as number)];
        // The thing whose middle is there
        const thing = moment.things.find(
          (other) => distance(mean(cornersOf(other).map((corner) => inCamera(sight.camera, corner))), centre) < 1e-3,
        );
        const seen = thing && sight.seen.get(thing.id);
        expect(seen).toBeDefined();
        if (!thing || !seen) continue;
        expect(Math.min(...us)).toBeLessThanOrEqual(seen.box[0] + 1.5);
        expect(Math.min(...vs)).toBeLessThanOrEqual(seen.box[1] + 1.5);
        expect(Math.max(...us)).toBeGreaterThanOrEqual(seen.box[2] - 1.5);
        expect(Math.max(...vs)).toBeGreaterThanOrEqual(seen.box[3] - 1.5);
      }
    }
  });

  test('of all ways to write a box down, it is the one with the smallest turn', () => {
    for (const [moment, sight] of allSights().slice(0, 12)) {
      for (const thing of moment.things) {
        const { rotation, size } = boxInCamera(sight.camera, thing);
        const turn = matrixFromEuler(rotation);
        const angle = rotationAngle([1, 0, 0, 0, 1, 0, 0, 0, 1], turn);
        // Quarter turns about the box's own axes name its sides otherwise.
        for (const quarter of [
          [Math.PI / 2, 0, 0],
          [0, Math.PI / 2, 0],
          [0, 0, Math.PI / 2],
          [Math.PI, 0, 0],
          [0, Math.PI, 0],
          [0, 0, -Math.PI / 2],
        ] as Vec3[]) {
          const other = composePoses(
            { position: [0, 0, 0], rotation: turn },
            { position: [0, 0, 0], rotation: matrixFromEuler(quarter) },
          ).rotation;
          expect(rotationAngle([1, 0, 0, 0, 1, 0, 0, 0, 1], other)).toBeGreaterThan(angle - 1e-3);
        }
        const [low, high] = thing.model.bounds;
        expect(size.toSorted((a, b) => a - b)).toEqual(
          subtract3(high, low)
            .map((side) => expect.closeTo(side, 3))
            .toSorted((a, b) => a.sample - b.sample),
        );
      }
    }
  });

  const signs = [-1, 1].flatMap((x) => [-1, 1].flatMap((y) => [-1, 1].map((z): Vec3 => [x, y, z])));
  const distance = (a: Vec3, b: Vec3): number => length3(subtract3(a, b));
  const mean = (points: readonly Vec3[]): Vec3 =>
    [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + (point[axis] as number), 0) / points.length) as unknown as Vec3;
});

describe('rollouts', () => {
  test('paths begin where the gripper or what it holds is now, and are the same in pixels and in metres', () => {
    const random = randomStream(4, 'paths');
    let [grippers, carried] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const moment = rollout.moments[i % rollout.moments.length] as Moment;
      const { sight, grippers: now, things } = moment;
      const { width, height } = sight.picture;
      const state = random.position;
      const flat = trajectory(
        'trajectory-2d',
        moment,
        rollout.track as NonNullable<Pool['track']>,
        'training',
        randomStream(5, 'one', 0, state * 4),
      );
      const deep = trajectory(
        'trajectory-3d',
        moment,
        rollout.track as NonNullable<Pool['track']>,
        'training',
        randomStream(5, 'one', 0, state * 4),
      );
      random.next();
      if (flat?.answer.kind !== 'trajectory-2d' || deep?.answer.kind !== 'trajectory-3d') continue;
      const [{ points, label }] = flat.answer.trajectories as [(typeof flat.answer.trajectories)[number]];
      const places = deep.answer.trajectories[0]?.points as Vec3[];
      expect(points.length).toBe(places.length);
      expect([6, 11]).toContain(points.length);
      const focal = height / 2 / Math.tan(sight.camera.fovy / 2);
      for (const [j, [x, y, z]] of places.entries()) {
        expect((points[j] as number[])[0]).toBeCloseTo(width / 2 + (focal * x) / z, 0);
        expect((points[j] as number[])[1]).toBeCloseTo(height / 2 + (focal * y) / z, 0);
      }
      const tool = now.find(({ arm }) => label.includes(arm))?.tool.position;
      if (label.includes('gripper') && tool) {
        grippers++;
        const start = project(sight.camera, width, height, tool);
        expect(points[0]).toEqual([expect.closeTo(start.x, 1), expect.closeTo(start.y, 1)]);
      } else {
        carried++;
        const held = things.filter(({ id }) => now.some(({ holds }) => holds === id));
        expect(meant(moment, label).some((thing) => held.includes(thing))).toBe(true);
      }
    }
    expect(Math.min(grippers, carried)).toBeGreaterThan(5);
  });

  test('masks are the pixels of one thing, and the first picture marks it', () => {
    const random = randomStream(6, 'masks');
    for (let i = 0; i < 12; i++) {
      const asked = maskTracking(rollout.moments, 'training', random);
      if (asked?.answer.kind !== 'mask-tracking') throw new Error('no masks');
      const { masks } = asked.answer;
      expect(masks.length).toBe(asked.pictures.length);
      expect(masks[0]).not.toBeNull();
      const sights = asked.pictures
        .slice(1)
        .map(({ data }) => rollout.moments.find(({ sight }) => sight.picture.rgb === data)?.sight as Sight);
      const first = decodeMask(masks[0] as NonNullable<(typeof masks)[0]>);
      const grey = asked.pictures[0]?.data as Uint8Array;
      for (let pixel = 0; pixel < first.length; pixel += 7) {
        const [r, g, b] = grey.subarray(3 * pixel, 3 * pixel + 3) as unknown as [number, number, number];
        if (first[pixel] === 0) expect(r === g && g === b).toBe(true);
      }
      for (const [j, sight] of sights.entries()) {
        const mask = masks[j + 1];
        if (!mask) continue;
        const pixels = decodeMask(mask);
        const ids = new Set(sight.picture.segmentation.filter((_, at) => pixels[at] === 1));
        expect(ids.size).toBeLessThanOrEqual(3);
        expect(maskArea(mask)).toBe(sight.picture.segmentation.filter((id) => ids.has(id)).length);
      }
    }
  });
});
