/** What of a task has been done, what comes next, and what happened between two pictures. */
import { length3, subtract3 } from '../../../robot/vectors.ts';
import { bodyName } from '../../mjcf.ts';
import { fillSlots } from '../../tasks/task.ts';
import type { Fact } from '../balance.ts';
import { sentence } from '../english.ts';
import { ERRANDS } from '../errand.ts';
import type { Moment } from '../moment.ts';
import { fullName } from '../names.ts';
import { remainingSteps } from '../planning.ts';
import type { Split } from '../sample.ts';
import { isClear } from '../sight.ts';
import type { ThingNow } from '../things.ts';
import { ARM_MOVED, DONE, FURTHER, MOVED, NEXT, REMAINING } from '../topics.ts';

/** Metres: what has moved further has been moved, what has moved less has stayed */
const [MOVED_BY, STAYED] = [0.05, 0.012];
/** The same of moving parts, of their joint's range */
const [SHIFTED_BY, UNSHIFTED] = [0.3, 0.06];
/** Control steps between two moments that are compared, at least */
const LATER = 12;

/** Progress, plans and changes. */
export function taskFacts(moments: readonly Moment[], split: Split): Fact[] {
  const single = moments.flatMap((moment, number) => progress(moment, split).map((fact) => ({ ...fact, moments: [number] })));
  const pairs = moments.flatMap((_, i) => moments.flatMap((_, j) => (i === j ? [] : [[i, j] as const])));
  return [
    ...single,
    ...pairs.flatMap(([i, j]) => changes(moments[i] as Moment, moments[j] as Moment).map((fact) => ({ ...fact, moments: [i, j] }))),
  ];
}

type NewFact = Omit<Fact, 'moments'>;

function progress(moment: Moment, split: Split): NewFact[] {
  if (!moment.task) return outcomes(moment, split);
  const { instruction, done, settled } = moment.task;
  if (!settled || !inView(moment)) return [];
  const slots = { task: sentence(instruction) };
  const facts: NewFact[] = [{ topic: DONE, slots, value: done.every(Boolean) ? 'yes' : 'no' }];
  const steps = remainingSteps(moment);
  if (!steps) return facts;
  const plan = steps.map((step, i) => `${i + 1}. ${sentence(step)}`).join('\n');
  facts.push({ topic: REMAINING, slots, value: plan || 'Nothing is left to do.' });
  facts.push({ topic: NEXT, slots, value: steps[0] ?? 'stop' });
  return facts;
}

/** Pixels of what is to be moved that are enough to see where it is */
const SOME_PIXELS = 20;

/** Whether it can be seen how far a task is: places and furniture clearly, and of each thing at least some, or the gripper that has it. */
function inView({ task, sight, grippers, supports }: Moment): boolean {
  return (task?.goals ?? []).every((goal) => {
    const holder = grippers.find(({ holds }) => holds === goal.object);
    const support = supports.get(goal.object);
    const hidden = support?.on === 'thing' && isClear(sight.seen.get(support.target));
    const object = (sight.seen.get(goal.object)?.pixels ?? 0) >= SOME_PIXELS || holder?.seen || hidden;
    const part = goal.kind === 'joint' ? bodyName(goal.object, goal.part) : undefined;
    const target = 'target' in goal ? goal.target : undefined;
    const shown = [part, target].every((name) => name === undefined || isClear(sight.seen.get(name)));
    return object && shown;
  });
}

/** What things there are might have been the outcome of tasks: something is where it was to be put, or elsewhere. */
function outcomes({ things, supports, sight }: Moment, split: Split): NewFact[] {
  const hosts = things.filter(({ id, model }) => (model.places ?? []).length > 0 && isClear(sight.seen.get(id)));
  return things.flatMap((thing) => {
    const [name, support] = [fullName(thing, things), supports.get(thing.id)];
    if (name === undefined || !support || !isClear(sight.seen.get(thing.id))) return [];
    return hosts.flatMap((host) => {
      const target = fullName(host, things);
      const kind = host.model.places?.[0]?.kind;
      if (target === undefined || host === thing) return [];
      const words = { a: name, b: target, how: kind === 'in' ? 'into' : 'onto' };
      // Always the same one, so that moments can be compared.
      const slots = { task: sentence(fillSlots(ERRANDS.one[split][0] as string, words)) };
      const there = support.on === 'thing' && support.target === host.id;
      return there && support.place.kind !== kind ? [] : [{ topic: DONE, slots, value: there ? 'yes' : 'no' }];
    });
  });
}

/** What differs between two moments of one episode. */
function changes(before: Moment, after: Moment): NewFact[] {
  const facts: NewFact[] = [];
  if (Math.abs(before.step - after.step) < LATER || !before.task) return facts;
  const [first, second] = [before, after].map((moment) => (inView(moment) ? remainingSteps(moment)?.length : undefined));
  if (first !== undefined && second !== undefined && first !== second) {
    facts.push({ topic: FURTHER, slots: { task: sentence(before.task.instruction) }, value: first < second ? 'first' : 'second' });
  }
  if (before.step > after.step) return facts;
  const moved = whatMoved(before, after);
  if (moved !== undefined) facts.push({ topic: MOVED, slots: {}, value: moved });
  const arms = before.grippers.map(({ arm, tool }, i) => ({
    arm,
    by: apart(tool.position, after.grippers[i]?.tool.position ?? tool.position),
    seen: [before, after].every(({ grippers }) => grippers[i]?.seen),
  }));
  const [mover] = arms.filter(({ by }) => by > MOVED_BY);
  if (mover?.seen && arms.length > 1 && arms.every(({ arm, by }) => by < STAYED || arm === mover.arm)) {
    facts.push({ topic: ARM_MOVED, slots: {}, value: mover.arm });
  }
  return facts;
}

/**
 * The only thing or part that is elsewhere after than before, `nothing` when all is where it was; undefined where more has moved, or
 * where that cannot be said or seen: what has moved must be clear in both pictures, and for `nothing` all that can move.
 */
function whatMoved(before: Moment, after: Moment): string | undefined {
  const movables = before.things.flatMap((thing, i) => {
    const then = after.things[i] as ThingNow;
    const name = fullName(thing, before.things);
    const by = apart(thing.middle, then.middle);
    const whole = { id: thing.id, name, far: by > MOVED_BY, stays: by < STAYED };
    const parts = thing.parts.map(({ part, share }, j) => {
      const shift = Math.abs(share - (then.parts[j]?.share ?? share));
      const called = name === undefined ? undefined : `${part.name} of the ${name}`;
      return { id: bodyName(thing.id, part.name), name: called, far: shift > SHIFTED_BY, stays: shift < UNSHIFTED };
    });
    return thing.model.fixed ? parts : [whole, ...parts];
  });
  const clear = ({ id }: { readonly id: string }): boolean => [before, after].every(({ sight }) => isClear(sight.seen.get(id)));
  const elsewhere = movables.filter(({ stays }) => !stays);
  const [only] = elsewhere;
  if (!only) return movables.every(clear) ? 'nothing' : undefined;
  return elsewhere.length === 1 && only.far && only.name !== undefined && clear(only) ? `the ${only.name}` : undefined;
}

const apart = (a: readonly [number, number, number], b: readonly [number, number, number]): number => length3(subtract3(a, b));
