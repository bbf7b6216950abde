/** An instance of a scene, ready to be drawn. */
import { rotateVector } from '../../robot/rotation.ts';
import { add3, type Vec3 } from '../../robot/vectors.ts';
import type { Rgb } from '../material.ts';
import { decodeRgb } from './color.ts';
import { type Surface, surfaceOf } from './surface.ts';
import { type Mips, mipsOf } from './texture.ts';
import type { Instance } from './types.ts';

/** An instance and what does not change of it. */
export interface Part {
  /** Its place in the scene's list */
  readonly index: number;
  readonly instance: Instance;
  readonly surface: Surface;
  /** Amounts of light that it gives back */
  readonly color: Rgb;
  readonly texture: Mips | undefined;
  /** A sphere around it in the world, metres; `moveParts` keeps it there. */
  center: Vec3;
  readonly radius: number;
}

/** Makes an instance ready. Throws where its mesh or its texture makes no sense. */
export function createPart(instance: Instance, index: number): Part {
  const { mesh, material } = instance;
  const surface = surfaceOf(mesh);
  const texture = material.texture && mipsOf(material.texture);
  return { index, instance, surface, color: decodeRgb(material.color), texture, center: [0, 0, 0], radius: surface.radius };
}

/** Moves the spheres to where the instances are. */
export function moveParts(parts: readonly Part[]): void {
  for (const part of parts) part.center = add3(rotateVector(part.instance.rotation, part.surface.center), part.instance.position);
}
