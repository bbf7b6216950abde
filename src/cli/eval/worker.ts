/** A thread that lets a policy act. */
import { workerData } from 'node:worker_threads';
import type { EvaluationSettings, Trial, TrialResult } from '../../eval/evaluation.ts';
import { expertRollOut, rollOut } from '../../eval/rollout.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { createPolicy, type Policy } from '../../policy/policy.ts';
import { beginEpisode, type Episode } from '../../sim/episode.ts';
import { perturbation } from '../../sim/perturbations.ts';
import { simRobot } from '../../sim/robots.ts';
import { taskNamed } from '../../sim/tasks/tasks.ts';
import { nodeEngine } from '../../tensor/ort.node.ts';
import { answerJobs } from '../crew.ts';

/** What a thread is started with. */
export interface EvalWorkerData {
  /** A checkpoint; the scripted expert unless given */
  readonly policy?: string;
  readonly settings: Pick<EvaluationSettings, 'robot' | 'perturb' | 'replan'>;
  readonly batch: number;
}

const { policy: file, settings, batch } = workerData as EvalWorkerData;
const robot = simRobot(settings.robot);
const change = settings.perturb.map(({ kind, strength }) => perturbation(kind, strength));

let opened: Promise<Policy> | undefined;

/** The policy, opened when it is first asked for. */
function policy(where: string): Promise<Policy> {
  opened ??= open(where);
  return opened;
}

async function open(where: string): Promise<Policy> {
  const { processor, values, close } = await openPolicy(where);
  try {
    return await createPolicy(nodeEngine({ threads: 1, flushDenormals: true }), processor, values, { batch });
  } finally {
    await close();
  }
}

/** Trials that are predicted for together: all that a thread does depends on them alone. */
answerJobs(
  async (trials: readonly Trial[]): Promise<TrialResult[]> => {
    const episodes: Episode[] = [];
    try {
      for (const { task, seed } of trials) episodes.push(await beginEpisode(taskNamed(task), seed, await robot, { change }));
      const results =
        file === undefined ? episodes.map(expertRollOut) : await rollOut(await policy(file), episodes, { replan: settings.replan });
      return trials.map((trial, i) => ({
        ...trial,
        instruction: (episodes[i] as Episode).instruction,
        ...(results[i] as (typeof results)[number]),
      }));
    } finally {
      for (const { world } of episodes) world.close();
    }
  },
  (trials) => `${trials[0]?.task}, seeds ${trials[0]?.seed} to ${trials.at(-1)?.seed}`,
);
