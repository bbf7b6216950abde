/** A thread that does trials: several at the same time, and predicts for all of them together. */
import { workerData } from 'node:worker_threads';
import { openPolicy } from '../policy/checkpoint.node.ts';
import { createPolicy } from '../policy/policy.ts';
import type { Episode } from '../sim/episode.ts';
import { answerJobs } from '../tensor/crew.node.ts';
import { type Actor, scriptedActor } from './actor.ts';
import { showing } from './live.ts';
import { policyActor } from './policy-actor.ts';
import { rollOut } from './rollout.ts';
import { type ActorSource, type ThreadData, type TrialDone, type TrialJob, trialEngine } from './run.ts';
import { predictTogether } from './together.ts';
import { type Trace, traced } from './trace.ts';
import { beginTrial, trialName } from './trial.ts';
import { type Film, filming } from './video.ts';

/** Who acts in an episode; what a policy predicts is written down where that is filmed. */
interface Acted {
  readonly actor: Actor;
  readonly trace?: Trace;
}

/** Runs work with a function that makes an episode's actor. */
type Acting = <T>(work: (actorFor: (episode: Episode, film: Film | undefined) => Acted) => Promise<T>) => Promise<T>;

async function actingFrom(source: ActorSource): Promise<Acting> {
  if (typeof source === 'string') {
    return (work) =>
      work((episode, film) => ({
        actor: scriptedActor(source, episode),
        ...(film && { trace: { views: film.views.names, predictions: [] } }),
      }));
  }
  const { checkpoint, replan, batch } = source;
  const { processor, values, close } = await openPolicy(checkpoint);
  // Before the first world, since numbers too small are 0 for physics as well from here on.
  const policy = await createPolicy(trialEngine(), processor, values, { batch }).finally(close);
  const together = predictTogether(policy);
  const { imageSize } = processor.config;
  return (work) =>
    together((predict) =>
      work((episode, film) => {
        if (!film) return { actor: policyActor(episode, predict, { imageSize, replan }) };
        const { trace, predict: noting } = traced(episode, film.views, predict);
        return { actor: policyActor(episode, noting, { imageSize, replan }), trace };
      }),
    );
}

const { actor: source, live } = workerData as ThreadData;
const acting = actingFrom(source);
// Whoever asks for a trial is told.
acting.catch(() => undefined);

async function tryOne({ trial, video }: TrialJob): Promise<TrialDone> {
  const act = await acting;
  return act(async (actorFor) => {
    const episode = await beginTrial(trial);
    const { world, instruction, setup } = episode;
    const film = video && (await filming(world, video));
    const shown = live && showing(live, trial, instruction, world);
    try {
      const { actor, trace } = actorFor(episode, film);
      const { success, steps, failure } = await rollOut(episode, actor, () => {
        film?.take();
        shown?.look();
      });
      await film?.finish();
      return {
        ...trialOf(trial),
        instruction,
        object: setup.goals[0]?.object ?? '',
        success,
        steps,
        ...(failure && { failure: failure.kind, thing: failure.thing }),
        ...(trace && { trace }),
      };
    } finally {
      shown?.end();
      film?.abandon();
      world.close();
    }
  });
}

const trialOf = ({ task, robot, perturbation, seed }: TrialJob['trial']) => ({ task, robot, perturbation, seed });

answerJobs(tryOne, ({ trial }) => trialName(trial));
