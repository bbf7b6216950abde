/** Tubes along a path: handles, stems, tails, cables. */
import { add3, cross3, dot3, length3, scale3, subtract3, type Vec3 } from '../../robot/vectors.ts';
import { cos, sin } from '../../tensor/portable-math.ts';
import type { Mesh } from '../mesh.ts';
import { addBand, emptySketch, finishSketch, type Vertex } from './sketch.ts';

const unit = (v: Vec3): Vec3 => scale3(v, 1 / length3(v));

/**
 * A round tube along a path of at least two points, no two after each other the same, with one radius or one for each point (0 for
 * a tip). Both ends are closed with flat caps. Texture coordinates: u around the tube, v from 1 at the beginning to 0 at the end.
 */
export function tubeMesh(path: readonly Vec3[], radius: number | readonly number[], segments = 8): Mesh {
  const radii = typeof radius === 'number' ? path.map(() => radius) : radius;
  const tangents = path.map((_, i) => unit(subtract3(path[Math.min(i + 1, path.length - 1)] as Vec3, path[Math.max(i - 1, 0)] as Vec3)));
  const slopes = path.map((_, i) => slopeAt(path, radii, i));
  const sketch = emptySketch();
  const rows: Vertex[][] = [];
  const centres: Vertex[][] = [];
  const rims: Vertex[][] = [];
  let side = anyNormal(tangents[0] as Vec3);
  for (const [i, centre] of path.entries()) {
    const tangent = tangents[i] as Vec3;
    // The side is carried along without turning about the path.
    side = unit(subtract3(side, scale3(tangent, dot3(side, tangent))));
    const other = cross3(tangent, side);
    const around = Array.from({ length: segments + 1 }, (_, j): Vec3 => {
      const angle = (2 * Math.PI * (j % segments)) / segments;
      return add3(scale3(side, cos(angle)), scale3(other, sin(angle)));
    });
    const v = 1 - i / (path.length - 1);
    const outwards = i === 0 ? scale3(tangent, -1) : tangent;
    const place = (out: Vec3): Vec3 => add3(centre, scale3(out, radii[i] as number));
    rows.push(
      around.map((out, j) => ({
        position: place(out),
        normal: unit(subtract3(out, scale3(tangent, slopes[i] as number))),
        uv: [j / segments, v],
      })),
    );
    rims.push(around.map((out, j) => ({ position: place(out), normal: outwards, uv: [j / segments, v] })));
    centres.push(around.map((_, j) => ({ position: centre, normal: outwards, uv: [j / segments, v] })));
  }
  const last = path.length - 1;
  addBand(sketch, centres[0] as Vertex[], rims[0] as Vertex[]);
  for (let i = 0; i < last; i++) addBand(sketch, rows[i] as Vertex[], rows[i + 1] as Vertex[]);
  addBand(sketch, rims[last] as Vertex[], centres[last] as Vertex[]);
  return finishSketch(sketch);
}

/** How much the radius grows per length of the path around point `i`. */
function slopeAt(path: readonly Vec3[], radii: readonly number[], i: number): number {
  const [from, to] = [Math.max(i - 1, 0), Math.min(i + 1, path.length - 1)];
  let length = 0;
  for (let k = from; k < to; k++) length += length3(subtract3(path[k + 1] as Vec3, path[k] as Vec3));
  return ((radii[to] as number) - (radii[from] as number)) / length;
}

/** A direction across another: made with the axis that is least along it. */
function anyNormal(v: Vec3): Vec3 {
  const sizes = v.map(Math.abs);
  const least = sizes.indexOf(Math.min(...sizes));
  return unit(cross3(v, [least === 0 ? 1 : 0, least === 1 ? 1 : 0, least === 2 ? 1 : 0]));
}
