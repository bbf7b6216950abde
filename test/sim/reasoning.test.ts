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
import { inventory } from '../../src/sim/reasoning/kinds/inventory.ts';
import { maskTracking } from '../../src/sim/reasoning/kinds/mask-tracking.ts';
import { objectPointing } from '../../src/sim/reasoning/kinds/object-pointing.ts';
import { spacePointing } from '../../src/sim/reasoning/kinds/space-pointing.ts';
import { trajectory } from '../../src/sim/reasoning/kinds/trajectories.ts';
import type { Moment } from '../../src/sim/reasoning/moment.ts';
import { namesIn } from '../../src/sim/reasoning/names.ts';
import { drawPool, type Pool } from '../../src/sim/reasoning/pools.ts';
import type { Answer } from '../../src/sim/reasoning/sample.ts';
import type { Seen, Sight } from '../../src/sim/reasoning/sight.ts';
import { project, unproject } from '../../src/sim/render/camera.ts';
import { randomStream } from '../../src/tensor/random.ts';
import { type Truth, watch } from './reasoning-watched.ts';

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

/** The things of a moment that a label could mean: `leftmost red mug`, `mug`, `red thing`. */
function meant({ things }: Moment, label: string) {
  const words = label.replace(/^(leftmost|rightmost|nearest|farthest|left|right|nearer|farther) /, '').split(' ');
  const said = words.at(-1) === 'thing' ? words.slice(0, -1) : words;
  return things.filter(({ model }) => said.every((word) => model.name.split(' ').includes(word)));
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

describe('names', () => {
  test('left, right, nearer and farther are so by several pixels, or by centimetres along the table', () => {
    const seenNames: Record<string, number> = {};
    for (const [moment, sight] of allSights()) {
      for (const thing of moment.things) {
        for (const name of namesIn(moment, sight, thing)) {
          const word = /^(leftmost|rightmost|nearest|farthest|left|right|nearer|farther) /.exec(name)?.[1];
          if (!word || !sight.seen.has(thing.id)) continue;
          seenNames[word] = (seenNames[word] ?? 0) + 1;
          const others = meant(moment, thing.model.name).filter((other) => other !== thing && sight.seen.has(other.id));
          expect(others.length > 1).toBe(/most|nearest|farthest/.test(word));
          const across = (of: typeof thing): number => {
            const [left, , right] = (sight.seen.get(of.id) as Seen).box;
            return (left + right) / 2;
          };
          // From the camera's foot, along the ground that it looks over
          const [fx, fy] = [-sight.camera.rotation[2], -sight.camera.rotation[5]];
          const along = ({ middle }: typeof thing): number => (fx * middle[0] + fy * middle[1]) / Math.sqrt(fx * fx + fy * fy);
          for (const other of others) {
            if (word.startsWith('left')) expect(across(other) - across(thing)).toBeGreaterThan(8);
            else if (word.startsWith('right')) expect(across(thing) - across(other)).toBeGreaterThan(8);
            else {
              expect((word.startsWith('near') ? 1 : -1) * (along(other) - along(thing))).toBeGreaterThan(0.03);
              for (const { id, pose, model } of [thing, other]) {
                expect(model.fixed || (pose.position[2] < 0.01 && !moment.grippers.some(({ holds }) => holds === id))).toBe(true);
              }
            }
          }
        }
      }
    }
    expect((seenNames.nearer ?? 0) + (seenNames.nearest ?? 0)).toBeGreaterThan(5);
    expect((seenNames.left ?? 0) + (seenNames.leftmost ?? 0)).toBeGreaterThan(10);
  });

  test("what there is from left to right is clearly so, and in nobody's hand", async () => {
    const random = randomStream(8, 'inventories');
    const { moments } = await drawPool('layouts', randomStream(5, 'layouts'), { split: 'training', size: 160, robots: ['panda'] });
    const more = moments.map((moment): [Moment, Sight] => [moment, moment.sight]);
    let listed = 0;
    for (const [moment, sight] of [...allSights(), ...more]) {
      const asked = inventory(moment, sight, 'training', random);
      if (asked?.answer.kind !== 'general-vqa') continue;
      listed++;
      const row = moment.things.filter(({ id }) => sight.seen.has(id));
      const at = row.map(({ id }) => sight.seen.get(id)?.box as readonly number[]).map(([left = 0, , right = 0]) => (left + right) / 2);
      const order = [...at.keys()].toSorted((a, b) => (at[a] as number) - (at[b] as number));
      for (const [i, j] of order.slice(1).entries())
        expect((at[j] as number) - (at[order[i] as number] as number)).toBeGreaterThanOrEqual(8);
      expect(row.filter(({ id }) => moment.grippers.some(({ holds }) => holds === id))).toEqual([]);
      // Each noun is where it belongs in the sentence.
      const names = asked.answer.answer
        .toLowerCase()
        .replace(/\.$/, '')
        .split(/, | and /)
        .map((name) => name.replace(/^the /, ''));
      expect(names.length).toBe(row.length);
      for (const [i, name] of names.entries()) expect(meant(moment, name)).toContain(row[order[i] as number]);
    }
    expect(listed).toBeGreaterThan(2);
  });
});

describe('places in space', () => {
  test('a box has the corners of the thing, and its projection encloses what is seen', () => {
    const answers = answersOf('grounding-3d', grounding3d);
    const counts = { round: 0, angular: 0 };
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
        // Each corner of the box is one of the thing's; what is round may be turned about its axis, which leaves top and bottom.
        const own = cornersOf(thing).map((corner) => inCamera(sight.camera, corner));
        const ways = corners.map((corner) => Math.min(...own.map((other) => distance(other, corner))));
        const axis = isRound(thing) ? 'round' : 'angular';
        counts[axis]++;
        if (axis === 'angular') expect(Math.max(...ways)).toBeLessThan(2e-3);
        else {
          const radius = (points: readonly Vec3[]): number[] => points.map((point) => distance(point, centre)).toSorted((p, q) => p - q);
          for (const [i, r] of radius(corners).entries()) expect(r).toBeCloseTo(radius(own)[i] as number, 3);
        }
        expect(Math.min(...us)).toBeLessThanOrEqual(seen.box[0] + 1.5);
        expect(Math.min(...vs)).toBeLessThanOrEqual(seen.box[1] + 1.5);
        expect(Math.max(...us)).toBeGreaterThanOrEqual(seen.box[2] - 1.5);
        expect(Math.max(...vs)).toBeGreaterThanOrEqual(seen.box[3] - 1.5);
      }
    }
    expect(Math.min(counts.round, counts.angular)).toBeGreaterThan(5);
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

  const isRound = ({ model }: Moment['things'][number]): boolean => model.category === 'axisymmetric';
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

  test('paths are those that the world says gripper and thing took', async () => {
    const { moments, track, truths } = await watch('goal/bowl-on-plate', 'panda', { every: 7 });
    const random = randomStream(7, 'watched paths');
    let [carried, own] = [0, 0];
    for (const moment of Array.from({ length: 8 }, () => moments).flat()) {
      const asked = trajectory('trajectory-3d', moment, track, 'training', random);
      if (asked?.answer.kind !== 'trajectory-3d') continue;
      const [{ points, label }] = asked.answer.trajectories as [(typeof asked.answer.trajectories)[number]];
      const places = points.map((_, i) => {
        const truth = truths[moment.step + 6 * i] as Truth;
        const [held] = meant(moment, label).filter(({ id }) => (truths[moment.step]?.held.get(id) ?? []).length > 0);
        return label === 'gripper' ? (truth.tools.right as Vec3) : (truth.middles.get(held?.id as string) as Vec3);
      });
      for (const [i, point] of points.entries())
        expect(length3(subtract3(point, inCamera(moment.sight.camera, places[i] as Vec3)))).toBeLessThan(2e-4);
      if (label === 'gripper') own++;
      else carried++;
    }
    expect(Math.min(carried, own)).toBeGreaterThan(2);
  }, 60_000);

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
