/** A thread that makes demonstrations. */
import { workerData } from 'node:worker_threads';
import { perturbation } from '../../sim/perturbations.ts';
import { simRobot } from '../../sim/robots.ts';
import { taskNamed } from '../../sim/tasks/tasks.ts';
import { answerJobs } from '../../tensor/crew.node.ts';
import { type DemonstrationJob, folderOf, recordDemonstration } from './demonstration.ts';
import { recordGuide } from './record-guides.ts';
import type { RecordWorkerData } from './recorder.ts';

const { settings, folder } = workerData as RecordWorkerData;
const robot = simRobot(settings.robot);
const change = settings.perturb.map(({ kind, strength }) => perturbation(kind, strength));

answerJobs(
  async (job: DemonstrationJob) => {
    const of = [folderOf(folder, job), taskNamed(job.task), job.seed, await robot, { ...settings, change }] as const;
    // First, so that no demonstration that is done is without.
    if (settings.guides) await recordGuide(...of);
    return recordDemonstration(...of);
  },
  ({ task, seed }) => `${task}, seed ${seed}`,
);
