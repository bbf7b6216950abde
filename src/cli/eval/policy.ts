/** What is evaluated: found, identified and checked before anything is done with it. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SCRIPTED, type Scripted } from '../../eval/actor.ts';
import type { EvaluationSettings, PolicyIdentity } from '../../eval/evaluation.ts';
import { type ActorSource, trialEngine } from '../../eval/run.ts';
import { planTrial, type Trial, trialName, trialsOf } from '../../eval/trial.ts';
import type { Processor } from '../../model/processor.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { actionPrompt } from '../../tokens/prompt.ts';

/** A policy, ready for trials. */
export interface FoundPolicy {
  readonly identity: PolicyIdentity;
  readonly source: ActorSource;
  /** Of its model, or `expert` and the like */
  readonly name: string;
  /** Pixels of a side of what it sees */
  readonly imageSize: number;
  /** Names of the robots that it knows; undefined for one that knows all */
  readonly robots?: readonly string[];
}

/** Pixels of a side of the views that are filmed, half of them, where nobody looks at them */
const UNSEEN = 96;

/** Whether a name stands for something scripted. */
const isScripted = (name: string): name is Scripted => (SCRIPTED as readonly string[]).includes(name);

/** Finds a policy: something scripted, or a checkpoint. Throws for a checkpoint that is none. */
export async function findPolicy(name: string, acting: Pick<EvaluationSettings, 'replan' | 'batch'>): Promise<FoundPolicy> {
  if (isScripted(name)) return { identity: name, source: name, name, imageSize: UNSEEN };
  const { config } = await processorOf(name);
  const { name: engine, details } = trialEngine();
  return {
    identity: { file: name, sha256: await sha256(name), model: config.name, chunk: config.chunk, engine: { name: engine, details } },
    source: { checkpoint: name, replan: acting.replan, batch: acting.batch },
    name: config.name,
    imageSize: config.imageSize,
    robots: config.embodiment.names,
  };
}

/**
 * Throws when a policy cannot do what is asked of it: its model does not know a robot, chunks are shorter than what is to be carried out,
 * or it has no room for an instruction in other words than those of training.
 */
export async function checkPolicy({ source }: FoundPolicy, settings: EvaluationSettings): Promise<void> {
  if (typeof source === 'string') return;
  const { checkpoint } = source;
  const { config, format } = await processorOf(checkpoint);
  const { chunk, embodiment } = config;
  const unknown = settings.robots.find((robot) => !embodiment.names.includes(robot));
  if (unknown !== undefined) {
    throw new Error(
      `${checkpoint} knows no embodiment "${unknown}"; it knows ${embodiment.names.join(', ')}. \`gear adapt\` teaches it one`,
    );
  }
  if (settings.replan > chunk) {
    throw new Error(`${checkpoint} predicts ${chunk} steps at a time: no more can be carried out than these, not ${settings.replan}`);
  }
  for (const trial of trialsOf(settings)) {
    if (trial.perturbation.includes('language')) await checkInstruction(trial, format);
  }
}

async function checkInstruction(trial: Trial, format: Processor['format']): Promise<void> {
  const { instruction } = await planTrial(trial);
  try {
    actionPrompt(format, { instruction });
  } catch (error) {
    throw new Error(`${trialName(trial)}: ${(error as Error).message}`, { cause: error });
  }
}

async function processorOf(checkpoint: string): Promise<Processor> {
  if (!existsSync(checkpoint)) throw new Error(`there is no checkpoint ${checkpoint}; ${SCRIPTED.join(', ')} need none`);
  const { processor, close } = await openPolicy(checkpoint);
  await close();
  return processor;
}

/** Of a checkpoint: a file, or all of a folder's safetensors files one after the other. */
async function sha256(checkpoint: string): Promise<string> {
  const isFolder = (await stat(checkpoint)).isDirectory();
  const names = isFolder ? (await readdir(checkpoint)).filter((name) => name.endsWith('.safetensors')).sort() : [''];
  const hash = createHash('sha256');
  for (const name of names) await pipeline(createReadStream(path.join(checkpoint, name)), hash, { end: false });
  return hash.digest('hex');
}
