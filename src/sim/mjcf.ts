/** A scene and a robot as MJCF, MuJoCo's own format. Everything is written with all its numbers: no defaults, no files but the robot's. */
import { quaternionFromMatrix } from '../robot/rotation.ts';
import type { Pose } from '../robot/se3.ts';
import type { Link, MovingPart, Shape } from './objects/model.ts';
import type { SimRobot } from './robots.ts';
import type { Scene, Thing } from './scene.ts';

/** Physics steps in a control step of 1/30 s. */
export const SUBSTEPS = 12;
/** Seconds of a physics step. */
const TIMESTEP = 1 / 30 / SUBSTEPS;
/** The table: x and y range, metres. Its surface is z = 0. */
export const TABLE = { x: [-0.9, 0.6], y: [-0.8, 0.8], thickness: 0.04 } as const;
/** The floor's z, metres. */
export const FLOOR = -0.75;
/** The name by which the scene's MJCF refers to the robot's. */
export const ROBOT_FILE = 'robot.xml';

/** What moves with a thing: its body, or one of its parts. */
export const bodyName = (thing: string, part?: string): string => (part === undefined ? thing : `${thing}/${part}`);
/** Whether a body is that of a thing, or of one of its parts. */
export const isPartOf = (body: string, thing: string): boolean => body === thing || body.startsWith(`${thing}/`);

/**
 * The MJCF of a scene. The robot's model is attached from ROBOT_FILE, its names unchanged; things are bodies called by their ids, and
 * moving parts and their joints `id/part`. What lies still is not simulated until something comes near (MuJoCo's sleep): two to three times
 * as many steps a second. Things touch everything (contype 1, conaffinity 3), robots (contype 2, conaffinity 1) do not
 * touch themselves.
 */
export function sceneMjcf({ things }: Scene, robot: SimRobot): string {
  const middle = (range: readonly [number, number]): number => (range[0] + range[1]) / 2;
  const half = (range: readonly [number, number]): number => (range[1] - range[0]) / 2;
  const table = numbers([half(TABLE.x), half(TABLE.y), TABLE.thickness / 2]);
  return `<mujoco model="scene">
<compiler angle="radian" autolimits="true"/>
<option timestep="${TIMESTEP}" integrator="implicitfast" cone="elliptic" impratio="10"><flag sleep="enable"/></option>
<size memory="8M"/>
<asset><model name="robot" file="${ROBOT_FILE}"/></asset>
<worldbody>
<geom name="table" type="box" size="${table}" pos="${numbers([middle(TABLE.x), middle(TABLE.y), -TABLE.thickness / 2])}" ${TOUCHING} friction="1 0.01 0.0005"/>
<geom name="floor" type="plane" size="5 5 0.1" pos="0 0 ${FLOOR}" ${TOUCHING}/>
<frame ${pose(robot.base)}><attach model="robot" body="${robot.baseBody}" prefix=""/></frame>
${things.map(thingMjcf).join('\n')}
</worldbody>
</mujoco>
`;
}

const TOUCHING = 'contype="1" conaffinity="3"';

function thingMjcf({ id, model, pose: at }: Thing): string {
  const parts = (model.parts ?? []).map((part) => partMjcf(id, part, model.friction)).join('');
  const free = model.fixed ? '' : '<freejoint/>';
  return `<body name="${id}" ${pose(at)}>${free}${linkMjcf(model.body, model.friction)}${parts}</body>`;
}

function partMjcf(id: string, part: MovingPart, friction: Thing['model']['friction']): string {
  const { name, joint } = part;
  return `<body name="${bodyName(id, name)}" ${pose(part.pose)}><joint name="${bodyName(id, name)}" type="${joint.type}" axis="${numbers(joint.axis)}" range="${numbers(joint.range)}" damping="${joint.damping}" frictionloss="${joint.friction}" armature="0.001"/>${linkMjcf(part, friction)}</body>`;
}

function linkMjcf({ shapes, mass }: Link, friction: readonly number[] = [1, 0.01, 0.0005]): string {
  const volumes = shapes.map(shapeVolume);
  const whole = volumes.reduce((sum, volume) => sum + volume, 0);
  // Rolling friction is simulated where there is enough of it to matter.
  const condim = (friction[2] as number) >= 0.001 ? 6 : 4;
  return shapes
    .map(
      ({ type, size, position = [0, 0, 0], quaternion = [1, 0, 0, 0] }, i) =>
        `<geom type="${type}" size="${numbers(size)}" pos="${numbers(position)}" quat="${numbers(quaternion)}" mass="${(mass * (volumes[i] as number)) / whole}" ${TOUCHING} friction="${numbers(friction)}" condim="${condim}"/>`,
    )
    .join('');
}

/** Cubic metres. */
export function shapeVolume({ type, size }: Shape): number {
  const [a, b, c] = size as [number, number, number];
  switch (type) {
    case 'box':
      return 8 * a * b * c;
    case 'ellipsoid':
      return (4 / 3) * Math.PI * a * b * c;
    case 'sphere':
      return (4 / 3) * Math.PI * a * a * a;
    case 'cylinder':
      return 2 * Math.PI * a * a * b;
    case 'capsule':
      return 2 * Math.PI * a * a * b + (4 / 3) * Math.PI * a * a * a;
  }
}

const numbers = (values: readonly number[]): string => values.join(' ');
const pose = ({ position, rotation }: Pose): string => `pos="${numbers(position)}" quat="${numbers(quaternionFromMatrix(rotation))}"`;
