/** What touches what, in a world as it is or as it would be: found on a copy of its state, so that nothing is disturbed. */
import type { MjData, MjModel } from '@mujoco/mujoco';
import type { Arm } from '../robot/canonical.ts';
import type { Mujoco } from '../robot/mujoco.ts';
import { quaternionFromMatrix } from '../robot/rotation.ts';
import type { Pose } from '../robot/se3.ts';
import { isPartOf } from './mjcf.ts';
import type { ModelPlaces } from './model-places.ts';

/** Two bodies that touch. */
export interface Contact {
  /** Names of bodies: `id` or `id/part` of things, those of the model for the robot, `world` for table and floor */
  readonly bodies: readonly [string, string];
  /** Metres: negative when they overlap */
  readonly distance: number;
}

/** How an arm might be. */
export interface Posture {
  /** Radians or metres */
  readonly joints: readonly number[];
  /** Of its gripper: 0 closed … 1 open */
  readonly opening: number;
  /** What it carries, and where that would be in the world */
  readonly carried?: { readonly thing: string; readonly pose: Pose };
}

/** A probe. `close` it after use. */
export interface Probe {
  /** All contacts, those of things that are asleep as well */
  contacts(): readonly Contact[];
  /** Names of bodies that an arm and what it carries would touch if all else were as it is now. Throws for what cannot be. */
  bumps(arm: Arm, posture: Posture): ReadonlySet<string>;
  close(): void;
}

/** A probe of a world's physics: of `data`, whenever it is asked. */
export function createProbe(mujoco: Mujoco, model: MjModel, data: MjData, places: ModelPlaces): Probe {
  /** Never stepped, and so wholly awake; made when it is first needed */
  let copy: MjData | undefined;

  /** The contacts when positions are those of `data`, as `change` leaves them. */
  function contactsWith(change?: (qpos: Float64Array) => void): Contact[] {
    copy ??= new mujoco.MjData(model);
    const qpos: Float64Array = copy.qpos;
    qpos.set(data.qpos);
    change?.(qpos);
    mujoco.mj_kinematics(model, copy);
    mujoco.mj_collision(model, copy);
    const all = copy.contact;
    const found = Array.from({ length: copy.ncon }, (_, i): Contact => {
      const contact = all.get(i) as NonNullable<ReturnType<typeof all.get>>;
      const name = (geom: number): string => places.bodyNames[places.bodyOfGeom[geom] as number] as string;
      const { geom1, geom2, dist: distance } = contact;
      contact.delete();
      return { bodies: [name(geom1), name(geom2)], distance };
    });
    all.delete();
    return found;
  }

  return {
    contacts: () => contactsWith(),
    bumps(arm, { joints, opening, carried }) {
      const own = places.arms.find((one) => one.arm === arm);
      if (!own) throw new Error(`there is no ${arm} arm, only ${places.arms.map((one) => one.arm).join(', ')}`);
      if (joints.length !== own.joints.length || !joints.every(Number.isFinite)) {
        throw new Error(`the ${arm} arm cannot have the joints [${joints.join(', ')}]: expected ${own.joints.length} finite numbers`);
      }
      const free = carried && places.free.get(carried.thing);
      if (carried && free === undefined) throw new Error(`${carried.thing} is fixed and cannot be carried`);
      const contacts = contactsWith((qpos) => {
        for (const [i, at] of own.joints.entries()) qpos[at] = joints[i] as number;
        for (const joint of own.fingerJoints) {
          const [low, high] = [model.jnt_range[2 * joint], model.jnt_range[2 * joint + 1]];
          qpos[places.qposOf[joint] as number] = low + opening * (high - low);
        }
        if (carried && free !== undefined) {
          qpos.set([...carried.pose.position, ...quaternionFromMatrix(carried.pose.rotation)], places.qposOf[free] as number);
        }
      });
      const isOwn = (body: string): boolean => own.bodies.has(body) || (carried !== undefined && isPartOf(body, carried.thing));
      const touched = contacts.flatMap(({ bodies: [a, b] }) => (isOwn(a) ? [b] : isOwn(b) ? [a] : []));
      return new Set(touched.filter((body) => !isOwn(body)));
    },
    close() {
      copy?.delete();
    },
  };
}
