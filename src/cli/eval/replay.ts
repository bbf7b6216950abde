/** `gear eval --replay` */
import { type EvaluationFile, firstDifference, machine, readEvaluation } from '../../eval/evaluation.ts';
import { runTrials } from '../../eval/run.ts';
import { trialsOf } from '../../eval/trial.ts';
import type { Context } from '../context.ts';
import type { EvalOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { progressOf } from '../progress.ts';
import { checkPolicy, type FoundPolicy, findPolicy } from './policy.ts';

/** Does an evaluation again, with its policy or another. Throws with the first trial that is different; says what else is. */
export async function replay(file: string, name: string | undefined, { workers, json }: EvalOptions, context: Context): Promise<void> {
  const before = await readEvaluation(file);
  const { policy: identity, settings, results } = before;
  const policy = await findPolicy(name ?? (typeof identity === 'string' ? identity : identity.file), settings);
  await checkPolicy(policy, settings);
  for (const sentence of whatIsOther(before, policy)) context.complain(`gear: ${file} ${sentence}\n`);
  const trials = trialsOf(settings);
  const report = progressOf(context, 'trials');
  let done = 0;
  const again = await interruptible((signal) =>
    runTrials(
      policy.source,
      trials.map((trial) => ({ trial })),
      { signal, ...(workers !== undefined && { workers }), onResult: () => report(++done, trials.length) },
    ),
  );
  const difference = firstDifference(results, again);
  if (json)
    context.print(
      `${JSON.stringify({ replay: file, trials: trials.length, same: difference === undefined, difference: difference ?? null })}\n`,
    );
  if (difference !== undefined) throw new Error(`${file} does not repeat: ${difference}`);
  if (!json) context.print(`${file}: ${trials.length} trials, the same again\n`);
}

/** What is not as it was, in words. */
function whatIsOther({ version, machine: on, policy }: EvaluationFile, { identity }: FoundPolicy): string[] {
  const here = machine();
  const other = (what: string, was: string, is: string): string[] =>
    was === is ? [] : [`was made with ${what} ${was}, and this is ${is}: digits may differ`];
  const engineOf = (one: typeof policy): string =>
    typeof one === 'string' ? 'none' : [one.engine.name, ...Object.entries(one.engine.details).flat()].join(' ');
  const hashOf = (one: typeof policy): string => (typeof one === 'string' ? one : one.sha256);
  return [
    ...(hashOf(policy) === hashOf(identity)
      ? []
      : [`is of another policy: ${hashOf(policy)}, and this is ${hashOf(identity)} (SHA-256). Trials will differ`]),
    ...other('version', version, packageInfo().version),
    ...other('the engine', engineOf(policy), engineOf(identity)),
    ...Object.keys(on).flatMap((what) => other(what, on[what] ?? '', here[what] ?? '')),
  ];
}
