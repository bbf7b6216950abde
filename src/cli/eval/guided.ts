/** `gear eval … --guided`: the same trials, the object told by its name and by masks. */
import { existsSync } from 'node:fs';
import pc from 'picocolors';
import { machine } from '../../eval/evaluation.ts';
import { colorOf, phraseOf } from '../../eval/guided/exact.ts';
import { groundingQuestion } from '../../eval/guided/model-grounder.ts';
import { type GrounderName, type GuidedActor, type GuidedResult, guidedTable, runGuided } from '../../eval/guided/run.ts';
import { openMasks, parseWays, type Way } from '../../eval/guided/ways.ts';
import { trialEngine } from '../../eval/run.ts';
import { asMarkdown, asText, type Table } from '../../eval/tables.ts';
import { planTrial, type Trial, trialName, trialsOf } from '../../eval/trial.ts';
import { askingPrompt } from '../../model/answer.ts';
import type { PromptLengthOptions } from '../../model/processor.ts';
import { openPolicy } from '../../policy/checkpoint.node.ts';
import { rewrittenInstruction } from '../../robot/guides.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { actionPrompt, type PromptFormat } from '../../tokens/prompt.ts';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import type { EvalOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { progressOf } from '../progress.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';
import { settingsOf } from './choose.ts';
import { checkPolicy, findPolicy } from './policy.ts';

/** What cannot be asked for together with `--guided`. */
const NOT_BESIDE = ['replay', 'videos', 'report', 'perTask'] as const;

/**
 * Does all trials in all ways, and prints one table. Throws before anything is done when the policy has no place for a guide, when an
 * instruction cannot be rewritten or is too long then, and when there are no masks where they are to come from.
 */
export async function evaluateGuided(name: string | undefined, options: EvalOptions, context: Context): Promise<void> {
  const ways = await checkingUsage(() => checkOptions(name, options));
  const { out, markdown, workers, grounder = 'exact' } = options;
  if (out !== undefined && existsSync(out)) throw new Error(`${out} is there already: choose another name`);
  const policy = await findPolicy(name as string, options);
  if (typeof policy.source === 'string')
    throw new Error(`${policy.source} looks at no pictures, and so cannot be guided: give a checkpoint`);
  const settings = settingsOf(options, policy.robots);
  await checkPolicy(policy, settings);
  const trials = trialsOf(settings);
  await checkPrompts(policy.source, trials, grounder);
  await checkMasks(ways);
  const begun = performance.now();
  const report = progressOf(context, 'trials');
  let done = 0;
  const results = await interruptible((signal) =>
    runGuided(policy.source as GuidedActor, trials, ways, {
      signal,
      grounder,
      ...(workers !== undefined && { workers }),
      onResult: () => report(++done, trials.length * ways.length),
    }),
  );
  const table = guidedTable(results, policy.name);
  const made = {
    version: packageInfo().version,
    machine: machine(),
    policy: policy.identity,
    settings,
    ways,
    grounder,
    date: new Date().toISOString(),
  };
  if (out !== undefined) await writeFileAtomically(out, [asJson(made, table, results)]);
  if (markdown !== undefined) await writeFileAtomically(markdown, [asMarkdown([table])]);
  if (options.json) context.print(asJson(made, table, results));
  else context.print(asReport(table, results, (performance.now() - begun) / 1000, context));
}

async function checkOptions(name: string | undefined, options: EvalOptions): Promise<Way[]> {
  const { guided, tracked = false, out, markdown } = options;
  if (guided === undefined) throw new Error('--tracked is about the masks of --guided, which says where they come from');
  if (name === undefined) throw new Error('what is to be evaluated? a checkpoint');
  const other = NOT_BESIDE.find((option) => options[option] !== undefined);
  if (other !== undefined) throw new Error(`--guided makes one table of its own: leave out --${other === 'perTask' ? 'per-task' : other}`);
  settingsOf(options);
  if (out !== undefined) await checkPlace(out, 'an evaluation', ['.json']);
  if (markdown !== undefined) await checkPlace(markdown, 'a file of tables', ['.md']);
  return parseWays(guided, tracked);
}

/**
 * Throws unless the policy has a place for a guide, and room for all instructions with a colour in place of a name. One that is to say where
 * things are must answer questions, and have room for those as well.
 */
async function checkPrompts({ checkpoint }: GuidedActor, trials: readonly Trial[], grounder: GrounderName): Promise<void> {
  const { processor, close } = await openPolicy(checkpoint);
  await close();
  const { format, files } = processor;
  if (!format.guide) throw new Error(`${checkpoint} has no place for a guide: train it with \`guide: true\` in its prompt`);
  const { question } = files.prompt;
  if (grounder === 'model' && !question)
    throw new Error(`${checkpoint} answers no questions, and so cannot say where things are: it was trained without`);
  for (const trial of trials) await checkPrompt(trial, format, grounder === 'model' ? question : undefined);
}

async function checkPrompt(trial: Trial, format: PromptFormat, asked: PromptLengthOptions['question']): Promise<void> {
  try {
    const plan = await planTrial(trial);
    const phrase = phraseOf(plan);
    actionPrompt(format, { instruction: rewrittenInstruction(plan.instruction, phrase, colorOf(plan)), guide: true });
    if (asked) askingPrompt(format, { question: groundingQuestion(phrase), views: ['head'], ...asked });
  } catch (error) {
    throw new Error(`${trialName(trial)}: ${(error as Error).message}`, { cause: error });
  }
}

/** Throws where masks cannot come from. */
async function checkMasks(ways: readonly Way[]): Promise<void> {
  for (const way of ways) {
    if (way.kind === 'mask' && !way.tracked) await (await openMasks(way.source, trialEngine()))?.dispose();
  }
}

const asJson = (made: object, table: Table, results: readonly GuidedResult[]): string =>
  `${JSON.stringify({ format: 'gear-vla guided evaluation 1', ...made, table, results }, null, 2)}\n`;

function asReport(table: Table, results: readonly GuidedResult[], seconds: number, { colors }: Context): string {
  const { bold, dim } = pc.createColors(colors);
  const note = `${results.length} trials in ${formatDuration(seconds)}; per cent, with 95 % intervals (Wilson)`;
  return `${asText([table], bold)}\n${dim(note)}\n`;
}
