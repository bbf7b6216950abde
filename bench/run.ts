/** `npm run bench -- NAME [--json]`: runs one benchmark and prints what it found. */
import { parseArgs } from 'node:util';
import { data } from './data.ts';
import { experts } from './experts.ts';
import { large } from './large.ts';
import { latentActions } from './latent-actions.ts';
import { model } from './model.ts';
import { modelProfile } from './model-profile.ts';
import { formatReport, machine, type Report } from './report.ts';
import { sim } from './sim.ts';
import { simDay } from './sim-day.ts';
import { tensor } from './tensor.ts';
import { tensorProfile } from './tensor-profile.ts';
import { tokens } from './tokens.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<Report>>> = {
  tensor,
  'tensor-profile': tensorProfile,
  tokens,
  data,
  sim,
  'sim-day': simDay,
  experts,
  'latent-actions': latentActions,
  large,
  model,
  'model-profile': modelProfile,
};

const USAGE = `usage: npm run bench -- NAME [--json], where NAME is one of ${Object.keys(BENCHMARKS).join(', ')}`;

function usageError(problem: string): never {
  console.error(`bench: ${problem}; ${USAGE}`);
  process.exit(2);
}

function parse() {
  try {
    return parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
  } catch (error) {
    return usageError((error as Error).message);
  }
}

const { positionals, values } = parse();
const [name = ''] = positionals;
const benchmark = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
if (!benchmark) usageError(`there is no benchmark "${name}"`);
const report = await benchmark();
if (values.json) console.log(JSON.stringify({ ...report, machine: machine(), command: `npm run bench -- ${name} --json` }, null, 2));
else console.log(formatReport(report));
