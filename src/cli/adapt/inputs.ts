/** What `gear adapt` is given: found, identified and checked before anything is done with it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { BoundSource } from '../../data/tracks.ts';
import type { Embodiment } from '../../robot/embodiment.ts';
import { latentFile } from '../../train/latent-stage.node.ts';
import { findPolicy } from '../eval/policy.ts';

/** The file of a policy's latent action tokenizer: beside the folder of its stage, or in its own. Throws when it is not there. */
export function latentsOf(checkpoint: string, given: string | undefined): string {
  const folder = path.dirname(path.resolve(checkpoint));
  const places = given === undefined ? [path.dirname(folder), folder].map((run) => latentFile(path.join(run, 'latent'))) : [given];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  if (given !== undefined) throw new Error(`there is no latent action tokenizer ${given}`);
  throw new Error(
    `there is no latent action tokenizer beside ${checkpoint}, at ${places.join(' or ')}: ` +
      'say with --latents where the model.safetensors is that the policy was trained with (in latent/ of its run)',
  );
}

/** What a checkpoint is. Throws when there is none, and when it is none. */
export async function identityOf(checkpoint: string): Promise<{ readonly file: string; readonly sha256: string; readonly model: string }> {
  const { identity } = await findPolicy(checkpoint, { replan: 1, batch: 1 });
  if (typeof identity === 'string') throw new Error(`${identity} is scripted: adaptation is for checkpoints`);
  const { file, sha256: hash, model } = identity;
  return { file, sha256: hash, model };
}

/** Throws unless a dataset is of a robot, that of the file. */
export function requireSameRobot(
  data: string,
  bound: BoundSource | undefined,
  robot: Embodiment,
  file: string,
): asserts bound is BoundSource {
  if (!bound) throw new Error(`${data}: nothing says what its numbers mean for a robot; give a binding (--binding)`);
  const { name, arms } = bound.embodiment;
  if (name !== robot.name) throw new Error(`${data} is of the embodiment "${name}", but ${file} is "${robot.name}"`);
  if (JSON.stringify(arms) !== JSON.stringify(robot.arms))
    throw new Error(
      `${data} is of another "${name}" than ${file}: their arms, tools or grippers differ; give the one that it was recorded with`,
    );
}

/** Of a file, in hexadecimal digits. */
export const sha256 = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
