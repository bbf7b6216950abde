/** The moving parts of a robot, as its model file has them, and the chains of joints in it. */
import type { ChainJoint, KinematicChain } from './kinematics.ts';
import { unknownName } from './names.ts';
import { IDENTITY_ROTATION, matrixFromAxisAngle } from './rotation.ts';
import { composePoses, IDENTITY_POSE, invertPose, type Pose } from './se3.ts';
import { scale3, type Vec3 } from './vectors.ts';

/** A rigid body. */
export interface ModelBody {
  readonly name: string;
  /** Index of the body that it hangs on; 0, the world, for the world itself */
  readonly parent: number;
  /** In the parent's frame, with all joints at their references */
  readonly pose: Pose;
}

/** A joint between a body and its parent. A body may have several, which act in their order. */
export interface ModelJoint {
  readonly name: string;
  readonly type: 'hinge' | 'slide' | 'ball' | 'free';
  /** Index of the body that it moves */
  readonly body: number;
  /** Unit vector in the body's frame */
  readonly axis: Vec3;
  /** A point on the axis, in the body's frame */
  readonly anchor: Vec3;
  readonly limits: readonly [number, number] | null;
  /** The value at which the body's pose is that of the model */
  readonly reference: number;
}

/** A frame that is fixed to a body. */
export interface ModelSite {
  readonly name: string;
  readonly body: number;
  /** In the body's frame */
  readonly pose: Pose;
}

/** Bodies, of which the first is the world and every other comes after its parent, joints and sites. */
export interface RobotModel {
  readonly bodies: readonly ModelBody[];
  readonly joints: readonly ModelJoint[];
  readonly sites: readonly ModelSite[];
}

/** Where a chain begins and ends. */
export interface ChainOptions {
  /** The body whose frame is the base frame */
  readonly base: string;
  /** Its joints from the base to the tool. What else moves in between is held at its reference. */
  readonly joints: readonly string[];
  /** Where the tool is: at a site or a body. */
  readonly tool: { readonly site: string } | { readonly body: string };
  /** The tool's frame in that of the site or body; the same by default */
  readonly offset?: Pose;
  /** `refuse`: throw when another joint moves the tool. `hold` by default. */
  readonly otherJoints?: 'hold' | 'refuse';
}

/**
 * The chain of joints from a base to a tool. Throws when something is not there (saying what is there instead), when a joint is not
 * on the way from the base to the tool, is listed twice or out of order, or is neither a hinge nor a slide.
 */
export function chainOf(model: RobotModel, options: ChainOptions): KinematicChain {
  const { joints: listed, otherJoints = 'hold', offset = IDENTITY_POSE } = options;
  const tool = toolOf(model, options.tool);
  const [toBase, toTool] = [pathTo(model, bodyNamed(model, options.base)), pathTo(model, tool.body)];
  const shared = toTool.filter((body) => toBase.includes(body));
  const [baseOnly, toolOnly] = [toBase.slice(shared.length), toTool.slice(shared.length)];

  const between = model.joints.filter(({ body }) => toolOnly.includes(body));
  checkListed(model, listed, between, options);
  const unlisted = model.joints.filter(({ body, name }) => [...baseOnly, ...toolOnly].includes(body) && !listed.includes(name));
  if (otherJoints === 'refuse' && unlisted.length > 0) {
    throw new Error(`the tool is moved by joints that are not listed: ${unlisted.map(({ name }) => JSON.stringify(name)).join(', ')}`);
  }

  // Everything fixed since the last joint of the chain
  let fixed = invertPose(baseOnly.reduce((pose, body) => composePoses(pose, poseOf(model, body)), IDENTITY_POSE));
  const chain: ChainJoint[] = [];
  for (const body of toolOnly) {
    fixed = composePoses(fixed, poseOf(model, body));
    for (const joint of between.filter((j) => j.body === body && listed.includes(j.name))) {
      const { name, axis, limits } = joint;
      const type = kindOf(joint);
      chain.push({ name, type, axis, limits, fixed: composePoses(composePoses(fixed, at(joint.anchor)), fromZero(joint)) });
      fixed = at(scale3(joint.anchor, -1));
    }
  }
  return { joints: chain, tool: composePoses(composePoses(fixed, tool.pose), offset) };
}

const namesOf = (things: readonly { readonly name: string }[]): string[] => things.map(({ name }) => name);
const at = (position: Vec3): Pose => ({ position, rotation: IDENTITY_ROTATION });
const poseOf = (model: RobotModel, body: number): Pose => (model.bodies[body] as ModelBody).pose;

/** What brings a joint from its reference to 0. */
const fromZero = ({ type, axis, reference }: ModelJoint): Pose =>
  type === 'slide' ? at(scale3(axis, -reference)) : { position: [0, 0, 0], rotation: matrixFromAxisAngle(scale3(axis, -reference)) };

function kindOf({ name, type }: ModelJoint): 'hinge' | 'slide' {
  if (type !== 'hinge' && type !== 'slide') {
    throw new Error(`joint ${JSON.stringify(name)} is a ${type} joint: the joints of an arm are hinges and slides, of one number each`);
  }
  return type;
}

/** The bodies from below the world to one, itself included. */
function pathTo(model: RobotModel, body: number): number[] {
  const path: number[] = [];
  for (let at = body; at > 0; at = (model.bodies[at] as ModelBody).parent) path.unshift(at);
  return path;
}

function bodyNamed({ bodies }: RobotModel, name: string): number {
  const index = bodies.findIndex((body) => body.name === name);
  if (index < 0) throw unknownName('body', name, namesOf(bodies));
  return index;
}

function toolOf(model: RobotModel, tool: ChainOptions['tool']): { readonly body: number; readonly pose: Pose } {
  if ('body' in tool) return { body: bodyNamed(model, tool.body), pose: IDENTITY_POSE };
  const site = model.sites.find(({ name }) => name === tool.site);
  if (!site) throw unknownName('site', tool.site, namesOf(model.sites));
  return site;
}

/** Throws unless the listed joints are among those between base and tool, once each and in their order. */
function checkListed(model: RobotModel, listed: readonly string[], between: readonly ModelJoint[], { base, tool }: ChainOptions): void {
  const way = `from ${JSON.stringify(base)} to ${JSON.stringify('site' in tool ? tool.site : tool.body)}`;
  const order = namesOf(between);
  for (const name of listed) {
    if (!namesOf(model.joints).includes(name)) throw unknownName('joint', name, namesOf(model.joints));
    if (!order.includes(name))
      throw new Error(`joint ${JSON.stringify(name)} is not on the way ${way}, where there are ${order.join(', ') || 'none'}`);
  }
  const right = order.filter((name) => listed.includes(name));
  if (right.join() !== listed.join()) {
    throw new Error(`joints ${listed.join(', ')}: expected the order ${way}, each once: ${right.join(', ')}`);
  }
}
