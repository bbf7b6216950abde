/**
 * Pictures of a scene by a software z-buffer rasterizer: colour, depth along the optical axis and segmentation, in plain arithmetic, so
 * that they are the same bits in Node and in browsers.
 *
 * A triangle is drawn as the name of what is seen at each pixel and how near it is (`raster.ts`). From these, depth and segmentation are
 * read off, and each pixel that is seen is coloured once (`shade.ts`), with the shadows that all cameras share (`shadow.ts`).
 */
import { createView, type View, writeToLight } from './brightness.ts';
import { createPieces, cutNear } from './clip.ts';
import { LIGHT_OF_LEVEL, levelOf } from './color.ts';
import { createCorners, placeInCamera } from './corners.ts';
import { LENS, writeCameraLens, writeLensIn } from './lens.ts';
import { createPart, moveParts, type Part } from './part.ts';
import { checkPicture, createPicture } from './picture.ts';
import { clearLayer, drawTriangles, INSTANCE_SHIFT, type Layer, MOST_INSTANCES } from './raster.ts';
import { shade } from './shade.ts';
import { createShadowMap, drawShadows } from './shadow.ts';
import { sightOf } from './sight.ts';
import type { Camera, Light, Picture, RenderScene } from './types.ts';

/** How to draw. */
export interface RendererOptions {
  /** Do things throw shadows? true by default */
  readonly shadows?: boolean;
  /** Colours are means of so many points of each pixel; 1 by default. Depth and segmentation are always those of its middle. */
  readonly samples?: 1 | 4;
  /** texels along each side of the map of shadows: 320 by default, which is soft; 1024 for pictures to look at closely */
  readonly shadowSize?: number;
}

/** Draws one scene. */
export interface Renderer {
  /** To be called when instances or the light have moved: once for all cameras that look at the same state. */
  updateShadows(): void;
  /** Draws what a camera sees. Throws where the picture's memory, the camera or the light makes no sense. */
  render(camera: Camera, picture: Picture): void;
}

/** A ceiling lamp and a bright room. */
export const ROOM_LIGHT: Light = { direction: [0.3, 0.4, -1], directional: 0.68, ambient: 0.36, temperature: 6000 };

/**
 * A renderer of a scene whose list of instances, meshes and materials stay as they are. Throws where one of them makes no sense.
 */
export function createRenderer(scene: RenderScene, options: RendererOptions = {}): Renderer {
  const { shadows = true, samples = 1, shadowSize = 320 } = options;
  const { instances } = scene;
  if (instances.length > MOST_INSTANCES) {
    throw new Error(`a scene has ${instances.length} instances: expected at most ${MOST_INSTANCES}`);
  }
  const parts = instances.map(createPart);
  // Small things first: they are mostly in front, and where faces lie in each other, those of the smaller thing are seen.
  const order = [...parts].sort((a, b) => a.surface.radius - b.surface.radius || a.index - b.index);
  const ids = new Uint16Array(MOST_INSTANCES + 1);
  for (const { index, instance } of parts) ids[index] = instance.id;
  const most = (count: (part: Part) => number): number => Math.max(0, ...parts.map(count));
  const triangles = most(({ surface }) => surface.triangles.length / 3);
  const corners = createCorners(
    most(({ surface }) => surface.points.length / 3),
    triangles,
  );
  const pieces = createPieces(triangles);
  const world = new Float64Array(LENS);
  const lenses = parts.map(() => new Float64Array(LENS));
  const map = createShadowMap(shadows, shadowSize, parts.length);
  const views = new Map<string, View>();
  const finePictures = new Map<string, Picture>();

  /** Finds what is nearest at each pixel, and from that depth and segmentation. */
  function look(camera: Camera, picture: Picture): View {
    const { width, height } = picture;
    const view = kept(views, width, height, () => createView(width, height, lenses, map));
    clearLayer(view.layer, 0);
    writeCameraLens(camera, width, height, world);
    for (const part of order) {
      const sight = sightOf(world, part, width, height);
      if (sight === 'hidden') continue;
      const lens = lenses[part.index] as Float64Array;
      writeLensIn(world, part.instance.position, part.instance.rotation, lens);
      placeInCamera(lens, part.surface, width, height, corners);
      if (sight === 'cut') cutNear(lens, part.surface, width, height, corners, pieces);
      drawTriangles(view.layer, lens, part.surface, corners, part.index, sight === 'cut' ? pieces : undefined);
    }
    measure(view.layer, ids, picture);
    return view;
  }

  /** Draws all of a picture, with one sample for each pixel. */
  function draw(camera: Camera, picture: Picture): void {
    const view = look(camera, picture);
    view.depth = picture.depth;
    writeToLight(world, map.world, view.toLight);
    shade(view, parts, scene, picture.rgb);
  }

  function updateShadows(): void {
    moveParts(parts);
    drawShadows(map, parts, scene.light.direction, corners);
  }

  updateShadows();
  return {
    updateShadows,
    render(camera, picture) {
      checkPicture(picture);
      checkLight(scene.light);
      moveParts(parts);
      if (samples === 1) return draw(camera, picture);
      const [width, height] = [2 * picture.width, 2 * picture.height];
      const fine = kept(finePictures, width, height, () => createPicture(width, height));
      draw(camera, fine);
      halve(fine.rgb, picture);
      look(camera, picture);
    },
  };
}

/** What is kept for pictures of a size, made when first needed. */
function kept<T>(known: Map<string, T>, width: number, height: number, make: () => T): T {
  const key = `${width} × ${height}`;
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}

function checkLight({ directional, ambient }: Light): void {
  if (!(directional >= 0 && directional <= 2 && ambient >= 0 && ambient <= 1)) {
    throw new Error(`light is ${directional} directional and ${ambient} ambient: expected 0 to 2 and 0 to 1`);
  }
}

/** Writes depth and segmentation of a layer. */
function measure({ nearness, tags }: Layer, ids: Uint16Array, { depth, segmentation }: Picture): void {
  for (let k = 0; k < depth.length; k++) {
    depth[k] = 1 / (nearness[k] as number);
    segmentation[k] = ids[(tags[k] as number) >>> INSTANCE_SHIFT] as number;
  }
}

/** Writes the means of 2 × 2 pixels, as amounts of light, of colours twice as wide and high as a picture. */
function halve(fine: Uint8Array, { width, height, rgb }: Picture): void {
  for (let row = 0; row < height; row++) {
    for (let i = 0; i < 3 * width; i++) {
      const above = 12 * row * width + 6 * Math.floor(i / 3) + (i % 3);
      const below = above + 6 * width;
      const sum = lightOf(fine, above) + lightOf(fine, above + 3) + lightOf(fine, below) + lightOf(fine, below + 3);
      rgb[3 * width * row + i] = levelOf(sum / 4);
    }
  }
}

const lightOf = (levels: Uint8Array, i: number): number => LIGHT_OF_LEVEL[levels[i] as number] as number;
