/** `gear compare` */
import path from 'node:path';
import pc from 'picocolors';
import { comparisonTables } from '../../eval/compare.ts';
import { readEvaluation } from '../../eval/evaluation.ts';
import { learningCurve } from '../../eval/learning-curve.ts';
import { asMarkdown, asText } from '../../eval/tables.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import type { Context } from '../context.ts';
import type { CompareOptions } from '../eval.ts';
import { checkPlace } from '../sim/place.ts';
import { checkingUsage } from '../usage.ts';

/** Prints one table of several evaluations. */
export async function compare(
  files: readonly string[],
  { markdown, curve, across, json }: CompareOptions,
  context: Context,
): Promise<void> {
  if (markdown !== undefined) await checkingUsage(() => checkPlace(markdown, 'a file of tables', ['.md']));
  if (curve !== undefined) await checkingUsage(() => checkPlace(curve, 'a picture', ['.svg']));
  const evaluations = await Promise.all(
    files.map(async (given) => {
      const [, name, file = given] = /^([^=/\\]+)=(.+)$/.exec(given) ?? [];
      return { name: name ?? path.parse(file).name, evaluation: await readEvaluation(file) };
    }),
  );
  const tables = comparisonTables(evaluations);
  if (markdown !== undefined) await writeFileAtomically(markdown, [asMarkdown(tables)]);
  if (curve !== undefined) await writeFileAtomically(curve, [learningCurve(evaluations, across)]);
  context.print(json ? `${JSON.stringify({ tables }, null, 2)}\n` : `${asText(tables, pc.createColors(context.colors).bold)}\n`);
}
