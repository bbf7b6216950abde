/** What is seen where: against rays, one for each pixel, that are cut with triangles, planes and spheres. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IDENTITY_ROTATION, type Mat3, matrixFromAxisAngle, rotateVector } from '../../src/robot/rotation.ts';
import { add3, cross3, dot3, length3, scale3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import { project, unproject } from '../../src/sim/render/camera.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import { createRenderer, type RendererOptions } from '../../src/sim/render/renderer.ts';
import type { Camera, Instance, Picture, RenderScene } from '../../src/sim/render/types.ts';
import { box, fromAbove, lookAt, rectangle, sceneOf, soup, sphere, tableScene, thing } from './render-scenes.ts';

function draw(scene: RenderScene, camera: Camera, width: number, height = width, options: RendererOptions = { shadows: false }): Picture {
  const picture = createPicture(width, height);
  createRenderer(scene, options).render(camera, picture);
  return picture;
}

const coordinate = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true });
const vector = (most: number): fc.Arbitrary<Vec3> => fc.tuple(coordinate(most), coordinate(most), coordinate(most));
const rotation: fc.Arbitrary<Mat3> = vector(3).map(matrixFromAxisAngle);
const fovy = fc.double({ min: 0.3, max: 2, noNaN: true });
const cameras: fc.Arbitrary<Camera> = fc.record({ position: vector(1), rotation, fovy });

/** Towards the point (x, y) of a picture, of length 1 along the optical axis. */
const rayThrough = (camera: Camera, width: number, height: number, x: number, y: number): Vec3 =>
  subtract3(unproject(camera, width, height, x, y, 1), camera.position);

interface Hit {
  readonly depth: number;
  /** Of the triangle that is seen; −1 for none */
  readonly name: number;
  /** How far behind it the next one is */
  readonly gap: number;
}

/** Where a ray first meets the front of one of some triangles (Möller and Trumbore 1997). */
function cast(origin: Vec3, ray: Vec3, triangles: readonly (readonly [Vec3, Vec3, Vec3])[]): Hit {
  let [depth, name, second] = [Number.POSITIVE_INFINITY, -1, Number.POSITIVE_INFINITY];
  for (const [i, [a, b, c]] of triangles.entries()) {
    const [ab, ac] = [subtract3(b, a), subtract3(c, a)];
    const p = cross3(ray, ac);
    const determinant = dot3(ab, p);
    if (determinant <= 0) continue;
    const s = subtract3(origin, a);
    const u = dot3(s, p) / determinant;
    if (u < 0 || u > 1) continue;
    const q = cross3(s, ab);
    const v = dot3(ray, q) / determinant;
    const t = dot3(ac, q) / determinant;
    if (v < 0 || u + v > 1 || t <= 0.005) continue;
    if (t < depth) [depth, name, second] = [t, i, depth];
    else second = Math.min(second, t);
  }
  return { depth, name, gap: second - depth };
}

/** The triangles of instances as they stand in the world, and whose they are. */
function standing(instances: readonly Instance[]): { triangles: (readonly [Vec3, Vec3, Vec3])[]; owners: number[] } {
  const triangles: (readonly [Vec3, Vec3, Vec3])[] = [];
  const owners: number[] = [];
  for (const { mesh, position, rotation, id } of instances) {
    const corner = (i: number): Vec3 => {
      const v = 3 * (mesh.indices[i] as number);
      const own: Vec3 = [mesh.positions[v] as number, mesh.positions[v + 1] as number, mesh.positions[v + 2] as number];
      return add3(rotateVector(rotation, own), position);
    };
    for (let t = 0; t < mesh.indices.length; t += 3) {
      triangles.push([corner(t), corner(t + 1), corner(t + 2)]);
      owners.push(id);
    }
  }
  return { triangles, owners };
}

/** Half a pixel in each direction, and none */
const AROUND = [0, -0.5, 0.5].flatMap((x) => [0, -0.5, 0.5].map((y) => [x, y] as const));

/**
 * Compares a picture with rays, in the pixels where all rays within half a pixel see the same triangle, or all see nothing, and nothing
 * else is as near to within 1e-5. Returns how many these are, how many have another id, and how far off depth is at worst, relatively.
 */
function compareWithRays(
  picture: Picture,
  camera: Camera,
  instances: readonly Instance[],
): { counted: number; wrong: number; error: number } {
  const { width, height, depth, segmentation } = picture;
  const { triangles, owners } = standing(instances);
  let [counted, wrong, error] = [0, 0, 0];
  for (let k = 0; k < width * height; k++) {
    const [x, y] = [(k % width) + 0.5, Math.floor(k / width) + 0.5];
    const hits = AROUND.map(([dx, dy]) => cast(camera.position, rayThrough(camera, width, height, x + dx, y + dy), triangles));
    const [middle] = hits as [Hit];
    if (hits.some(({ name }) => name !== middle.name) || middle.gap < 1e-5 * middle.depth) continue;
    counted++;
    if (segmentation[k] !== (middle.name < 0 ? 0 : owners[middle.name])) wrong++;
    if (middle.name >= 0) error = Math.max(error, Math.abs((depth[k] as number) / middle.depth - 1));
    else if (depth[k] !== Number.POSITIVE_INFINITY) wrong++;
  }
  return { counted, wrong, error };
}

test('a random soup of triangles is seen where rays meet it', () => {
  const triangle = fc.tuple(vector(1), vector(1), vector(1));
  const instance = fc.record({ triangles: fc.array(triangle, { minLength: 1, maxLength: 4 }), position: vector(0.5), rotation });
  let all = 0;
  fc.assert(
    fc.property(fc.array(instance, { minLength: 1, maxLength: 4 }), cameras, (parts, camera) => {
      const instances = parts.map(({ triangles, ...pose }, i) => thing(soup(triangles), { id: 100 + i, ...pose }));
      const { counted, wrong, error } = compareWithRays(draw(sceneOf(...instances), camera, 16, 12), camera, instances);
      all += counted;
      expect(wrong).toBe(0);
      expect(error).toBeLessThan(1e-5);
    }),
    { numRuns: 100, seed: 1 },
  );
  // Most pixels are not next to an edge.
  expect(all).toBeGreaterThan(0.5 * 100 * 16 * 12);
});

test('small things far away are seen where rays meet them', () => {
  fc.assert(
    fc.property(rotation, vector(0.2), (turn, position) => {
      const instances = [
        thing(sphere(0.2, 4), { id: 7, position, rotation: turn }),
        thing(box(0.5, 0.05, 0.02), { id: 9, rotation: turn }),
      ];
      const camera = lookAt([1, 1.5, 1], [0, 0, 0], 0.5);
      const { wrong, error } = compareWithRays(draw(sceneOf(...instances), camera, 20, 20), camera, instances);
      expect(wrong).toBe(0);
      expect(error).toBeLessThan(1e-5);
    }),
    { numRuns: 5, seed: 2 },
  );
});

test('a plane is at its depth in every pixel, also where it reaches behind the camera', () => {
  fc.assert(
    fc.property(vector(0.3), rotation, fovy, (position, turn, angle) => {
      const camera = { position: add3(position, [0, 0, 0.4]), rotation: turn, fovy: angle };
      const { depth, segmentation } = draw(sceneOf(thing(rectangle(40))), camera, 20, 20);
      const wrong: number[] = [];
      for (let k = 0; k < depth.length; k++) {
        const ray = rayThrough(camera, 20, 20, (k % 20) + 0.5, Math.floor(k / 20) + 0.5);
        const expected = -camera.position[2] / ray[2];
        const [x, y] = [camera.position[0] + ray[0] * expected, camera.position[1] + ray[1] * expected];
        const seen = expected > 0.005 && Math.max(Math.abs(x), Math.abs(y)) < 39;
        if (!seen) continue;
        if (segmentation[k] !== 1 || !(Math.abs((depth[k] as number) / expected - 1) < 1e-5)) wrong.push(k);
      }
      expect(wrong).toEqual([]);
    }),
    { numRuns: 60, seed: 3 },
  );
});

test('a fine sphere is where a ray meets the true one', () => {
  const [radius, n] = [0.3, 64];
  const camera = lookAt([0.4, -0.9, 0.5], [0, 0, 0], 0.8);
  const { depth } = draw(sceneOf(thing(sphere(radius, n))), camera, 64);
  // How far a facet lies within the sphere
  const sagitta = radius * (1 - Math.cos(Math.PI / n));
  let seen = 0;
  for (let k = 0; k < depth.length; k++) {
    const ray = rayThrough(camera, 64, 64, (k % 64) + 0.5, Math.floor(k / 64) + 0.5);
    const nearest = -dot3(ray, camera.position) / dot3(ray, ray);
    const height = length3(add3(camera.position, scale3(ray, nearest)));
    if (height > 0.95 * radius) continue;
    const expected = nearest - Math.sqrt((radius * radius - height * height) / dot3(ray, ray));
    const slant = Math.sqrt(1 - (height / radius) ** 2);
    seen++;
    expect(Math.abs((depth[k] as number) - expected)).toBeLessThan((2 * sagitta) / slant);
  }
  expect(seen).toBeGreaterThan(500);
});

test('triangles side by side leave no pixel out and cover none twice', () => {
  // Corners on whole and half pixels, so that many middles of pixels lie on edges and corners; a camera of one pixel per unit of slope
  const size = 24;
  const camera = fromAbove(1, 2 * Math.atan(1));
  const half = fc.integer({ min: -20, max: 20 }).map((n) => n / size);
  fc.assert(
    fc.property(fc.array(fc.tuple(half, half), { minLength: 5, maxLength: 9 }), half, half, (around, x, y) => {
      // A fan: triangles from one point to the sides of a star-shaped polygon around it
      const directions = around.map(([px, py]) => ({ px, py, angle: Math.atan2(py - y, px - x) })).sort((a, b) => a.angle - b.angle);
      const corners = directions.filter(({ angle }, i) => angle - (directions[i - 1]?.angle ?? -9) > 1e-6);
      const triangles = corners.flatMap(({ px, py, angle }, i) => {
        const next = corners[(i + 1) % corners.length] as (typeof corners)[number];
        const turn = (next.angle - angle + 4 * Math.PI) % (2 * Math.PI);
        const triangle: readonly [Vec3, Vec3, Vec3] = [
          [x, y, 0],
          [px, py, 0],
          [next.px, next.py, 0],
        ];
        return turn > 1e-6 && turn < Math.PI - 1e-6 ? [triangle] : [];
      });
      fc.pre(triangles.length === corners.length && triangles.length > 2);
      const alone = triangles.map((triangle) => draw(sceneOf(thing(soup([triangle]))), camera, size).segmentation);
      const together = draw(sceneOf(thing(soup(triangles))), camera, size).segmentation;
      const within = cover(triangles, size);
      const times = together.map((_, k) => alone.reduce((sum, segmentation) => sum + (segmentation[k] as number), 0));
      expect(times).toEqual(together);
      expect(within.filter((inside, k) => inside && times[k] !== 1)).toEqual([]);
    }),
    { numRuns: 80, seed: 4 },
  );
});

/** Which middles of pixels lie in a fan, with a margin at its outline but none between its triangles; exact in f64. */
function cover(triangles: readonly (readonly [Vec3, Vec3, Vec3])[], size: number): boolean[] {
  return Array.from({ length: size * size }, (_, k) => {
    const x = (2 * ((k % size) + 0.5)) / size - 1;
    const y = 1 - (2 * (Math.floor(k / size) + 0.5)) / size;
    const edge = ([ax, ay]: Vec3, [bx, by]: Vec3): number => (bx - ax) * (y - ay) - (by - ay) * (x - ax);
    return triangles.some(([a, b, c]) => edge(a, b) >= -1e-9 && edge(b, c) > 0.01 && edge(c, a) >= -1e-9);
  });
}

test('a closed mesh has no holes', () => {
  fc.assert(
    fc.property(rotation, fc.double({ min: 0.05, max: 0.6, noNaN: true }), (turn, radius) => {
      const camera = lookAt([1.2, 0.7, 0.9], [0, 0, 0], 0.9);
      const { segmentation } = draw(sceneOf(thing(sphere(radius, 24), { rotation: turn })), camera, 48);
      const cosine = Math.sqrt(1 - (radius / length3(camera.position)) ** 2);
      const [inside, outside]: [number[], number[]] = [[], []];
      for (let k = 0; k < segmentation.length; k++) {
        const ray = rayThrough(camera, 48, 48, (k % 48) + 0.5, Math.floor(k / 48) + 0.5);
        const towards = -dot3(ray, camera.position) / length3(ray) / length3(camera.position);
        if (towards > cosine + 0.03 * (1 - cosine)) inside.push(segmentation[k] as number);
        if (towards < cosine) outside.push(segmentation[k] as number);
      }
      expect(new Set(inside)).toEqual(new Set([1]));
      expect(new Set(outside)).toEqual(new Set([0]));
    }),
    { numRuns: 12, seed: 5 },
  );
});

test('what reaches into view is seen, though its middle is far outside', () => {
  fc.assert(
    fc.property(fc.tuple(vector(1), vector(1), vector(1)), vector(0.3), rotation, (corners, position, turn) => {
      const [a, b, c] = corners;
      const normal = cross3(subtract3(b, a), subtract3(c, a));
      fc.pre(length3(normal) > 0.2);
      const instance = thing(soup([corners]), { position, rotation: turn });
      const target = add3(scale3(a, 0.98), scale3(add3(b, c), 0.01));
      const world = (point: Vec3): Vec3 => add3(rotateVector(turn, point), position);
      const camera = lookAt(world(add3(target, scale3(normal, 0.5 / length3(normal)))), world(target), 0.02);
      expect(draw(sceneOf(instance), camera, 3).segmentation[4]).toBe(1);
    }),
    { numRuns: 100, seed: 7 },
  );
});

test('points are projected to the pixels that see them, and back', () => {
  fc.assert(
    fc.property(cameras, vector(2), (camera, point) => {
      const { x, y, depth } = project(camera, 80, 60, point);
      fc.pre(Math.abs(depth) > 0.01);
      const back = unproject(camera, 80, 60, x, y, depth);
      expect(length3(subtract3(back, point))).toBeLessThan(1e-9);
    }),
    { seed: 6 },
  );
  const spot: Vec3 = [0.11, -0.07, 0.05];
  const camera = lookAt([0.5, -0.6, 0.7], [0, 0, 0]);
  const { depth, segmentation } = draw(sceneOf(thing(sphere(0.03, 8), { position: spot }), thing(rectangle(1), { id: 2 })), camera, 80, 60);
  const seen = project(camera, 80, 60, spot);
  const k = Math.floor(seen.y) * 80 + Math.floor(seen.x);
  expect(segmentation[k]).toBe(1);
  expect(Math.abs((depth[k] as number) - seen.depth)).toBeLessThan(0.04);
  expect(project({ position: [0, 0, 0], rotation: IDENTITY_ROTATION, fovy: 1 }, 80, 60, [0, 0, -2])).toEqual({ x: 40, y: 30, depth: 2 });
  // y is up in the world of this camera, and up in the picture is towards row 0
  expect(project({ position: [0, 0, 0], rotation: IDENTITY_ROTATION, fovy: 1 }, 80, 60, [0.1, 0.2, -2])).toMatchObject({
    x: expect.closeTo(40 + (0.1 / 2) * (30 / Math.tan(0.5)), 9),
    y: expect.closeTo(30 - (0.2 / 2) * (30 / Math.tan(0.5)), 9),
  });
});

test('a renderer sees the state of now, whatever it saw before', () => {
  const scene = tableScene();
  const renderer = createRenderer(scene);
  const camera = lookAt([0, -0.7, 0.6], [0, 0, 0]);
  const before = createPicture(64, 48);
  renderer.render(camera, before);
  const ball = scene.instances[2] as Instance;
  const home = ball.position;
  ball.position = add3(home, [0.1, 0.05, 0.03]);
  const other = createPicture(32, 32);
  renderer.updateShadows();
  renderer.render(camera, other);
  expect(other).toEqual(draw(scene, camera, 32, 32, {}));
  ball.position = home;
  const after = createPicture(64, 48);
  renderer.updateShadows();
  renderer.render(camera, after);
  expect(after).toEqual(before);
});

test('of faces that lie in each other, those of the smaller thing are seen', () => {
  const camera = lookAt([0.3, -0.4, 0.5], [0, 0, 0]);
  const label = thing(rectangle(0.1), { id: 5, rotation: matrixFromAxisAngle([0, 0, 0.3]) });
  const { segmentation } = draw(sceneOf(thing(rectangle(0.7)), label), camera, 64);
  const alone = draw(sceneOf(label), camera, 64).segmentation;
  expect(alone.filter((id) => id === 5).length).toBeGreaterThan(100);
  alone.forEach((id, k) => {
    if (id === 5) expect(segmentation[k]).toBe(5);
  });
});

test('what is not at any place is not seen, and disturbs nothing', () => {
  const camera = lookAt([0.3, -0.4, 0.5], [0, 0, 0]);
  const floor = thing(rectangle(0.7));
  const lost = thing(box(0.1, 0.1, 0.1), { id: 5, position: [Number.NaN, 0, 0] });
  expect(draw(sceneOf(floor, lost), camera, 32, 32, {})).toEqual(draw(sceneOf(floor), camera, 32, 32, {}));
});

test('what makes no sense is refused', () => {
  const scene = sceneOf(thing(rectangle(1)));
  const camera = fromAbove(1, 1);
  const renderer = createRenderer(scene);
  expect(() => createPicture(0, 5)).toThrow('a picture of 0 × 5: both sides must be whole numbers from 1 to 16384');
  expect(() => renderer.render(camera, { ...createPicture(4, 4), width: 5 })).toThrow('has 48 levels, 16 depths and 16 ids: expected 60');
  expect(() => renderer.render({ ...camera, fovy: 4 }, createPicture(4, 4))).toThrow('field of view is 4');
  expect(() => createRenderer(sceneOf(thing(rectangle(1), { id: 0 })))).toThrow('instance 0 of a scene has the id 0');
  expect(() => createRenderer(sceneOf(thing(rectangle(1), { material: { color: [1, 2, 0] } })))).toThrow('colour [1, 2, 0]');
  expect(() => createRenderer(scene, { shadowSize: 3 })).toThrow('a shadow map of 3 texels a side');
  const mesh = rectangle(1);
  expect(() => createRenderer(sceneOf(thing({ ...mesh, uvs: mesh.uvs.slice(1) })))).toThrow('7 of texture coordinates');
  expect(() => createRenderer(sceneOf(thing({ ...mesh, indices: Uint32Array.of(0, 1, 4) })))).toThrow(
    'has vertex 4: expected one of the 4',
  );
  const texture = { width: 3, height: 4, data: new Uint8Array(36) };
  expect(() => createRenderer(sceneOf(thing(mesh, { material: { color: [1, 1, 1], texture } })))).toThrow(
    'a texture is 3 × 4: expected powers of two',
  );
  expect(() => createRenderer({ ...scene, light: { ...scene.light, direction: [0, 0, 0] } })).toThrow('light goes along [0, 0, 0]');
  const dim = createRenderer({ ...scene, light: { ...scene.light, ambient: -1 } });
  expect(() => dim.render(camera, createPicture(4, 4))).toThrow('0.6 directional and -1 ambient');
  const cold = createRenderer({ ...scene, light: { ...scene.light, temperature: 100 } });
  expect(() => cold.render(camera, createPicture(4, 4))).toThrow('light of 100 K');
});
