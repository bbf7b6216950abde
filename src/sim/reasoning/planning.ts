/** What is left to do of a task, as steps that a person would name. */
import type { Goal } from '../goals.ts';
import type { Moment } from './moment.ts';
import { fullName } from './names.ts';
import type { ThingNow } from './things.ts';

/**
 * The steps that are left: for each goal that does not hold yet, in order, what it takes. Undefined without a task, when following the
 * goals is not all of it, while something falls or is carried along (see `TaskNow`), or when something of it has no name of its own: a
 * thing, one of several places, or the way of what is too flat to be picked up and has to be pushed.
 */
export function remainingSteps(moment: Moment): string[] | undefined {
  const { task } = moment;
  if (!task?.plain || !task.settled) return undefined;
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
  const thingCalled = (id: string): ThingNow => things.find((other) => other.id === id) as ThingNow;
  const called = (id: string): string | undefined => {
    const name = fullName(thingCalled(id), things);
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
      const { model } = thingCalled(goal.target);
      const places = (goal.part === undefined ? model : model.parts?.find(({ name }) => name === goal.part))?.places ?? [];
      const where = goal.part === undefined ? target : `the ${goal.part} of ${target}`;
      const kind = places[goal.place ?? 0]?.kind ?? 'on';
      const isOneOfSeveral = places.filter((place) => place.kind === kind).length > 1;
      return target === undefined || isOneOfSeveral ? undefined : [...pick, `put ${object} ${kind} ${where}`];
    }
    case 'beside': {
      const target = called(goal.target);
      const side = { left: 'to the left of', right: 'to the right of', front: 'in front of', behind: 'behind' }[goal.side];
      const isPushed = thingCalled(goal.object).model.grasps.length === 0;
      return target === undefined || isPushed ? undefined : [...pick, `put ${object} ${side} ${target}`];
    }
  }
}

function jointStep({ part, to }: Extract<Goal, { kind: 'joint' }>, object: string): string {
  if (part === 'knob') return `turn ${object} ${to === 'upper' ? 'on' : 'off'}`;
  return `${to === 'upper' ? 'open' : 'close'} the ${part} of ${object}`;
}
