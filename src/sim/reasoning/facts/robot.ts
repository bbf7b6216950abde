/** What the robot holds, where things have been put, and what is open. */

import { bodyName } from '../../mjcf.ts';
import type { Fact } from '../balance.ts';
import type { GripperNow, Moment, Support } from '../moment.ts';
import { fullName } from '../names.ts';
import { isClear } from '../sight.ts';
import type { ThingNow } from '../things.ts';
import { GRIPPER, HOLDING, JOINT, WHERE } from '../topics.ts';

/** Openings beyond which a gripper is open or closed */
const [OPEN, CLOSED] = [0.8, 0.15];
/** Shares of its joint's range beyond which a part is open or closed */
const [OPENED, SHUT] = [0.7, 0.08];

/** Grippers, places and joints. */
export function robotFacts(moments: readonly Moment[]): Fact[] {
  return moments.flatMap((moment, number) =>
    [
      ...places(moment),
      ...moment.grippers.flatMap((gripper) => grip(moment, gripper)),
      ...moment.things.flatMap((thing) => joints(moment, thing)),
    ].map((fact) => ({ ...fact, moments: [number] })),
  );
}

type NewFact = Omit<Fact, 'moments'>;

/** `gripper` of a robot with one, `robot's own left gripper` of one with two: the camera may see it on its right */
export const gripperName = ({ grippers }: Moment, { arm }: GripperNow): string =>
  grippers.length === 1 ? 'gripper' : `robot's own ${arm} gripper`;

function places(moment: Moment): NewFact[] {
  const { things, grippers, supports, sight } = moment;
  return things.flatMap((thing) => {
    const name = fullName(thing, things);
    if (name === undefined || thing.model.fixed || !isClear(sight.seen.get(thing.id))) return [];
    const holder = grippers.find(({ holds }) => holds === thing.id);
    const support = supports.get(thing.id);
    if (holder && !holder.seen) return [];
    const value = holder ? heldBy(moment, holder) : support && placeText(moment, support);
    return value === undefined ? [] : [{ topic: WHERE, slots: { a: name }, value }];
  });
}

const heldBy = ({ grippers }: Moment, { arm }: GripperNow): string =>
  `held by the ${grippers.length === 1 ? 'robot' : `robot's own ${arm} gripper`}`;

/** `on the table`, `in the top drawer of the wooden cabinet`; undefined where the target has no name. */
function placeText({ things }: Moment, support: Support): string | undefined {
  if (support.on === 'table') return 'on the table';
  const target = things.find(({ id }) => id === support.target) as ThingNow;
  const name = fullName(target, things);
  if (name === undefined) return undefined;
  return `${support.place.kind} the ${support.part === undefined ? name : `${support.part} of the ${name}`}`;
}

function grip(moment: Moment, gripper: GripperNow): NewFact[] {
  const { things, sight } = moment;
  if (!gripper.seen) return [];
  const name = gripperName(moment, gripper);
  const held = things.find(({ id }) => id === gripper.holds);
  if (held) {
    const called = fullName(held, things);
    const shown = (sight.seen.get(held.id)?.pixels ?? 0) >= 40;
    return called !== undefined && shown ? [{ topic: HOLDING, slots: { a: name }, value: `the ${called}` }] : [];
  }
  const facts: NewFact[] = gripper.grips ? [] : [{ topic: HOLDING, slots: { a: name }, value: 'nothing' }];
  if (gripper.opening > OPEN) facts.push({ topic: GRIPPER, slots: { a: name }, value: 'open' });
  if (gripper.opening < CLOSED) facts.push({ topic: GRIPPER, slots: { a: name }, value: 'closed' });
  return facts;
}

function joints({ things, sight }: Moment, thing: ThingNow): NewFact[] {
  const name = fullName(thing, things);
  if (name === undefined) return [];
  return thing.parts.flatMap(({ part, share }) => {
    if (!isClear(sight.seen.get(bodyName(thing.id, part.name))) || (share > SHUT && share < OPENED)) return [];
    const [low, high] = part.name === 'knob' ? ['off', 'on'] : ['closed', 'open'];
    const value = (share >= OPENED ? high : low) as string;
    // A knob stands for what it turns on.
    const a = part.name === 'knob' ? name : `${part.name} of the ${name}`;
    return [{ topic: JOINT, slots: { a }, value }];
  });
}
