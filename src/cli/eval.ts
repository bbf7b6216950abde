/** `gear eval`: how often a policy does what it is told, and what goes wrong otherwise. */
import { type Command, Option } from 'commander';
import type { GrounderName } from '../eval/guided/run.ts';
import type { Context } from './context.ts';
import { parseCount, parseNumber, UsageError } from './usage.ts';

/** As commander reads the command line. */
export interface EvalOptions {
  readonly suite: string;
  readonly robot?: string;
  readonly perturb: string;
  readonly trials: number;
  readonly seed?: number;
  readonly replan: number;
  readonly batch: number;
  readonly workers?: number;
  readonly out?: string;
  readonly videos?: string;
  readonly markdown?: string;
  readonly report?: string;
  readonly perTask?: true;
  readonly replay?: string;
  readonly guided?: string;
  readonly tracked?: true;
  readonly grounder?: GrounderName;
  readonly data?: string;
  readonly episodes?: readonly number[];
  readonly binding?: string;
  readonly every?: number;
  readonly capabilities?: true;
  readonly samples?: number;
  readonly json?: true;
}

/** As commander reads that of `compare`. */
export interface CompareOptions {
  readonly markdown?: string;
  readonly curve?: string;
  readonly across: string;
  readonly json?: true;
}

/** As commander reads that of `train-segmenter`. */
export interface TrainSegmenterOptions {
  readonly scenes: number;
  readonly steps: number;
  readonly seed: number;
  readonly threads?: number;
  readonly json?: true;
}

/** Adds the command. Exit codes: 0 well, 1 the evaluation failed or a replay differs, 2 the command line makes no sense. */
export function addEval(gear: Command, context: Context): void {
  gear
    .command('eval [policy]')
    .description(
      'let a policy act in simulation, and count its successes. POLICY is a checkpoint, or one of expert (scripted, sees all), random, still',
    )
    .option('--suite <tasks>', 'tasks, suites or patterns such as spatial/*, with commas between them', 'object')
    .option('--robot <names>', 'panda, ur5e; agilex, ldt-01 (two arms), with commas; the first that fits each task unless given')
    .option(
      '--perturb <list>',
      'conditions, each on its own: none,camera:3,all:2 (strengths 1 to 5); camera:3+light:5 is both together',
      'none',
    )
    .option('--trials <n>', 'episodes of each task, robot and condition', parseNumber, 20)
    .option('--seed <n>', 'the first seed; 1000000 unless given', parseCount)
    .option('--replan <steps>', 'of a chunk that are carried out before the next one is predicted', parseNumber, 10)
    .option('--batch <n>', 'observations that a thread predicts for together', parseNumber, 10)
    .option('--workers <n>', 'threads; one for each core unless given', parseNumber)
    .option('--out <file>', 'write all that made the numbers, and every trial: *.json; what was interrupted goes on with the same command')
    .option('--videos <dir>', 'of the first success and the first failure of each task, robot and condition')
    .option('--markdown <file>', 'write the tables as Markdown, too')
    .option('--report <file>', 'write a page with videos of some trials and what was predicted in them: *.html')
    .option('--per-task', 'a table with a row for each task, too')
    .option('--replay <file>', 'do again what such a file says; fails with the first trial that is different')
    .option('--guided <masks>', 'tell the object by a mask, too, from exact, segmenter:FILE or sam:DIR, with commas: one table')
    .option('--tracked', 'with --guided: also with masks that go with the object')
    .addOption(
      new Option(
        '--grounder <name>',
        'with --guided: who says where the object is, the simulator unless given, or the policy itself',
      ).choices(['exact', 'model']),
    )
    .option('--data <dir>', 'compare with what was recorded instead of acting: a dataset; beside two baselines')
    .option('--episodes <list>', 'with --data: numbers of episodes, with commas; all unless given', (text: string) => [
      ...new Set(text.split(',').map(parseCount)),
    ])
    .option('--binding <file>', 'with --data: what the numbers mean for a robot (JSON); shipped bindings are found by themselves')
    .option(
      '--every <steps>',
      'with --data: between two moments of an episode that are looked at, 30 a second; 10 unless given',
      parseNumber,
    )
    .option('--capabilities', 'ask about pictures instead of acting, of held-out scenes or of --data; beside chance and black pictures')
    .option('--samples <n>', 'with --capabilities: questions of each of the eleven kinds; 100 unless given', parseNumber)
    .option('--json', 'print one JSON object')
    .action(async (policy: string | undefined, options: EvalOptions, command: Command) => {
      const given = Object.keys(options).filter((name) => command.getOptionValueSource(name) === 'cli');
      if (options.capabilities) return (await import('./eval/capabilities.ts')).evaluateCapabilities(policy, options, given, context);
      if (options.guided !== undefined || options.tracked)
        return (await import('./eval/guided.ts')).evaluateGuided(policy, options, context);
      if (options.grounder !== undefined) throw new UsageError('--grounder says where the boxes of --guided come from: give that, too');
      if (options.samples !== undefined) throw new UsageError('--samples is about questions: ask them with --capabilities');
      if (options.data !== undefined)
        return (await import('./eval/offline.ts')).evaluateRecorded(policy, { ...options, data: options.data }, given, context);
      const stray = ['episodes', 'binding', 'every'].find((name) => given.includes(name));
      if (stray !== undefined) throw new UsageError(`--${stray} is about recorded data: say which with --data`);
      await (await import('./eval/eval.ts')).evaluate(policy, options, given, context);
    });

  gear
    .command('compare <evaluations...>')
    .description(
      'put evaluations of the same trials into one table: files that gear eval wrote with --out, each as NAME=FILE, or FILE alone, after ' +
        'which its policy is called',
    )
    .option('--markdown <file>', 'write the tables as Markdown, too')
    .option('--curve <file>', 'draw success over the names, which are numbers then (64000=FILE, of samples say): *.svg')
    .option('--across <words>', 'with --curve: what these numbers are', 'training samples')
    .option('--json', 'print one JSON object')
    .action(async (files: readonly string[], options: CompareOptions) =>
      (await import('./eval/compare.ts')).compare(files, options, context),
    );

  gear
    .command('train-segmenter <file>')
    .description('train a small network that finds the mask of what is in a box, on simulated scenes: *.safetensors, for --guided')
    .option('--scenes <n>', 'simulated scenes to train with', parseNumber, 300)
    .option('--steps <n>', 'updates, of 32 things each', parseNumber, 3000)
    .option('--seed <n>', 'of scenes and weights', parseCount, 0)
    .option('--threads <n>', 'of the engine; one for each core unless given', parseNumber)
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: TrainSegmenterOptions) =>
      (await import('./eval/guided-segmenter.ts')).trainSegmenterFile(file, options, context),
    );
}
