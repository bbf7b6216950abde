/** What things can be called. */
import type { ObjectModel } from './model.ts';

/** Whether a thing could be meant by another one's name: it is of the same kind, and all of the name's adjectives are true of it. */
export const answersTo = (model: ObjectModel, name: Pick<ObjectModel, 'noun' | 'adjectives'>): boolean =>
  model.noun === name.noun && name.adjectives.every((word) => model.adjectives.includes(word));
