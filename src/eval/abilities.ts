/** What a checkpoint can be tried in: robots that it knows, with views and instructions that its prompts have room for. */
import type { Processor } from '../model/processor.ts';
import { simRobot } from '../sim/robots.ts';
import { viewsOf } from '../sim/views.ts';
import { actionPrompt } from '../tokens/prompt.ts';
import { planTrial, type Trial } from './trial.ts';

/** Why a checkpoint cannot be tried in a trial, in words; undefined when it can. */
export async function refusal({ config, format }: Pick<Processor, 'config' | 'format'>, trial: Trial): Promise<string | undefined> {
  const { names } = config.embodiment;
  if (!names.includes(trial.robot)) return `it knows no embodiment "${trial.robot}", but ${names.join(', ')}`;
  const views = viewsOf(await simRobot(trial.robot)).map(({ view }) => view);
  const { instruction } = await planTrial(trial);
  try {
    actionPrompt(format, { instruction, views });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
