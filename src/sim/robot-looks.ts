/** What robots look like: the geoms of their models, as meshes. */
import type { MjModel } from '@mujoco/mujoco';
import type { Mujoco } from '../robot/mujoco.ts';
import { matrixFromQuaternion, type Quaternion } from '../robot/rotation.ts';
import { IDENTITY_POSE, type Pose } from '../robot/se3.ts';
import type { Vec3 } from '../robot/vectors.ts';
import type { Rgb } from './material.ts';
import type { Mesh } from './mesh.ts';
import { mergeMeshes, transformMesh } from './meshes/edit.ts';
import { boxMesh, capsuleMesh, cylinderMesh, ellipsoidMesh, sphereMesh } from './meshes/solids.ts';
import type { Visual } from './objects/model.ts';

/** Something of a robot to look at. */
export interface RobotVisual {
  /** Index of the body that it moves with */
  readonly body: number;
  readonly visual: Visual;
  /** In the frame of that body */
  readonly pose: Pose;
}

/** Geoms in this group only collide: what is seen of them is drawn by others. */
const UNSEEN_GROUP = 3;

/**
 * What is to be seen of a compiled model's bodies: all geoms of the same colour on the same body are one mesh, in the frame of the body.
 * Geoms of group 3 are left out, as MuJoCo's own viewer does. Throws for geoms that are no boxes, spheres, capsules, cylinders or
 * ellipsoids.
 */
export function robotVisuals(mujoco: Mujoco, model: MjModel, isRobotBody: (body: number) => boolean): RobotVisual[] {
  const groups = new Map<string, { readonly body: number; readonly color: Rgb; readonly meshes: Mesh[] }>();
  const {
    geom_bodyid: bodies,
    geom_group: group,
    geom_rgba: rgba,
    geom_type: types,
    geom_size: sizes,
    geom_pos: at,
    geom_quat: turned,
  } = model;
  for (let geom = 0; geom < model.ngeom; geom++) {
    const body = bodies[geom] as number;
    if (!isRobotBody(body) || group[geom] === UNSEEN_GROUP) continue;
    const color = three(rgba, 4 * geom);
    const pose = {
      position: three(at, 3 * geom),
      rotation: matrixFromQuaternion(Array.from(turned.slice(4 * geom, 4 * geom + 4)) as unknown as Quaternion),
    };
    const mesh = transformMesh(geomMesh(mujoco, types[geom], three(sizes, 3 * geom)), pose);
    const key = `${body}: ${color.join()}`;
    const known = groups.get(key);
    if (known) known.meshes.push(mesh);
    else groups.set(key, { body, color, meshes: [mesh] });
  }
  return Array.from(groups.values(), ({ body, color, meshes }) => ({
    body,
    visual: { mesh: mergeMeshes(meshes), material: { color } },
    pose: IDENTITY_POSE,
  }));
}

const three = (values: ArrayLike<number>, at: number): Vec3 => [values[at] as number, values[at + 1] as number, values[at + 2] as number];

/** A geom's mesh, from MuJoCo's type and size. */
function geomMesh({ mjtGeom }: Mujoco, type: number, size: Vec3): Mesh {
  const [a, b, c] = size;
  switch (type) {
    case mjtGeom.mjGEOM_BOX.value:
      return boxMesh(size, { bevel: Math.min(0.003, 0.25 * Math.min(a, b, c)) });
    case mjtGeom.mjGEOM_SPHERE.value:
      return sphereMesh(a, SEGMENTS);
    case mjtGeom.mjGEOM_ELLIPSOID.value:
      return ellipsoidMesh(size, SEGMENTS);
    case mjtGeom.mjGEOM_CAPSULE.value:
      return capsuleMesh(a, b, SEGMENTS);
    case mjtGeom.mjGEOM_CYLINDER.value:
      return cylinderMesh(a, b, { segments: SEGMENTS });
    default:
      throw new Error(`a robot's geom has MuJoCo's type ${type}: expected a box, sphere, capsule, cylinder or ellipsoid`);
  }
}

const SEGMENTS = 16;
