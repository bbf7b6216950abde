/** Meshes are closed, look outwards, and have the volumes that geometry says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matrixFromAxisAngle } from '../../src/robot/rotation.ts';
import { add3, cross3, dot3, length3, scale3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import type { Mesh } from '../../src/sim/mesh.ts';
import { bendMesh, displaceMesh, mergeMeshes, repeatTexture, transformMesh, vertexAt } from '../../src/sim/meshes/edit.ts';
import { extrudeMesh } from '../../src/sim/meshes/extrude.ts';
import { latheMesh } from '../../src/sim/meshes/lathe.ts';
import {
  boxMesh,
  capsuleMesh,
  coneMesh,
  cylinderMesh,
  ellipsoidMesh,
  planeMesh,
  sphereMesh,
  torusMesh,
} from '../../src/sim/meshes/solids.ts';
import { tubeMesh } from '../../src/sim/meshes/tube.ts';

type Corners = readonly [Vec3, Vec3, Vec3];

function triangles({ positions, indices }: Mesh): Corners[] {
  return Array.from({ length: indices.length / 3 }, (_, t) =>
    Array.from(indices.subarray(3 * t, 3 * t + 3), (i) => vertexAt(positions, i)),
  ) as unknown as Corners[];
}

/** By the divergence theorem: the sum of the signed tetrahedra from the origin. */
const volume = (mesh: Mesh): number => triangles(mesh).reduce((sum, [a, b, c]) => sum + dot3(a, cross3(b, c)) / 6, 0);

const bounds = ({ positions }: Mesh): number[] =>
  [Math.min, Math.max].flatMap((pick) => [0, 1, 2].map((axis) => pick(...positions.filter((_, i) => i % 3 === axis))));

/** Every directed edge has its opposite, once; corners that are at the same place count as one. */
function expectClosed(mesh: Mesh): void {
  const edges = new Map<string, number>();
  const name = (p: Vec3): string => p.map((x) => x + 0).join();
  for (const corners of triangles(mesh)) {
    for (const [i, from] of corners.entries()) {
      const [a, b] = [name(from), name(corners[(i + 1) % 3] as Vec3)];
      edges.set(`${a} ${b}`, (edges.get(`${a} ${b}`) ?? 0) + 1);
      edges.set(`${b} ${a}`, (edges.get(`${b} ${a}`) ?? 0) - 1);
    }
  }
  expect([...edges].filter(([, surplus]) => surplus !== 0)).toEqual([]);
}

/** Normals are of length 1 and less than a right angle from those of their triangles. */
function expectNormals(mesh: Mesh): void {
  const lengths = Array.from({ length: mesh.normals.length / 3 }, (_, i) => length3(vertexAt(mesh.normals, i)));
  expect(lengths).toBeAllclose(
    lengths.map(() => 1),
    { atol: 1e-6 },
  );
  for (const [t, [a, b, c]] of triangles(mesh).entries()) {
    const flat = cross3(subtract3(b, a), subtract3(c, a));
    for (const i of mesh.indices.subarray(3 * t, 3 * t + 3)) expect(dot3(flat, vertexAt(mesh.normals, i))).toBeGreaterThan(0);
  }
}

function expectSolid(mesh: Mesh, expected: number): void {
  expectClosed(mesh);
  expectNormals(mesh);
  expect(mesh.uvs.length / 2).toBe(mesh.positions.length / 3);
  expect([...mesh.uvs].every(Number.isFinite)).toBe(true);
  expect(volume(mesh)).toBeGreaterThan(0);
  // Positions are f32.
  expect(volume(mesh) / expected).toBeCloseTo(1, 5);
}

/** What a regular polygon of n corners has of its circle's area. */
const roundness = (n: number): number => ((n / 2) * Math.sin((2 * Math.PI) / n)) / Math.PI;

/** Of a profile turned about the axis, closed to the axis: frusta, those of a way down being taken away. */
const turnedVolume = (profile: readonly (readonly [number, number])[], n: number): number =>
  profile.slice(1).reduce((sum, [r1, z1], i) => {
    const [r0, z0] = profile[i] as readonly [number, number];
    return sum + (Math.PI / 3) * (z1 - z0) * (r0 * r0 + r0 * r1 + r1 * r1);
  }, 0) * roundness(n);

const length = fc.double({ min: 0.01, max: 0.1, noNaN: true });

describe('solids', () => {
  test('boxes', () => {
    fc.assert(
      fc.property(length, length, length, fc.double({ min: 0, max: 0.009, noNaN: true }), (x, y, z, b) => {
        const inner = [x - b, y - b, z - b].map((h) => 2 * h) as [number, number, number];
        const [p, q, r] = inner;
        const slabs = 2 * b * (p * q + q * r + r * p);
        const bevelled = p * q * r + slabs + 4 * (b * b * 0.5) * (p + q + r) + (8 * b * b * b) / 6;
        expectSolid(boxMesh([x, y, z], { bevel: b < 1e-4 ? 0 : b }), b < 1e-4 ? 8 * x * y * z : bevelled);
      }),
      { numRuns: 30 },
    );
    expect(bounds(boxMesh([1, 2, 3], { bevel: 0.1 }))).toEqual([-1, -2, -3, 1, 2, 3]);
  });

  test('a picture on a box is upright on the sides, and not mirrored', () => {
    const { positions, normals, uvs } = boxMesh([1, 1, 1]);
    for (let i = 0; 3 * i < positions.length; i++) {
      const [p, n] = [vertexAt(positions, i), vertexAt(normals, i)];
      const up: Vec3 = n[2] === 0 ? [0, 0, 1] : [0, 1, 0];
      const right = n[2] < 0 ? ([1, 0, 0] as const) : cross3(up, n);
      expect([uvs[2 * i], uvs[2 * i + 1]]).toEqual([(1 + dot3(p, right)) / 2, (1 - dot3(p, up)) / 2]);
    }
  });

  test('round ones', () => {
    expectSolid(cylinderMesh(0.03, 0.05, { segments: 12 }), roundness(12) * Math.PI * 0.03 * 0.03 * 0.1);
    expectSolid(coneMesh(0.03, 0.05, { segments: 9 }), (roundness(9) * Math.PI * 0.03 * 0.03 * 0.05) / 3);
    expectSolid(
      coneMesh(0.03, 0.05, { top: 0.01 }),
      turnedVolume(
        [
          [0.03, 0],
          [0.01, 0.05],
        ],
        16,
      ),
    );
    const ball = (4 / 3) * Math.PI;
    expect(volume(sphereMesh(1, 128)) / ball).toBeCloseTo(1, 2);
    expect(volume(ellipsoidMesh([1, 2, 3], 128)) / (6 * ball)).toBeCloseTo(1, 2);
    expect(volume(capsuleMesh(1, 2, 128)) / (ball + 4 * Math.PI)).toBeCloseTo(1, 2);
    expect(volume(torusMesh(2, 0.5, { segments: 128, sides: 64 })) / (2 * Math.PI * 2 * Math.PI * 0.25)).toBeCloseTo(1, 2);
    for (const mesh of [sphereMesh(0.03), ellipsoidMesh([0.01, 0.02, 0.03]), capsuleMesh(0.02, 0.03), torusMesh(0.03, 0.01)]) {
      expectSolid(mesh, volume(mesh));
    }
    expect(bounds(capsuleMesh(1, 2))).toEqual([-1, -1, -3, 1, 1, 3]);
    expect(bounds(torusMesh(2, 0.5))).toBeAllclose([-2.5, -2.5, -0.5, 2.5, 2.5, 0.5], { atol: 1e-6 });
  });

  test('normals of balls point from the middle', () => {
    const { positions, normals } = sphereMesh(0.05, 24);
    expect(positions.map((x) => x / 0.05)).toBeAllclose(normals, { atol: 0.002 });
  });

  test('planes look up', () => {
    const plane = planeMesh(1, 2, [3, 4]);
    expectNormals(plane);
    expect(bounds(plane)).toEqual([-1, -2, 0, 1, 2, 0]);
    expect(Math.max(...plane.uvs)).toBe(4);
  });
});

describe('latheMesh', () => {
  test('any profile from axis to axis', () => {
    const profiles = fc.array(fc.tuple(length, fc.double({ min: 0.005, max: 0.05, noNaN: true })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(profiles, fc.integer({ min: 3, max: 20 }), fc.boolean(), (steps, segments, faceted) => {
        const side = steps.map(([r], i): [number, number] => [r, steps.slice(0, i + 1).reduce((z, [, up]) => z + up, 0)]);
        const z = side.at(-1)?.[1] as number;
        const profile: [number, number][] = [[0, 0], [side[0]?.[0] as number, 0], ...side, [0, z]];
        expectSolid(latheMesh(profile, { segments, faceted, smoothAngle: 0.3 }), turnedVolume(profile, segments));
      }),
      { numRuns: 60 },
    );
  });

  test('a cup has an inside', () => {
    const profile = [
      [0, 0],
      [0.03, 0],
      [0.035, 0.07],
      [0.032, 0.07],
      [0.027, 0.004],
      [0, 0.004],
    ] as const;
    const cup = latheMesh(profile);
    expectSolid(cup, turnedVolume(profile, 16));
    expect(bounds(cup)).toBeAllclose([-0.035, -0.035, 0, 0.035, 0.035, 0.07], { rtol: 1e-6 });
  });

  test('a ring is closed', () => {
    const profile = [
      [0.02, 0],
      [0.03, 0],
      [0.03, 0.02],
      [0.02, 0.02],
    ] as const;
    expectSolid(latheMesh(profile, { closed: true, faceted: true }), turnedVolume([...profile, profile[0]], 16));
  });

  test('a texture goes around to the right and from the end to the beginning', () => {
    const { positions, uvs } = latheMesh(
      [
        [1, 0],
        [1, 2],
      ],
      { segments: 8, around: 3 },
    );
    for (let i = 0; 3 * i < positions.length; i++) {
      const [x, y, z] = vertexAt(positions, i);
      const turn = (Math.atan2(y, x) / (2 * Math.PI) + 1) % 1;
      expect(Math.cos(2 * Math.PI * ((uvs[2 * i] as number) / 3 - turn))).toBeCloseTo(1, 5);
      expect(uvs[2 * i + 1]).toBeCloseTo(1 - z / 2, 6);
    }
  });
});

describe('tubeMesh', () => {
  test('straight ones are prisms, round ones obey Pappus', () => {
    expectSolid(
      tubeMesh(
        [
          [0, 0, 0],
          [0, 0.03, 0.04],
        ],
        0.01,
        6,
      ),
      roundness(6) * Math.PI * 0.01 * 0.01 * 0.05,
    );
    const arc = Array.from({ length: 65 }, (_, i): Vec3 => [0.05 * Math.cos(i / 32), 0.05 * Math.sin(i / 32), 0]);
    const handle = tubeMesh(arc, 0.01, 32);
    expectClosed(handle);
    expectNormals(handle);
    expect(volume(handle) / (Math.PI * 0.01 * 0.01 * 0.05 * 2)).toBeCloseTo(1, 1);
  });

  test('tips are cones', () => {
    const tip = tubeMesh(
      [
        [0, 0, 0],
        [0, 0, 0.05],
      ],
      [0.02, 0],
      12,
    );
    expectSolid(tip, (roundness(12) * Math.PI * 0.02 * 0.02 * 0.05) / 3);
  });
});

describe('extrudeMesh', () => {
  const area = (points: readonly (readonly [number, number])[]): number =>
    points.reduce((sum, [x, y], i) => {
      const [nx, ny] = points[(i + 1) % points.length] as readonly [number, number];
      return sum + (x * ny - y * nx) / 2;
    }, 0);

  test('stars with any radii', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.02, max: 0.06, noNaN: true }), { minLength: 5, maxLength: 20 }), (radii) => {
        const outline = radii.map((r, i): [number, number] => {
          const angle = (2 * Math.PI * i) / radii.length;
          return [r * Math.cos(angle), r * Math.sin(angle)];
        });
        const prism = extrudeMesh(outline, 0.02);
        expectSolid(prism, area(outline) * 0.02);
        expect(bounds(extrudeMesh(outline.toReversed(), 0.02))).toEqual(bounds(prism));
        const bevelled = extrudeMesh(outline, 0.02, { bevel: 0.001 });
        expectClosed(bevelled);
        expect(volume(bevelled)).toBeLessThan(volume(prism));
      }),
      { numRuns: 40 },
    );
  });

  test('a bevelled square is a box with its upper and lower edges cut off', () => {
    const [h, b, z] = [0.03, 0.004, 0.02];
    const square = [
      [-h, -h],
      [h, -h],
      [h, h],
      [-h, h],
    ] as const;
    const frustum = (b / 3) * (4 * h * h + 4 * (h - b) * (h - b) + 4 * h * (h - b));
    expectSolid(extrudeMesh(square, z, { bevel: b }), 4 * h * h * (z - 2 * b) + 2 * frustum);
  });

  test('an outline that crosses itself is refused', () => {
    const bow = [
      [0, 0],
      [2, 2],
      [2, 0],
      [0, 1],
    ] as const;
    expect(() => extrudeMesh(bow, 1)).toThrow('an outline of 4 points cannot be cut into triangles');
  });
});

describe('meshes out of meshes', () => {
  const solid = mergeMeshes([boxMesh([0.02, 0.03, 0.04]), transformMesh(coneMesh(0.02, 0.03), { position: [0.1, 0, 0] })]);

  test('moved and scaled', () => {
    fc.assert(
      fc.property(fc.tuple(length, length, length), length, fc.boolean(), (turn, scale, mirrored) => {
        const rotation = matrixFromAxisAngle(scale3(turn, 20));
        const factors: Vec3 = [mirrored ? -scale : scale, 2 * scale, 0.5];
        const moved = transformMesh(solid, { position: [1, 2, 3], rotation }, factors);
        expectNormals(moved);
        expectClosed(moved);
        expect(volume(transformMesh(solid, { rotation }, factors)) / (volume(solid) * scale * scale)).toBeCloseTo(1, 4);
      }),
      { numRuns: 20 },
    );
  });

  test('repeated textures', () => {
    const repeated = repeatTexture(solid, 2, 3);
    expect([...repeated.uvs.subarray(0, 6)]).toBeAllclose([...solid.uvs.subarray(0, 6)].map((t, i) => t * (i % 2 ? 3 : 2)));
  });

  test('displaced by nothing, they have the normals of their triangles, and sharp edges', () => {
    const box = boxMesh([1, 2, 3]);
    expect(displaceMesh(box, (p) => p)).toEqual(box);
    const ball = sphereMesh(1, 32);
    expect(displaceMesh(ball, (p) => p).normals).toBeAllclose(ball.normals, { atol: 0.05 });
  });

  test('displaced, they stay closed', () => {
    const lumpy = displaceMesh(sphereMesh(1), (p) => add3(p, scale3(p, 0.1 * Math.sin(5 * p[0] + 3 * p[2]))));
    expectClosed(lumpy);
    expectNormals(lumpy);
  });

  test('bent bars keep their volume, after Pappus', () => {
    const bar = boxMesh([0.05, 0.01, 0.01]);
    const fine = mergeMeshes(
      Array.from({ length: 50 }, (_, i) => transformMesh(bar, { position: [0.001 + 0.002 * i - 0.05, 0, 0] }, [0.02, 1, 1])),
    );
    expect(volume(bendMesh(fine, 0.08)) / volume(bar)).toBeCloseTo(1, 2);
    expectNormals(bendMesh(fine, 0.08));
    const [x, y] = vertexAt(bendMesh(transformMesh(planeMesh(0.001, 0.001), { position: [0.08 * Math.PI, 0, 0] }), 0.08).positions, 0);
    expect([x, y]).toBeAllclose([0, 0.16], { atol: 0.002 });
  });
});
