/**
 * Things that can be in a scene: what they look like (meshes), what they feel like (shapes for collisions, mass, joints), what they
 * are called, and where they can be held. One record for cups, plates, cabinets and bags of rice.
 *
 * A model's frame: the origin is in the middle of its foot, on the table when it stands there at rest, and z points up.
 */
import type { Pose } from '../../robot/se3.ts';
import type { Vec3 } from '../../robot/vectors.ts';
import type { Material } from '../material.ts';
import type { Mesh } from '../mesh.ts';

/** The five categories of the grasping benchmark (appendix F of the paper), and things to put others on, in, or to operate. */
export const CATEGORIES = ['axisymmetric', 'block-like', 'irregular', 'tool', 'bagged', 'fixture'] as const;
/** See CATEGORIES. */
export type Category = (typeof CATEGORIES)[number];

/** Something to look at, in the frame of its link. */
export interface Visual {
  readonly mesh: Mesh;
  readonly material: Material;
}

/** A convex shape for collisions, as MuJoCo has them. Sizes are MuJoCo's: half sides, radius, radius and half length along z, half axes. */
export interface Shape {
  readonly type: 'box' | 'sphere' | 'cylinder' | 'capsule' | 'ellipsoid';
  /** Metres: 3 for box and ellipsoid, 1 for sphere, 2 for cylinder and capsule */
  readonly size: readonly number[];
  /** In the frame of the link; the origin by default */
  readonly position?: Vec3;
  /** w, x, y, z in the frame of the link */
  readonly quaternion?: readonly [number, number, number, number];
}

/** A rigid part. */
export interface Link {
  readonly visuals: readonly Visual[];
  readonly shapes: readonly Shape[];
  /** kg, spread evenly over the shapes */
  readonly mass: number;
}

/** How a moving part is joined to the model's body: a drawer's slide, a lid's or a knob's hinge. */
export interface Joint {
  readonly type: 'slide' | 'hinge';
  /** In the part's frame, of length 1 */
  readonly axis: Vec3;
  /** Lowest and highest value: metres or radians */
  readonly range: readonly [number, number];
  /** N·s/m or N·m·s/rad */
  readonly damping: number;
  /** N or N·m: what it takes to move it at all */
  readonly friction: number;
}

/** A part that moves against the model's body. */
export interface MovingPart extends Link {
  /** `drawer`, `top drawer`, `knob`: unique in its model */
  readonly name: string;
  /** In the model's frame when the joint is at 0 */
  readonly pose: Pose;
  readonly joint: Joint;
  /** How to take hold of it, in the part's frame */
  readonly grasps?: readonly Grasp[];
  /** Places on or in the part, in the part's frame */
  readonly places?: readonly Place[];
}

/**
 * A way to hold something with a parallel gripper: where its tool frame is (origin between the pads, z the approach, y the closing
 * direction) when it closes.
 */
export interface Grasp {
  /** In the frame of the model (or of the moving part) */
  readonly pose: Pose;
  /** Metres between the pads when they touch; at most 0.065 to fit every gripper */
  readonly width: number;
  /** Any turn about the model's z axis is as good (bottles, cups, balls) */
  readonly aroundZ?: boolean;
  /** What is held: `body`, `rim`, `handle`, `neck`: for affordances and for telling grasps apart */
  readonly part: string;
}

/** Where something can be put: on a flat surface or into a hollow. */
export interface Place {
  readonly kind: 'on' | 'in';
  /** Middle of the surface, or of the bottom of the hollow, in the frame of the model (or of the moving part) */
  readonly position: Vec3;
  /** Half sides along x and y in which the middle of what is put must stay, metres */
  readonly extent: readonly [number, number];
  /** Of a hollow: how far its rim is above its bottom, metres; 0 for a surface */
  readonly depth: number;
}

/** A thing. */
export interface ObjectModel {
  /** Unique among all models: `red mug`, `wooden cabinet` */
  readonly name: string;
  /** What kind of thing, without adjectives: `mug` */
  readonly noun: string;
  /** The words that tell it from others of its kind: `red` */
  readonly adjectives: readonly string[];
  readonly category: Category;
  /** The body: all that does not move against it */
  readonly body: Link;
  readonly parts?: readonly MovingPart[];
  /** Too heavy to move: it stands where it stands (cabinets, stoves) */
  readonly fixed?: boolean;
  /** Lowest and highest corner of all of it at rest, in its frame, metres: [[x, y, 0], [x, y, z]] */
  readonly bounds: readonly [Vec3, Vec3];
  /** Best first; empty for what is not to be held */
  readonly grasps: readonly Grasp[];
  readonly places?: readonly Place[];
  /** Sliding, torsional and rolling friction as MuJoCo has them; [1, 0.01, 0.0005] by default */
  readonly friction?: readonly [number, number, number];
}
