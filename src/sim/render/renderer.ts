/**
 * Pictures of a scene by a software z-buffer rasterizer: colour, depth along the optical axis and segmentation, in plain arithmetic, so
 * that they are the same bits in Node and in browsers.
 */
import { cutNear, createPieces, NEAR } from './clip.ts';
import { createCorners, placeInCamera } from './corners.ts';
import { writeToLight } from './brightness.ts';
import { LENS, rowOf, writeCameraLens, writeLensIn } from './lens.ts';
import { createPart, moveParts, type Part } from './part.ts';
import { checkPicture } from './picture.ts';
import { clearLayer, createLayer, drawTriangles, INSTANCE_SHIFT, type Layer, MOST_INSTANCES, MOST_TRIANGLES } from './raster.ts';
import { shade } from './shade.ts';
import { createShadowMap, drawShadows, PLACE } from './shadow.ts';
import type { Camera, Picture, RenderScene } from './types.ts';

/** How to draw. */
export interface RendererOptions {
  /** Do things throw shadows? true by default */
  readonly shadows?: boolean;
  /** Colours are means of so many points in each pixel; 1 by default. Depth and segmentation are always those of its middle. */
  readonly samples?: 1 | 4;
  /** Texels along each side of the map of shadows; 512 by default */
  readonly shadowSize?: number;
}

/** Draws one scene. */
export interface Renderer {
  /** To be called when instances or the light have moved; once for all cameras that look at the same state. */
  updateShadows(): void;
  /** Draws what a camera sees. */
  render(camera: Camera, picture: Picture): void;
}

/** See Renderer. */
export function createRenderer(scene: RenderScene, { shadows = true, samples = 1, shadowSize = 384 }: RendererOptions = {}): Renderer {
  const parts = scene.instances.map(createPart);
  check(parts);
  // Small things first: they are mostly in front, and where faces lie in each other, those of the smaller thing are seen.
  const order = [...parts].sort((a, b) => a.radius - b.radius || a.index - b.index);
  const most = (count: (part: Part) => number): number => parts.reduce((largest, part) => Math.max(largest, count(part)), 0);
  const triangles = most(({ surface }) => surface.triangles.length / 3);
  const corners = createCorners(most(({ surface }) => surface.points.length / 3), triangles);
  const pieces = createPieces(triangles);
  const lenses = parts.map(() => new Float64Array(LENS));
  const toLight = new Float64Array(12);
  const world = new Float64Array(LENS);
  const ids = new Uint16Array(MOST_INSTANCES + 1);
  for (const { index, instance } of parts) ids[index] = instance.id;
  const map = createShadowMap(shadows ? shadowSize : 1, parts.length);
  map.casts = shadows;
  let layer = createLayer(1, 1);

  function draw(camera: Camera, width: number, height: number): void {
    if (layer.width !== width || layer.height !== height) layer = createLayer(width, height);
    else clearLayer(layer);
    writeCameraLens(camera, width, height, world);
    for (const part of order) {
      const lens = lenses[part.index] as Float64Array;
      const sight = visible(world, part, width, height);
      if (sight === HIDDEN) continue;
      writeLensIn(world, part.instance.position, part.instance.rotation, lens);
      placeInCamera(lens, part.surface, width, height, corners);
      if (sight === CUT) cutNear(lens, part.surface, width, height, corners, pieces);
      drawTriangles(layer, lens, part.surface, corners, part.index, sight === CUT ? pieces : undefined);
    }
  }

  function updateShadows(): void {
    moveParts(parts);
    drawShadows(map, parts, scene.light, corners);
  }

  updateShadows();
  return {
    updateShadows,
    render(camera, picture) {
      checkPicture(picture);
      const { width, height } = picture;
      moveParts(parts);
      draw(camera, width, height);
      measure(layer, ids, picture);
      writeToLight(world, map.world, toLight);
      shade({ layer, depth: picture.depth, lenses, shadows: map, toLight, brightness: new Float64Array(width), direct: new Float64Array(width), places: new Float64Array(PLACE * width), light: scene.light }, parts, scene, picture.rgb);
    },
  };
}

/** Depth and segmentation of a layer. */
function measure({ nearness, tags }: Layer, ids: Uint16Array, { depth, segmentation }: Picture): void {
  for (let k = 0; k < depth.length; k++) {
    depth[k] = 1 / (nearness[k] as number);
    segmentation[k] = ids[(tags[k] as number) >>> INSTANCE_SHIFT] as number;
  }
}

const [HIDDEN, CUT, WHOLE] = [0, 1, 2] as const;

/** Is something out of sight, does it reach behind the near plane, or neither? From the sphere around it. */
function visible(lens: Float64Array, { center: [x, y, z], radius }: Part, width: number, height: number): typeof HIDDEN | typeof CUT | typeof WHOLE {
  const [x0, x1, x2, x3] = rowOf(lens, 0);
  const [y0, y1, y2, y3] = rowOf(lens, 4);
  const [z0, z1, z2, z3] = rowOf(lens, 8);
  const depth = z0 * x + z1 * y + z2 * z + z3;
  if (!(depth + radius > NEAR)) return HIDDEN;
  const across = x0 * x + x1 * y + x2 * z + x3;
  const down = y0 * x + y1 * y + y2 * z + y3;
  const size = (a: number, b: number, c: number): number => radius * Math.sqrt(a * a + b * b + c * c);
  if (across < -size(x0, x1, x2) || down < -size(y0, y1, y2)) return HIDDEN;
  if (width * depth - across < -size(width * z0 - x0, width * z1 - x1, width * z2 - x2)) return HIDDEN;
  if (height * depth - down < -size(height * z0 - y0, height * z1 - y1, height * z2 - y2)) return HIDDEN;
  return depth - radius < NEAR ? CUT : WHOLE;
}

function check(parts: readonly Part[]): void {
  if (parts.length > MOST_INSTANCES) throw new Error(`a scene has ${parts.length} instances: expected at most ${MOST_INSTANCES}`);
  for (const { index, instance, surface } of parts) {
    const { id } = instance;
    if (!(Number.isInteger(id) && id >= 1 && id <= 65535)) throw new Error(`instance ${index} has the id ${id}: expected a whole number from 1 to 65535`);
    if (surface.triangles.length / 3 > MOST_TRIANGLES) throw new Error(`instance ${index} has ${surface.triangles.length / 3} triangles: expected at most ${MOST_TRIANGLES}`);
  }
}
