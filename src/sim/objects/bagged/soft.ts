/** Soft surfaces: dented, bulging, tied. */

import type { Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import type { Mesh } from '../../mesh.ts';
import { smoothCurve } from '../../meshes/curve.ts';
import { displaceMesh, mergeMeshes, transformMesh } from '../../meshes/edit.ts';
import { latheMesh } from '../../meshes/lathe.ts';
import { planeMesh } from '../../meshes/solids.ts';
import { moved, rz, type Vary } from '../draft.ts';

/** A dented surface: waves of some 3 cm across each other, as deep as said; the foot stays flat. */
export function lumpy(mesh: Mesh, depth: number, vary: Vary): Mesh {
  const [a, b, c] = [vary(0, 6), vary(0, 6), vary(0, 6)];
  return displaceMesh(mesh, ([x, y, z]) => {
    const wave = sin(0.21 * x + 0.13 * z + a) + sin(0.19 * z - 0.11 * x + b) + sin(0.24 * y + 0.15 * z + c);
    const by = z < 3 ? 0 : (depth * wave) / 3;
    const length = Math.sqrt(x * x + y * y) + 1;
    return [x + (by * x) / length, y + (by * y) / length, z];
  });
}

/** The surface of a box out of squares, 4 to each side, to be bent. */
export function softBox([x, y, z]: Vec3): Mesh {
  const n = 4;
  const square = planeMesh(1 / n, 1 / n, [1 / n, 1 / n]);
  const face = mergeMeshes(
    Array.from({ length: n * n }, (_, k) => {
      const [i, j] = [k % n, Math.floor(k / n)];
      const tile = moved(square, [(2 * i + 1) / n - 1, 1 - (2 * j + 1) / n, 0]);
      return { ...tile, uvs: tile.uvs.map((value, c) => value + (c % 2 === 0 ? i : j) / n) };
    }),
  );
  const faces = [
    [90, 0, 0],
    [90, 0, 180],
    [90, 0, 90],
    [90, 0, -90],
    [0, 0, 0],
    [180, 0, 0],
  ].map((angles) => {
    const turned = moved(moved(face, [0, 0, 1]), [0, 0, 0], angles as unknown as Vec3);
    return transformMesh(turned, {}, [x, y, z]);
  });
  return moved(mergeMeshes(faces), [0, 0, z]);
}

/** A pillow that lies: full in the middle, flat at both ends. */
export const pillow = (half: Vec3): Mesh =>
  displaceMesh(softBox(half), ([x, y, z]) => {
    const [u, v] = [x / half[0], y / half[1]];
    const full = Math.sqrt(Math.max(0, 1 - u * u * u * u)) * Math.sqrt(Math.max(0.12, 1 - 0.75 * v * v * v * v));
    return [x, y * (0.9 + 0.1 * (1 - u * u)), half[2] + (z - half[2]) * Math.max(full, 0.07)];
  });

/** A tied neck: what is below is round, what is above opens like a flower. */
export function tied(r: number, h: number, vary: Vary, depth: number): { body: Mesh; neck: number; collar: number } {
  const [neck, collar] = [r * 0.46, h * 0.75];
  const side = [
    rz(0, 0),
    ...smoothCurve(
      [
        rz(r * 0.72, 0),
        rz(r * 0.98, h * 0.2),
        rz(r * 0.9, h * 0.42),
        rz(r * 0.6, h * 0.59),
        rz(neck, h * 0.69),
        rz(neck, h * 0.8),
        rz(r * 0.58, h * 0.9),
        rz(r * 0.7, h),
      ],
      { steps: 2 },
    ),
    rz(r * 0.4, h - 3),
  ];
  const body = displaceMesh(lumpy(latheMesh(side, { segments: 18, around: 3 }), depth, vary), ([x, y, z]) => {
    if (z < collar) return [x, y, z];
    const length = Math.sqrt(x * x + y * y) + 1e-6;
    const fold = 1 + 0.16 * ((z - collar) / (h - collar)) * cos(5 * (x / length)) * cos(4 * (y / length));
    return [x * fold, y * fold, z + 1.5 * cos(7 * (x / length) + 3 * (y / length)) * ((z - collar) / (h - collar))];
  });
  return { body, neck, collar };
}
