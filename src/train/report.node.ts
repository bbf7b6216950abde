/** Reports of runs from their folders alone: what their stages have logged and saved. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../tensor/files.node.ts';
import { withSafetensors } from '../tensor/safetensors.node.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Experiment } from './experiment.ts';
import type { LogLine } from './progress.ts';
import { type ReportSection, type RunOrigin, type RunRecord, type StageRecord, trainReport } from './report.ts';

/** Files of a stage's folder. */
export const [STATE, LOG, SECTIONS, DIVERGED] = ['state.safetensors', 'log.jsonl', 'sections.json', 'diverged.safetensors'] as const;
const [ORIGIN, REPORT] = ['run.json', 'report.html'];

/** Where optimisers keep their state, unless told otherwise (`TrainingPrograms.state`). */
export const OPTIMIZER = 'optimizer.';

/** Says in a run's folder how it is made, unless that is known: it is begun once, however often it goes on. */
export async function keepOrigin(folder: string, origin: RunOrigin): Promise<void> {
  const file = path.join(folder, ORIGIN);
  if (!existsSync(file) || (await stagesIn(folder)).length === 0) await writeFileAtomically(file, [`${JSON.stringify(origin, null, 2)}\n`]);
}

/** Writes the page of a run, `report.html` in its folder unless told otherwise; returns its file. Throws when the folder is none of a run. */
export async function writeTrainReport(folder: string, file = path.join(folder, REPORT)): Promise<string> {
  await writeFileAtomically(file, [trainReport(await readRun(folder))]);
  return file;
}

/** What a run's folder says. Throws when it is none: when it has no stage that has logged anything. */
export async function readRun(folder: string): Promise<RunRecord> {
  const names = await stagesIn(folder);
  const origin = await jsonIn<RunOrigin>(path.join(folder, ORIGIN));
  const stages: StageRecord[] = [];
  for (const name of await inOrder(folder, names, origin)) {
    const stage = await readStage(path.join(folder, name), name, origin);
    if (stage.lines.length > 0) stages.push(stage);
  }
  if (stages.length === 0) throw new Error(`${folder} is no run of gear train, or has not reported yet: none of its folders has a ${LOG}`);
  return { name: origin?.experiment.name ?? path.basename(path.resolve(folder)), origin, stages };
}

/** Stages that have logged something. */
async function stagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new Error(`${folder} cannot be read: ${error.message}`, { cause: error });
  });
  return entries.filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, LOG))).map(({ name }) => name);
}

/** Stages as the experiment has them, the latent action tokenizer first; where that is not known, as they were last trained. */
async function inOrder(folder: string, names: readonly string[], origin: RunOrigin | undefined): Promise<string[]> {
  const known = ['latent', ...(origin?.experiment.stages.map(({ name }) => name) ?? [])];
  const place = (name: string): number => (known.includes(name) ? known.indexOf(name) : known.length);
  const dated = await Promise.all(names.map(async (name) => ({ name, time: (await stat(path.join(folder, name, LOG))).mtimeMs })));
  return dated.sort((a, b) => place(a.name) - place(b.name) || a.time - b.time).map(({ name }) => name);
}

async function readStage(folder: string, name: string, origin: RunOrigin | undefined): Promise<StageRecord> {
  const lines = linesOf(await readFile(path.join(folder, LOG), 'utf8'));
  const { metadata = {}, size } = (await headerOf(path.join(folder, STATE))) ?? {};
  const diverged = (await headerOf(path.join(folder, DIVERGED)))?.metadata;
  const update = Number(diverged?.update);
  return {
    name,
    lines,
    settings: jsonOf<Record<string, unknown>>(metadata.settings) ?? {
      ...plannedSettings(name, origin),
      ...(await finishedSettings(folder)),
    },
    size,
    sections: (await jsonIn<ReportSection[]>(path.join(folder, SECTIONS))) ?? [],
    ...(update > (lines.at(-1)?.step ?? 0) && { diverged: { update, reason: diverged?.reason ?? '' } }),
  };
}

/** What an experiment says of a stage that has not saved a state yet. */
function plannedSettings(name: string, origin: RunOrigin | undefined): Record<string, unknown> {
  if (!origin) return {};
  const { seed, model, latent, stages = [] } = origin.experiment as Partial<Experiment>;
  const stage = stages.find((one) => one.name === name);
  const datasets = Object.keys((name === 'latent' ? latent : stage)?.data ?? {}).map((dataset) => ({ name: dataset }));
  return { ...(name === 'latent' ? { latent } : { stage, model }), datasets, seed };
}

/** What is left of the settings where only what was trained is left. */
async function finishedSettings(folder: string): Promise<Record<string, unknown>> {
  const policy = await headerOf(path.join(folder, 'policy.safetensors'));
  const model = jsonOf<unknown>(policy?.metadata.config);
  return model === undefined ? {} : { model };
}

/** The metadata of a file, and how much of it is parameters; undefined where there is none. */
async function headerOf(
  file: string,
): Promise<{ metadata: Readonly<Record<string, string>>; size: { all: number; trained: number } } | undefined> {
  if (!existsSync(file)) return undefined;
  return withSafetensors(file, async ({ metadata, tensors }) => {
    const moments = new Set(
      [...tensors.keys()].filter((name) => name.startsWith(OPTIMIZER)).map((name) => name.split('.').slice(2).join('.')),
    );
    const own = [...tensors].filter(([name]) => !name.startsWith(OPTIMIZER));
    const count = (some: typeof own): number => some.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
    return { metadata, size: { all: count(own), trained: count(own.filter(([name]) => moments.has(name))) } };
  });
}

/** Lines of a log; one that was cut off when the process was killed is left out. */
const linesOf = (text: string): LogLine[] =>
  text.split('\n').flatMap((line) => {
    const parsed = jsonOf<LogLine>(line);
    return parsed ? [parsed] : [];
  });

const jsonIn = async <T>(file: string): Promise<T | undefined> => (existsSync(file) ? jsonOf<T>(await readFile(file, 'utf8')) : undefined);

function jsonOf<T>(text: string | undefined): T | undefined {
  try {
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}
