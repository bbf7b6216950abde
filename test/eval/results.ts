/** Results of trials that nobody did. */
import type { TrialResult } from '../../src/eval/trial.ts';

/** A success, unless a failure is given. */
export const trial = (task: string, seed: number, other: Partial<TrialResult> = {}): TrialResult => ({
  task,
  robot: 'panda',
  perturbation: 'none',
  seed,
  instruction: '',
  object: 'red can',
  success: other.failure === undefined,
  steps: 10,
  ...(other.failure !== undefined && { thing: 'red can' }),
  ...other,
});
