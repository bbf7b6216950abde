/** A thread that does trials: several at the same time, and predicts for all of them together. */
import { workerData } from 'node:worker_threads';
import { openPolicy } from '../policy/checkpoint.node.ts';
import { createPolicy } from '../policy/policy.ts';
import type { Episode } from '../sim/episode.ts';
import { answerJobs } from '../tensor/crew.node.ts';
import { type Actor, scriptedActor } from './actor.ts';
import { policyActor } from './policy-actor.ts';
import { rollOut } from './rollout.ts';
import { type ActorSource, type TrialJob, trialEngine } from './run.ts';
import { predictTogether } from './together.ts';
import { beginTrial, type TrialResult, trialName } from './trial.ts';
import { filming } from './video.ts';

/** Runs work with a function that makes an episode's actor. */
type Acting = <T>(work: (actorFor: (episode: Episode) => Actor) => Promise<T>) => Promise<T>;

async function actingFrom(source: ActorSource): Promise<Acting> {
  if (typeof source === 'string') return (work) => work((episode) => scriptedActor(source, episode));
  const { checkpoint, replan, batch } = source;
  const { processor, values, close } = await openPolicy(checkpoint);
  // Before the first world, since numbers too small are 0 for physics as well from here on.
  const policy = await createPolicy(trialEngine(), processor, values, { batch }).finally(close);
  const together = predictTogether(policy);
  const { imageSize } = processor.config;
  return (work) => together((predict) => work((episode) => policyActor(episode, predict, { imageSize, replan })));
}

const acting = actingFrom(workerData as ActorSource);
// Whoever asks for a trial is told.
acting.catch(() => undefined);

async function tryOne({ trial, video }: TrialJob): Promise<TrialResult> {
  const act = await acting;
  return act(async (actorFor) => {
    const episode = await beginTrial(trial);
    const { world, instruction, setup } = episode;
    const film = video && (await filming(world, video));
    try {
      const { success, steps, failure } = await rollOut(episode, actorFor(episode), film?.take);
      await film?.finish();
      return {
        ...trialOf(trial),
        instruction,
        object: setup.goals[0]?.object ?? '',
        success,
        steps,
        ...(failure && { failure: failure.kind, thing: failure.thing }),
      };
    } finally {
      film?.abandon();
      world.close();
    }
  });
}

const trialOf = ({ task, robot, perturbation, seed }: TrialJob['trial']) => ({ task, robot, perturbation, seed });

answerJobs(tryOne, ({ trial }) => trialName(trial));
