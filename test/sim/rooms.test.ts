import { expect, test } from 'vitest';
import { rotateVector } from '../../src/robot/rotation.ts';
import { add3, dot3, scale3, type Vec3 } from '../../src/robot/vectors.ts';
import { FLOOR, TABLE } from '../../src/sim/mjcf.ts';
import { HELD_OUT_ROOMS, roomVisuals, TRAINING_ROOMS } from '../../src/sim/rooms.ts';

const rooms = [...TRAINING_ROOMS, ...HELD_OUT_ROOMS];

test('all rooms differ: in name, and each surface of a held-out one from all of training', () => {
  expect(new Set(rooms.map(({ name }) => name)).size).toBe(rooms.length);
  const look = (material: unknown): string => JSON.stringify(material, (_, value) => (value instanceof Uint8Array ? [...value] : value));
  const seen = new Set(TRAINING_ROOMS.flatMap(({ table, floor, wall }) => [table, floor, wall].map(look)));
  for (const { table, floor, wall } of HELD_OUT_ROOMS)
    for (const surface of [table, floor, wall]) expect(seen.has(look(surface))).toBe(false);
});

test.each(rooms.map((room) => [room.name, room] as const))('%s: light from above, neither too bright nor too dark', (_, { light }) => {
  expect(light.direction[2]).toBeLessThan(0);
  expect(light.directional + light.ambient).toBeGreaterThan(1);
  expect(light.directional + light.ambient).toBeLessThan(1.4);
});

/** Where a ray meets the triangles of a room first, and which visual it is. Only sides that face the ray count. */
function firstHit(from: Vec3, way: Vec3): { distance: number; index: number } {
  let best = { distance: Number.POSITIVE_INFINITY, index: -1 };
  for (const [index, { visual, pose }] of roomVisuals(TRAINING_ROOMS[0] as (typeof rooms)[number]).entries()) {
    const { positions, indices } = visual.mesh;
    const corner = (t: number): Vec3 => {
      const i = 3 * (indices[t] as number);
      const local: Vec3 = [positions[i] as number, positions[i + 1] as number, positions[i + 2] as number];
      return add3(pose.position, rotateVector(pose.rotation, local));
    };
    for (let t = 0; t < indices.length; t += 3) {
      const [a, b, c] = [corner(t), corner(t + 1), corner(t + 2)];
      const [u, v, w] = [minus(b, a), minus(c, a), minus(from, a)];
      const normal = cross(u, v);
      const along = dot3(normal, way);
      if (along > -1e-12) continue;
      const distance = -dot3(normal, w) / along;
      const hit = minus(add3(from, scale3(way, distance)), a);
      const inside = [dot3(cross(u, hit), normal), dot3(cross(hit, v), normal), dot3(cross(minus(c, b), minus(add3(hit, a), b)), normal)];
      if (distance > 1e-9 && distance < best.distance && inside.every((x) => x >= -1e-12)) best = { distance, index };
    }
  }
  return best;
}
const minus = (a: Vec3, b: Vec3): Vec3 => add3(a, scale3(b, -1));
const cross = (a: Vec3, b: Vec3): Vec3 => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

test('there is something to see in every direction below the ceiling: the table at z = 0, the floor below it, walls around', () => {
  const eye: Vec3 = [0.01, 0.02, 0.7];
  expect(firstHit(eye, [0, 0, -1])).toEqual({ distance: expect.closeTo(0.7, 6), index: 0 });
  for (let step = 0; step < 32; step++) {
    const angle = (2 * Math.PI * (step + 0.3)) / 32;
    for (const slope of [-0.9, -0.45, -0.1, 0.3]) {
      const way: Vec3 = [Math.cos(angle), Math.sin(angle), slope];
      const { distance } = firstHit(eye, way);
      expect(distance).toBeLessThan(3);
      const [x, y, z] = add3(eye, scale3(way, distance));
      const onTable = x > TABLE.x[0] && x < TABLE.x[1] && y > TABLE.y[0] && y < TABLE.y[1];
      const reachesTable = eye[2] + slope * distance <= 1e-6;
      if (reachesTable && onTable) expect(z).toBeCloseTo(0, 2);
      expect(z).toBeGreaterThan(FLOOR - 1e-6);
    }
  }
});
