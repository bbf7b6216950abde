/** Pictures of a scene: a stub that others can import. */
import type { Camera, Picture, RenderScene } from './types.ts';
/** How to draw. */
export interface RendererOptions { readonly shadows?: boolean; readonly samples?: 1 | 4; readonly shadowSize?: number }
/** Draws one scene. */
export interface Renderer { updateShadows(): void; render(camera: Camera, picture: Picture): void }
/** See Renderer. */
export function createRenderer(_scene: RenderScene, _options: RendererOptions = {}): Renderer {
  return { updateShadows() {}, render() {} };
}
