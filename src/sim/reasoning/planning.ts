/** What is left to do of a task, as steps that a person would name. */
import type { Goal } from '../goals.ts';
import type { Moment } from './moment.ts';
import { fullName } from './names.ts';
import type { ThingNow } from './things.ts';

/**
 * The steps that are left: for each goal that does not hold yet, in order, what it takes. Undefined without a task, when following the
 * goals is not all of it, or when something of it has no name of its own.
 */
export function remainingSteps(moment: Moment): string[] | undefined {
  const { task } = moment;
  if (!task?.plain) return undefined;
  const steps: string[] = [];
  for (const [i, goal] of task.goals.entries()) {
    if (task.done[i]) continue;
    const needed = stepsOf(goal, moment);
    if (!needed) return undefined;
    steps.push(...needed);
  }
  return steps;
}

/** What one goal takes from here. */
function stepsOf(goal: Goal, { things, grippers }: Moment): string[] | undefined {
  const called = (id: string): string | undefined => {
    const thing = things.find((other) => other.id === id) as ThingNow;
    const name = fullName(thing, things);
    return name === undefined ? undefined : `the ${name}`;
  };
  const object = called(goal.object);
  if (object === undefined) return undefined;
  const pick = grippers.some(({ holds }) => holds === goal.object) ? [] : [`pick up ${object}`];
  switch (goal.kind) {
    case 'joint':
      return [jointStep(goal, object)];
    case 'lifted':
      return [`pick up ${object}`];
    case 'placed': {
      const target = called(goal.target);
      const { model } = things.find(({ id }) => id === goal.target) as ThingNow;
      const places = goal.part === undefined ? model.places : model.parts?.find(({ name }) => name === goal.part)?.places;
      const where = goal.part === undefined ? target : `the ${goal.part} of ${target}`;
      return target === undefined ? undefined : [...pick, `put ${object} ${places?.[goal.place ?? 0]?.kind ?? 'on'} ${where}`];
    }
    case 'beside': {
      const target = called(goal.target);
      const side = { left: 'to the left of', right: 'to the right of', front: 'in front of', behind: 'behind' }[goal.side];
      return target === undefined ? undefined : [...pick, `put ${object} ${side} ${target}`];
    }
  }
}

function jointStep({ part, to }: Extract<Goal, { kind: 'joint' }>, object: string): string {
  if (part === 'knob') return `turn ${object} ${to === 'upper' ? 'on' : 'off'}`;
  return `${to === 'upper' ? 'open' : 'close'} the ${part} of ${object}`;
}
