/** `gear eval CKPT --capabilities`: questions about pictures, after table 6 of the paper. */
import pc from 'picocolors';
import { openReasoning } from '../../data/reasoning/files.ts';
import { runCapabilities } from '../../eval/capabilities/run.ts';
import { type CapabilitySample, heldOutSamples, recordedSamples } from '../../eval/capabilities/samples.ts';
import { capabilityTables, summarise } from '../../eval/capabilities/summary.ts';
import { machine } from '../../eval/evaluation.ts';
import { trialEngine } from '../../eval/run.ts';
import { asMarkdown, asText } from '../../eval/tables.ts';
import { openAnswerer } from '../../policy/answerer.node.ts';
import { KINDS } from '../../sim/reasoning/sample.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { formatDuration } from '../../train/progress.ts';
import type { Context } from '../context.ts';
import type { EvalOptions } from '../eval.ts';
import { interruptible } from '../interrupt.ts';
import { packageInfo } from '../package.ts';
import { progressOf } from '../progress.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';
import { findPolicy } from './policy.ts';

/** What may be said beside `--capabilities` */
const CAPABILITY_OPTIONS = ['capabilities', 'samples', 'data', 'seed', 'batch', 'out', 'markdown', 'json'];

/** Asks a checkpoint about held-out scenes, or what a dataset asks. `given` are the options that somebody gave. */
export async function evaluateCapabilities(
  name: string | undefined,
  { data, samples = 100, seed = 0, batch, out, markdown, json }: EvalOptions,
  given: readonly string[],
  context: Context,
): Promise<void> {
  await checkingUsage(async () => {
    if (name === undefined) throw new Error('what is to be evaluated? a checkpoint');
    const other = given.find((option) => !CAPABILITY_OPTIONS.includes(option));
    if (other !== undefined)
      throw new Error(`--capabilities has nothing to do with --${other.replace(/[A-Z]/g, '-$&').toLowerCase()}: leave one out`);
    if (out !== undefined) await checkPlace(out, 'an evaluation', ['.json']);
    if (markdown !== undefined) await checkPlace(markdown, 'a file of tables', ['.md']);
  });
  const { identity } = await findPolicy(name as string, { replan: 1, batch });
  if (typeof identity === 'string') throw new Error(`${identity} answers no questions: give a checkpoint`);
  const source = data === undefined ? undefined : await openReasoning(data);
  const begun = performance.now();
  const report = progressOf(context, 'questions');
  const results = await (async () => {
    const answerer = await openAnswerer(name as string, trialEngine(), { batch });
    const size = answerer.processor.config.imageSize;
    const total = source ? Math.min(source.length, KINDS.length * samples) : KINDS.length * samples;
    try {
      return await interruptible((signal) => {
        const how = { samples, size, signal };
        const asked: AsyncIterable<CapabilitySample> = source ? recordedSamples(source, how) : heldOutSamples({ ...how, seed });
        return runCapabilities(answerer, asked, { signal, onProgress: (done) => report(done, total) });
      });
    } finally {
      await answerer.dispose();
    }
  })().finally(() => source?.close());
  context.progress('');
  if (results.length === 0) throw new Error(`${data} has no samples`);
  const summaries = summarise(results, seed);
  const evaluation = {
    format: 'gear-vla capabilities 1',
    version: packageInfo().version,
    date: new Date().toISOString(),
    machine: machine(),
    policy: identity,
    settings: { ...(data === undefined ? { split: 'heldOut' } : { data }), samples, seed, batch },
    kinds: summaries,
    results,
  };
  if (out !== undefined) await writeFileAtomically(out, [`${JSON.stringify(evaluation)}\n`]);
  const tables = capabilityTables(summaries, identity.model);
  if (markdown !== undefined) await writeFileAtomically(markdown, [asMarkdown(tables)]);
  const { bold, dim } = pc.createColors(context.colors);
  const seconds = (performance.now() - begun) / 1000;
  const note = `${results.length} questions ${data === undefined ? 'about held-out scenes' : `of ${data}`} in ${formatDuration(seconds)}; 95 % intervals: Wilson's, and of the bootstrap over scenes`;
  context.print(json ? `${JSON.stringify(evaluation, null, 2)}\n` : `${asText(tables, bold)}\n${dim(note)}\n`);
}
