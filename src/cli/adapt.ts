/** `gear adapt`: a policy learns another robot. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Context } from './context.ts';
import { parseCount, parseNumber } from './usage.ts';

/** As commander reads the command line. */
export interface AdaptCommandOptions {
  readonly embodiment: string;
  readonly data: string;
  readonly binding?: string;
  readonly out: string;
  readonly latents?: string;
  readonly anew?: boolean;
  readonly stepsA: number;
  readonly stepsB: number;
  readonly learningRateA: number;
  readonly learningRateB: number;
  readonly oneStage?: boolean;
  readonly batch: number;
  readonly pack: number;
  readonly every: number;
  readonly seed: number;
  readonly threads?: number;
  readonly workers?: number;
  readonly json?: boolean;
}

/** Adds the command. Exit codes: 0 well, 1 it failed or was interrupted, 2 the command line makes no sense. */
export function addAdapt(gear: Command, context: Context): void {
  gear
    .command('adapt <policy>')
    .description(
      'teach a policy a robot that it does not know, from demonstrations: first a state projector for it alone (A), then lightly end to ' +
        'end (B). POLICY is a checkpoint. What was interrupted goes on with the same command',
    )
    .requiredOption('--embodiment <file>', 'the robot: its *.json, or the name of a shipped one')
    .requiredOption('--data <dir>', 'demonstrations with it; a tenth of the episodes is held out to measure with, before and after')
    .requiredOption('--out <dir>', 'the folder of the run')
    .option('--binding <file>', 'what the numbers mean for the robot (JSON), where the dataset does not say it')
    .option('--latents <file>', 'the latent action tokenizer of the policy; that of the run that it lies in unless given')
    .option('--anew', 'for a name that the model has, but was never trained with: begin it anew')
    .option('--steps-a <n>', 'updates of stage A', parseNumber, 200)
    .option('--steps-b <n>', 'updates of stage B; 0 leaves it out', parseCount, 1000)
    .option('--learning-rate-a <rate>', 'of stage A', parseRate, 1e-3)
    .option('--learning-rate-b <rate>', 'of stage B', parseRate, 2e-4)
    .option('--one-stage', 'both at once, to compare with: as many updates, at the rate of stage B')
    .option('--batch <n>', 'samples of an update', parseNumber, 32)
    .option('--pack <n>', 'keep every so many moments, of 30 a second, decoded in the folder of the run: 1, 2, 3 or 6', parsePack, 2)
    .option('--every <steps>', 'between two held-out moments that are measured, 30 a second', parseNumber, 10)
    .option('--seed <n>', 'of the projector, of batches and of what is held out', parseCount, 42)
    .option('--threads <n>', 'of the engine; one for each core unless given', parseNumber)
    .option('--workers <n>', 'threads that decode; one for each core unless given', parseNumber)
    .option('--json', 'print one JSON object')
    .action(async (policy: string, options: AdaptCommandOptions) => (await import('./adapt/adapt.ts')).adapt(policy, options, context));
}

function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && rate < 1)) throw new InvalidArgumentError('expected a number between 0 and 1, such as 1e-4');
  return rate;
}

function parsePack(text: string): number {
  if (!/^[1236]$/.test(text)) throw new InvalidArgumentError('expected 1, 2, 3 or 6');
  return Number(text);
}
