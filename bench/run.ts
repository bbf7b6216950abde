/** `npm run bench -- NAME [--json]`: runs one benchmark and prints what it found. */
import { parseArgs } from 'node:util';
import { formatReport, machine, type Report } from './report.ts';
import { tensor } from './tensor.ts';
import { tensorProfile } from './tensor-profile.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<Report>>> = { tensor, 'tensor-profile': tensorProfile };

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean', default: false } } });
const [name = ''] = positionals;
const benchmark = BENCHMARKS[name];
if (!benchmark) {
  console.error(`there is no benchmark "${name}": there are ${Object.keys(BENCHMARKS).join(', ')}. Usage: npm run bench -- NAME [--json]`);
  process.exit(2);
}
const report = await benchmark();
if (values.json) console.log(JSON.stringify({ ...report, machine: machine(), command: `npm run bench -- ${name} --json` }, null, 2));
else console.log(formatReport(report));
