/** What of a task has been done, what comes next, and what happened between two pictures. */
import { length3, subtract3 } from '../../../robot/vectors.ts';
import { bodyName } from '../../mjcf.ts';
import type { Fact } from '../balance.ts';
import { sentence } from '../english.ts';
import type { Moment } from '../moment.ts';
import { fullName } from '../names.ts';
import { remainingSteps } from '../planning.ts';
import { isClear } from '../sight.ts';
import { middleNow } from '../things.ts';
import { ARM_MOVED, DONE, FURTHER, MOVED, NEXT, REMAINING } from '../topics.ts';

/** Metres: what has moved further has been moved, what has moved less has stayed */
const [MOVED_BY, STAYED] = [0.05, 0.012];
/** Control steps between two moments that are compared, at least */
const LATER = 12;

/** Progress, plans and changes. */
export function taskFacts(moments: readonly Moment[]): Fact[] {
  const single = moments.flatMap((moment, number) => progress(moment).map((fact) => ({ ...fact, moments: [number] })));
  const pairs = moments.flatMap((_, i) => moments.flatMap((_, j) => (i === j ? [] : [[i, j] as const])));
  return [
    ...single,
    ...pairs.flatMap(([i, j]) => changes(moments[i] as Moment, moments[j] as Moment).map((fact) => ({ ...fact, moments: [i, j] }))),
  ];
}

type NewFact = Omit<Fact, 'moments'>;

function progress(moment: Moment): NewFact[] {
  if (!moment.task) return outcomes(moment);
  const { instruction, done } = moment.task;
  if (!inView(moment)) return [];
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
function outcomes({ things, supports, sight }: Moment): NewFact[] {
  const hosts = things.filter(({ id, model }) => (model.places ?? []).length > 0 && isClear(sight.seen.get(id)));
  return things.flatMap((thing) => {
    const [name, support] = [fullName(thing, things), supports.get(thing.id)];
    if (name === undefined || !support || !isClear(sight.seen.get(thing.id))) return [];
    return hosts.flatMap((host) => {
      const target = fullName(host, things);
      const kind = host.model.places?.[0]?.kind;
      if (target === undefined || host === thing) return [];
      const slots = { task: `Put the ${name} ${kind === 'in' ? 'into' : 'onto'} the ${target}.` };
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
  const moved = before.things.map((thing, i) => ({ thing, by: apart(middleNow(thing), middleNow(after.things[i] as typeof thing)) }));
  const far = moved.filter(({ by }) => by > MOVED_BY);
  const [only] = far;
  if (far.length <= 1 && moved.every(({ thing, by }) => by < STAYED || thing === only?.thing)) {
    const name = only && fullName(only.thing, before.things);
    const clear = only && [before, after].every(({ sight }) => isClear(sight.seen.get(only.thing.id)));
    if (!only) facts.push({ topic: MOVED, slots: {}, value: 'nothing' });
    else if (name !== undefined && clear) facts.push({ topic: MOVED, slots: {}, value: `the ${name}` });
  }
  const arms = before.grippers.map(({ arm, tool }, i) => ({
    arm,
    by: apart(tool.position, after.grippers[i]?.tool.position ?? tool.position),
  }));
  const [mover] = arms.filter(({ by }) => by > MOVED_BY);
  if (mover && arms.length > 1 && arms.every(({ arm, by }) => by < STAYED || arm === mover.arm)) {
    facts.push({ topic: ARM_MOVED, slots: {}, value: mover.arm });
  }
  return facts;
}

const apart = (a: readonly [number, number, number], b: readonly [number, number, number]): number => length3(subtract3(a, b));
