/** What a camera has of a part before it is drawn: nothing, or all that is in front, or some that is too near. */
import { NEAR } from './clip.ts';
import { rowOf } from './lens.ts';
import type { Part } from './part.ts';

/** Is a part out of sight, in front of the camera, or does it reach behind the near plane? */
export type Sight = 'hidden' | 'whole' | 'cut';

/** From the sphere around a part; `lens` is the camera's in the frame of the world. What is not at any place is out of sight. */
export function sightOf(lens: Float64Array, { center: [x, y, z], surface: { radius } }: Part, width: number, height: number): Sight {
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  const depth = z0 * x + z1 * y + z2 * z + z3;
  if (!(depth + radius > NEAR)) return 'hidden';
  const across = x0 * x + x1 * y + x2 * z + x3;
  const down = y0 * x + y1 * y + y2 * z + y3;
  // Farther than the radius beyond the plane through the camera and one edge of the picture?
  const beyond = (a: number, b: number, c: number, inside: number): boolean => inside < -radius * Math.sqrt(a * a + b * b + c * c);
  if (beyond(x0, x1, x2, across) || beyond(y0, y1, y2, down)) return 'hidden';
  if (beyond(width * z0 - x0, width * z1 - x1, width * z2 - x2, width * depth - across)) return 'hidden';
  if (beyond(height * z0 - y0, height * z1 - y1, height * z2 - y2, height * depth - down)) return 'hidden';
  return depth - radius < NEAR ? 'cut' : 'whole';
}
