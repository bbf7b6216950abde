/** What the renderer draws and what it makes of it. */
import type { Mat3 } from '../../robot/rotation.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import type { Material, Rgb } from '../material.ts';
import type { Mesh } from '../mesh.ts';

/** A mesh that stands somewhere. Its pose is changed in place as the world moves. */
export interface Instance {
  readonly mesh: Mesh;
  readonly material: Material;
  /** Drawn into the segmentation; 1 … 65535 (0 is the background) */
  readonly id: number;
  /** World frame, metres */
  position: Vec3;
  rotation: Mat3;
  /** Does it throw a shadow? true by default; walls and floors need not */
  readonly shadow?: boolean;
}

/** Light from far away (the sun, a ceiling), and light from everywhere. */
export interface Light {
  /** Where the light goes, in the world frame; any length */
  readonly direction: Vec3;
  /** 0 … 2 */
  readonly directional: number;
  /** 0 … 1 */
  readonly ambient: number;
  /** Kelvin: 2500 candle-like, 6500 white, 10000 bluish */
  readonly temperature: number;
}

/** All there is to see. */
export interface RenderScene {
  readonly instances: readonly Instance[];
  light: Light;
  /** Where nothing is */
  background: Rgb;
}

/** A pinhole camera as MuJoCo has it: it looks along its −z, y is up in the picture, x to the right. */
export interface Camera {
  readonly position: Vec3;
  /** Columns are the axes of the camera in the world frame */
  readonly rotation: Mat3;
  /** Vertical field of view, radians */
  readonly fovy: number;
}

/** What one camera sees; memory is the caller's and is written over. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** u8[height, width, 3], RGB, rows from the top */
  readonly rgb: Uint8Array;
  /** f32[height, width]: metres along the optical axis; Infinity where nothing is */
  readonly depth: Float32Array;
  /** u16[height, width]: ids of instances, 0 where nothing is */
  readonly segmentation: Uint16Array;
}
