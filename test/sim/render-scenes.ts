/** Meshes, cameras and scenes for tests of the renderer: small, and of their own, so that hashes of pictures stay what they are. */
import { IDENTITY_ROTATION, type Mat3, matrixFromAxisAngle } from '../../src/robot/rotation.ts';
import { cross3, length3, scale3, subtract3, type Vec3 } from '../../src/robot/vectors.ts';
import type { Texture } from '../../src/sim/material.ts';
import type { Mesh } from '../../src/sim/mesh.ts';
import type { Camera, Instance, RenderScene } from '../../src/sim/render/types.ts';
import { cos, sin } from '../../src/tensor/portable-math.ts';
import { randomStream } from '../../src/tensor/random.ts';

/** Triangles that share nothing, each flat. */
export function soup(triangles: readonly (readonly [Vec3, Vec3, Vec3])[]): Mesh {
  const normals = triangles.flatMap(([a, b, c]) => {
    const normal = cross3(subtract3(b, a), subtract3(c, a));
    const unit = scale3(normal, 1 / Math.max(length3(normal), 1e-30));
    return [...unit, ...unit, ...unit];
  });
  return {
    positions: Float32Array.from(triangles.flat(2)),
    normals: Float32Array.from(normals),
    uvs: new Float32Array(6 * triangles.length),
    indices: Uint32Array.from({ length: 3 * triangles.length }, (_, i) => i),
  };
}

/** A rectangle across z, from −half to half, looking up; its texture is on it `repeats` times in each direction, u along x, v along −y. */
export const rectangle = (half: number, repeats = 1): Mesh => ({
  positions: Float32Array.of(-half, -half, 0, half, -half, 0, half, half, 0, -half, half, 0),
  normals: Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1),
  uvs: Float32Array.of(0, repeats, repeats, repeats, repeats, 0, 0, 0),
  indices: Uint32Array.of(0, 1, 2, 0, 2, 3),
});

/** A box with these half sides. */
export function box(x: number, y: number, z: number): Mesh {
  const corner = (i: number): Vec3 => [i & 1 ? x : -x, i & 2 ? y : -y, i & 4 ? z : -z];
  const faces = [
    [0, 4, 6, 2],
    [1, 3, 7, 5],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 2, 3, 1],
    [4, 5, 7, 6],
  ];
  return soup(
    faces.flatMap(([a = 0, b = 0, c = 0, d = 0]) => [
      [corner(a), corner(b), corner(c)] as const,
      [corner(a), corner(c), corner(d)] as const,
    ]),
  );
}

/** A round sphere of 2·n² triangles, or twice as many. */
export function sphere(radius: number, n: number): Mesh {
  const positions: number[] = [];
  const normals: number[] = [];
  const uvs: number[] = [];
  const indices: number[] = [];
  for (let ring = 0; ring <= n; ring++) {
    for (let side = 0; side <= 2 * n; side++) {
      const [up, around] = [(Math.PI * ring) / n, (Math.PI * side) / n];
      const normal: Vec3 = [sin(up) * cos(around), sin(up) * sin(around), cos(up)];
      positions.push(...scale3(normal, radius));
      normals.push(...normal);
      uvs.push(side / n, ring / n);
      if (ring === n || side === 2 * n) continue;
      const a = ring * (2 * n + 1) + side;
      const below = a + 2 * n + 1;
      indices.push(a, below, below + 1, a, below + 1, a + 1);
    }
  }
  return {
    positions: Float32Array.from(positions),
    normals: Float32Array.from(normals),
    uvs: Float32Array.from(uvs),
    indices: Uint32Array.from(indices),
  };
}

/** A grey thing at the origin. */
export const thing = (mesh: Mesh, more: Partial<Instance> = {}): Instance => ({
  mesh,
  material: { color: [0.6, 0.6, 0.6] },
  id: 1,
  position: [0, 0, 0],
  rotation: IDENTITY_ROTATION,
  ...more,
});

/** Things in white light from above, on black. */
export const sceneOf = (...instances: Instance[]): RenderScene => ({
  instances,
  light: { direction: [0, 0, -1], directional: 0.6, ambient: 0.3, temperature: 6500 },
  background: [0, 0, 0],
});

/** A camera at a place that looks at a point. */
export function lookAt(position: Vec3, target: Vec3, fovy = 0.9): Camera {
  const away = subtract3(position, target);
  const back = scale3(away, 1 / length3(away));
  const aside = cross3(Math.abs(back[2]) < 0.99 ? [0, 0, 1] : [0, 1, 0], back);
  const right = scale3(aside, 1 / length3(aside));
  const up = cross3(back, right);
  return { position, rotation: [right[0], up[0], back[0], right[1], up[1], back[1], right[2], up[2], back[2]], fovy };
}

/** A camera above a point of z = 0 that looks straight down, y up in the picture. */
export const fromAbove = (height: number, fovy: number): Camera => ({ position: [0, 0, height], rotation: IDENTITY_ROTATION, fovy });

/** Checks of 8 texels in two colours. */
export function checks(size: number, [a, b]: readonly [Vec3, Vec3]): Texture {
  const data = Uint8Array.from({ length: 3 * size * size }, (_, i) => {
    const pixel = Math.floor(i / 3);
    const odd = (Math.floor((pixel % size) / 8) + Math.floor(pixel / size / 8)) % 2;
    return (odd ? b : a)[i % 3] as number;
  });
  return { width: size, height: size, data };
}

const turned = (x: number, y: number, z: number): Mat3 => matrixFromAxisAngle([x, y, z]);

/** A table with a few things of all kinds on it: round, flat, textured, tiny, and in each other. */
export function tableScene(): RenderScene {
  const random = randomStream(0, 'render-test');
  const crumbs = Array.from({ length: 40 }, (_, i) => {
    const size = 0.002 + 0.01 * random.uniform();
    const position: Vec3 = [random.uniform() - 0.5, 0.6 * random.uniform() - 0.3, size];
    return thing(box(size, size, size), {
      id: 10 + i,
      position,
      rotation: turned(0, 0, 6 * random.uniform()),
      material: { color: [random.uniform(), 0.5, 0.3] },
    });
  });
  const pattern = checks(32, [
    [200, 40, 40],
    [240, 230, 210],
  ]);
  return {
    instances: [
      thing(rectangle(2, 16), { id: 1, position: [0, 0, -0.5], material: { color: [0.8, 0.8, 0.8], texture: pattern }, shadow: false }),
      thing(box(0.5, 0.3, 0.02), { id: 2, position: [0, 0, -0.02], material: { color: [0.6, 0.45, 0.3] } }),
      thing(sphere(0.06, 16), { id: 3, position: [-0.15, 0, 0.06], material: { color: [0.2, 0.5, 0.9] } }),
      thing(sphere(0.05, 12), { id: 4, position: [0.12, 0.08, 0.05], material: { color: [1, 1, 1], texture: pattern } }),
      thing(box(0.03, 0.05, 0.08), {
        id: 5,
        position: [0.1, -0.12, 0.08],
        rotation: turned(0, 0, 0.5),
        material: { color: [0.9, 0.8, 0.1] },
      }),
      thing(box(0.05, 0.05, 0.05), {
        id: 6,
        position: [0.3, 0.05, 0.04],
        rotation: turned(0.3, 0.2, 0.1),
        material: { color: [0.1, 0.7, 0.3] },
      }),
      ...crumbs,
    ],
    light: { direction: [0.4, 0.3, -1], directional: 0.7, ambient: 0.35, temperature: 5000 },
    background: [0.6, 0.7, 0.8],
  };
}
