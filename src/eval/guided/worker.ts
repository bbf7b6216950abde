/** A thread that does guided trials: as `../worker.ts`, with a guide between the episode and the policy. */
import { workerData } from 'node:worker_threads';
import { openAnswerer } from '../../policy/answerer.node.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { createPolicy } from '../../policy/policy.ts';
import type { Episode } from '../../sim/episode.ts';
import { answerJobs } from '../../tensor/crew.node.ts';
import { policyActor } from '../policy-actor.ts';
import { rollOut } from '../rollout.ts';
import { trialEngine } from '../run.ts';
import { type Predict, predictTogether } from '../together.ts';
import { beginTrial, trialName } from '../trial.ts';
import { colorOf, exactGrounder, exactSegmenter, phraseOf, type Surroundings, surroundings, targetOf } from './exact.ts';
import type { Grounder, Segmenter } from './guide.ts';
import { guidedPredict } from './guided-predict.ts';
import { maskOverlap } from './masks.ts';
import { modelGrounder } from './model-grounder.ts';
import type { GuidedJob, GuidedResult, GuidedThreadData } from './run.ts';
import { type MaskSource, openMasks, type Way } from './ways.ts';

const { checkpoint, replan, batch, grounder } = workerData as GuidedThreadData;

async function openTogether() {
  const { processor, values, close } = await openPolicy(checkpoint);
  const policy = await createPolicy(trialEngine(), processor, values, { batch }).finally(close);
  return { imageSize: processor.config.imageSize, together: predictTogether(policy) };
}

const opened = openTogether();
// Whoever asks for a trial is told.
opened.catch(() => undefined);

/** Segmenters that were opened, by what they are. */
const segmenters = new Map<string, Promise<Segmenter>>();

function segmenterFor(source: MaskSource): Promise<Segmenter> | undefined {
  const key = JSON.stringify(source);
  const segmenter = segmenters.get(key) ?? openMasks(source, trialEngine());
  if (segmenter) segmenters.set(key, segmenter);
  return segmenter;
}

const answerer = grounder === 'model' ? openAnswerer(checkpoint, trialEngine()) : undefined;
answerer?.catch(() => undefined);

/** Who says where the thing of an episode is. */
async function grounderFor(episode: Episode, around: Surroundings): Promise<Grounder> {
  return answerer ? modelGrounder(await answerer, () => phraseOf(episode)) : exactGrounder(episode, around);
}

/** What a policy is asked in an episode, and how well the first mask agrees with the exact one. */
async function asking(
  episode: Episode,
  predict: Predict,
  way: Way,
  imageSize: number,
): Promise<{ predict: Predict; overlap(): number | undefined }> {
  if (way.kind === 'name') return { predict, overlap: () => undefined };
  const around = surroundings(episode, imageSize);
  let overlap: number | undefined;
  const guided = guidedPredict(predict, {
    imageSize,
    tracked: way.tracked,
    color: colorOf(episode),
    grounder: await grounderFor(episode, around),
    segmenter: (await segmenterFor(way.source)) ?? exactSegmenter(around),
    onGuide({ mask }) {
      overlap ??= maskOverlap(mask, around.masks().get(targetOf(episode)) ?? new Uint8Array(mask.length));
    },
  });
  return { predict: guided, overlap: () => overlap };
}

async function tryOne({ trial, way }: GuidedJob): Promise<GuidedResult> {
  const { imageSize, together } = await opened;
  return together(async (predict) => {
    const episode = await beginTrial(trial);
    try {
      const asked = await asking(episode, predict, way, imageSize);
      const { success, steps, failure } = await rollOut(episode, policyActor(episode, asked.predict, { imageSize, replan }));
      const overlap = asked.overlap();
      return {
        ...trial,
        way,
        instruction: episode.instruction,
        object: targetOf(episode),
        success,
        steps,
        ...(failure && { failure: failure.kind, thing: failure.thing }),
        ...(overlap !== undefined && { overlap }),
      };
    } finally {
      episode.world.close();
    }
  });
}

answerJobs(tryOne, ({ trial }) => trialName(trial));
