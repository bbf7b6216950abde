/** An instance of a scene, ready to be drawn. */
import type { Rgb } from '../material.ts';
import { decodeRgb } from './color.ts';
import { type Mips, mipsOf } from './mips.ts';
import { MOST_TRIANGLES } from './raster.ts';
import { type Surface, surfaceOf } from './surface.ts';
import type { Instance } from './types.ts';

/** An instance, what does not change of it, and where its middle is. */
export interface Part {
  /** Its place in the scene's list */
  readonly index: number;
  readonly instance: Instance;
  readonly surface: Surface;
  /** Amounts of light that it gives back */
  readonly color: Rgb;
  readonly texture: Mips | undefined;
  /** The middle of its box in the world, metres; `moveParts` keeps it there. */
  readonly center: [number, number, number];
}

/** Makes an instance ready. Throws where its id, its colour, its mesh or its texture makes no sense. */
export function createPart(instance: Instance, index: number): Part {
  const { mesh, material, id } = instance;
  if (!(Number.isInteger(id) && id >= 1 && id <= 65535)) {
    throw new Error(`instance ${index} of a scene has the id ${id}: expected a whole number from 1 to 65535`);
  }
  if (!material.color.every((channel) => channel >= 0 && channel <= 1)) {
    throw new Error(`instance ${index} of a scene has the colour [${material.color.join(', ')}]: expected numbers from 0 to 1`);
  }
  const surface = surfaceOf(mesh);
  const triangles = surface.triangles.length / 3;
  if (triangles > MOST_TRIANGLES) {
    throw new Error(`instance ${index} of a scene has ${triangles} triangles: expected at most ${MOST_TRIANGLES}`);
  }
  const texture = material.texture && mipsOf(material.texture);
  return { index, instance, surface, color: decodeRgb(material.color), texture, center: [0, 0, 0] };
}

/** Moves the middles to where the instances are. */
export function moveParts(parts: readonly Part[]): void {
  for (const { instance, surface, center } of parts) {
    const { rotation, position } = instance;
    const [x, y, z] = surface.center;
    for (const axis of [0, 1, 2] as const) {
      const row = 3 * axis;
      center[axis] = (rotation[row] as number) * x + (rotation[row + 1] as number) * y + (rotation[row + 2] as number) * z + position[axis];
    }
  }
}
