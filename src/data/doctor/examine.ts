/**
 * Examines a dataset: everything that is wrong with it, by episode and frame, as typed findings. Reads rows in blocks, twice, so that
 * episodes may be of any length; nothing is changed. `findings.ts` lists the checks.
 */
import type { FastTokenizer } from '../../tokens/fast.ts';
import { featuresOf } from '../binding.ts';
import { bindDataset, openDataset } from '../dataset.ts';
import { isLeRobot } from '../lerobot/source.ts';
import type { EpisodeSource } from '../source.ts';
import type { BoundSource } from '../tracks.ts';
import { type FastCheck, fastCheck } from './fast-round-trip.ts';
import { type Check, createFindings, type Finding, type Findings, messageOf, short } from './findings.ts';
import { jointChecks } from './joints.ts';
import { checkMetadata, listedAgain } from './metadata.ts';
import { motionCheck } from './motion.ts';
import { otherRate, type SeenRates } from './rates.ts';
import { type AgreementCheck, agreementCheck, reachCheck } from './reach.ts';
import { declaredRotations, namedRotations, type RotationColumns, rotationCheck } from './rotations.ts';
import { type EpisodeContext, indexCheck, isMotion, type RowCheck, taskCheck, timestampCheck, valueCheck } from './row-checks.ts';
import { blockRows, boundRows, isIndex, type RawBlock, type RawEpisode, type RawReader, rawReader } from './rows.ts';
import { type StatisticsCheck, statisticsCheck } from './value-statistics.ts';
import { type VideoExaminer, videoExaminer } from './videos.ts';

/** What to examine, and how. */
export interface ExamineOptions {
  /** Numbers of episodes, as the dataset calls them; all unless given. Stored statistics are only compared with all. */
  readonly episodes?: readonly number[];
  /** Decode every frame of every video, instead of the last one of each episode */
  readonly thorough?: boolean;
  /** A file with a binding; the stored or shipped one unless given */
  readonly binding?: string;
  /** A FAST tokenizer to try; one is made from the dataset unless given */
  readonly fast?: FastTokenizer;
  /** Of what is examined in samples only (reach); 0 unless given */
  readonly seed?: number;
  /** Called before each episode of each of the two passes, and at the end */
  readonly onProgress?: (progress: ExamineProgress) => void;
  /** Ends the examination with an error */
  readonly signal?: AbortSignal;
}

/** How far it is. */
export interface ExamineProgress {
  /** Episodes that are finished, and in all */
  readonly episode: number;
  readonly episodes: number;
  readonly stage: 'episodes' | 'statistics';
}

/** What was examined and how much was found. */
export interface DoctorSummary {
  readonly errors: number;
  readonly warnings: number;
  readonly infos: number;
  /** Findings of each check that has some */
  readonly checks: { readonly [check in Check]?: number };
  /** Episodes and rows that were looked at */
  readonly episodes: number;
  readonly frames: number;
  readonly cameras: readonly string[];
  /** Whether every frame of the videos was decoded */
  readonly thorough: boolean;
  /** The robot whose joints, rotations and motion were checked; without it they were not */
  readonly embodiment?: string;
  /** Chunks that went through FAST and back */
  readonly chunks: number;
}

/** What an examination found. */
export interface DoctorReport {
  readonly root: string;
  readonly name?: string;
  readonly format?: EpisodeSource['format'];
  readonly fps?: number;
  readonly robotType?: string;
  /** Whether there are no errors */
  readonly ok: boolean;
  /** The worst first */
  readonly findings: readonly Finding[];
  readonly summary: DoctorSummary;
}

/**
 * Examines the dataset at a path. What is wrong with it is in the report, even when it cannot be opened at all; throws only when `episodes`
 * has one that is not there, and when `signal` ends it.
 */
export async function examine(root: string, options: ExamineOptions = {}): Promise<DoctorReport> {
  const findings = createFindings();
  let source: EpisodeSource;
  try {
    source = await openDataset(root);
  } catch (error) {
    findings.add({ check: 'open', severity: 'error', message: messageOf(error) });
    return report(root, undefined, findings, { episodes: 0, frames: 0, chunks: 0, thorough: options.thorough ?? false });
  }
  try {
    return await examineSource(root, source, findings, options);
  } finally {
    await source.close();
  }
}

/** Everything that goes with an examination. */
interface Examination {
  readonly source: EpisodeSource;
  readonly bound: BoundSource | undefined;
  readonly findings: Findings;
  readonly raw: RawReader;
  readonly videos: VideoExaminer;
  readonly rotations: readonly RotationColumns[];
  readonly statistics: StatisticsCheck;
  readonly agreement: AgreementCheck | undefined;
  readonly fast: FastCheck | undefined;
  readonly options: ExamineOptions;
  /** What was said once, for the whole dataset */
  readonly said: Set<string>;
  /** Features that something is made of, by the binding; by their names without one */
  readonly used: (feature: string) => boolean;
  /** Features whose values are stored in another type than announced */
  readonly otherTypes: Map<string, OtherType>;
  /** Rates at which rows and videos agree, against the metadata: one of each such episode */
  readonly otherRates: number[];
}

async function examineSource(root: string, source: EpisodeSource, findings: Findings, options: ExamineOptions): Promise<DoctorReport> {
  const { thorough = false, signal, onProgress } = options;
  const again = listedAgain(source);
  const positions = positionsOf(source, options.episodes).filter((position) => !again.has(position));
  const bound = await bind(source, findings, options);
  checkMetadata(source, findings);
  const declared = bound ? declaredRotations(bound.binding, source.features) : [];
  const examination: Examination = {
    source,
    bound,
    findings,
    raw: rawReader(source),
    videos: videoExaminer(source, findings, { thorough }),
    rotations: [...declared, ...namedRotations(source.features, declared)],
    statistics: statisticsCheck(source),
    agreement: bound && agreementCheck(bound),
    fast: bound && fastCheck(bound, options.fast),
    options,
    said: new Set(),
    used: usedOf(bound),
    otherTypes: new Map(),
    otherRates: [],
  };
  const progress = (episode: number, stage: ExamineProgress['stage']): void => {
    signal?.throwIfAborted();
    onProgress?.({ episode, episodes: positions.length, stage });
  };
  let frames = 0;
  try {
    const firstRows = firstRowsOf(source, again);
    const readable: number[] = [];
    // Rows that there are beyond those announced: the rows of later episodes count from these.
    let more = 0;
    for (const [n, position] of positions.entries()) {
      progress(n, 'episodes');
      const rows = await examineEpisode(examination, position, (firstRows[position] as number) + more);
      if (rows !== undefined) more += rows - (source.episodes[position]?.length ?? 0);
      // Tallies are an episode's; of thousands of episodes they would be millions.
      findings.settle();
      frames += rows ?? 0;
      if (rows !== undefined) readable.push(position);
    }
    rateFinding(examination, readable.length);
    typeFindings(examination);
    await secondPass(examination, readable, progress);
    progress(positions.length, 'statistics');
    await examination.statistics.end(findings, positions.length === source.episodes.length - again.size);
    examination.agreement?.end(findings);
    const chunks = examination.fast?.end(findings) ?? 0;
    return report(root, source, findings, {
      episodes: positions.length,
      frames,
      thorough,
      chunks,
      ...(bound && { embodiment: bound.embodiment.name }),
    });
  } finally {
    examination.videos.close();
    await examination.raw.close();
  }
}

/** Positions of episodes by their numbers. */
function positionsOf(source: EpisodeSource, wanted: readonly number[] | undefined): number[] {
  if (!wanted) return [...source.episodes.keys()];
  return wanted.map((index) => {
    const position = source.episodes.findIndex((episode) => episode.index === index);
    if (position < 0)
      throw new Error(`${source.name} has no episode ${index}; it has ${source.episodes.length}, up to ${source.episodes.at(-1)?.index}`);
    return position;
  });
}

async function bind(source: EpisodeSource, findings: Findings, { binding }: ExamineOptions): Promise<BoundSource | undefined> {
  try {
    const bound = await bindDataset(source, binding === undefined ? {} : { binding });
    if (bound || source.format === 'raw-video') return bound;
    findings.add({
      check: 'binding',
      severity: 'info',
      message: 'no binding says what the numbers mean for a robot: joints, grippers, motion and FAST were not checked',
    });
  } catch (error) {
    findings.add({
      check: 'binding',
      severity: 'error',
      message: `${messageOf(error)}; joints, grippers, motion and FAST were not checked`,
    });
  }
  return undefined;
}

/** The number of each episode's first row in the dataset; listings of episodes that were listed before have none. */
function firstRowsOf({ episodes }: EpisodeSource, again: ReadonlySet<number>): number[] {
  let rows = 0;
  return episodes.map(({ length }, position) => {
    const first = rows;
    if (!again.has(position)) rows += length;
    return first;
  });
}

/** Features that a binding reads. */
function usedOf(bound: BoundSource | undefined): (feature: string) => boolean {
  if (!bound) return isMotion;
  const used = new Set(featuresOf(bound.binding));
  return (feature) => used.has(feature);
}

/** Says that the metadata's rate is wrong, where rows and videos of most episodes agree on another one. */
function rateFinding({ source, findings, otherRates }: Examination, episodes: number): void {
  if (otherRates.length === 0 || 2 * otherRates.length < episodes) return;
  const rate = otherRates.sort((a, b) => a - b)[otherRates.length >> 1] as number;
  findings.add({
    check: 'metadata',
    severity: 'error',
    kind: 'other-rate',
    message: `fps is ${short(source.fps)} in meta/info.json, but timestamps and videos agree that there are ${short(rate)} frames per second: with the wrong rate, everything is ${rate > source.fps ? 'slower' : 'faster'} than it was. Correct meta/info.json first`,
  });
}

/** Returns how many rows there are; undefined when none can be read. */
async function examineEpisode(examination: Examination, position: number, firstRow: number): Promise<number | undefined> {
  const { source, findings, videos, fast } = examination;
  const { index: episode, length: announced } = source.episodes[position] as EpisodeSource['episodes'][number];
  const opened = await openRaw(examination, position, episode);
  const rates: SeenRates = { videos: [] };
  const framesAgree = await videos.examine(position, opened?.length ?? announced, rates);
  if (!opened) return undefined;
  const { length, whole } = opened;
  if (length !== announced) {
    findings.add({
      check: 'data-file',
      severity: 'error',
      episode,
      remedy: whole && length > 0 && framesAgree ? 'mend' : 'drop',
      message: `there are ${length} rows, but the metadata announce ${announced}`,
    });
  }
  unknownColumns(examination, opened);
  const context: EpisodeContext = { findings, episode, fps: source.fps, regular: isLeRobot(source), framesAgree, rates };
  const checks = rowChecks(examination, context, position, opened, firstRow);
  await eachBlock(opened, Object.keys(opened.columns), columnProblems(examination, opened, episode), (block) => {
    examination.options.signal?.throwIfAborted();
    for (const check of checks.rows) check(block);
    examination.statistics.block(position, block);
  });
  checks.end();
  const other = isLeRobot(source) ? otherRate(rates, source.fps) : undefined;
  if (other !== undefined) examination.otherRates.push(other);
  await fast?.collect(opened, episode);
  return length;
}

async function openRaw({ raw, findings }: Examination, position: number, episode: number): Promise<RawEpisode | undefined> {
  try {
    return await raw.open(position);
  } catch (error) {
    findings.add({ check: 'data-file', severity: 'error', episode, remedy: 'drop', message: messageOf(error) });
    return undefined;
  }
}

/** Columns that nothing describes, once. */
function unknownColumns({ source, findings, said }: Examination, { unknown }: RawEpisode): void {
  const others = unknown.filter((column) => !source.features[column]);
  const key = others.join();
  if (others.length === 0 || said.has(key)) return;
  said.add(key);
  findings.add({
    check: 'columns',
    severity: 'info',
    columns: others,
    message: `data files have columns that meta/info.json does not know: ${others.join(', ')}; repair loses them`,
  });
}

/** Tells of columns that cannot be read: once in an episode. */
function columnProblems({ findings }: Examination, { firstRow, length }: RawEpisode, episode: number): Parameters<RawEpisode['read']>[3] {
  const said = new Set<string>();
  return ({ column, message, row }) => {
    if (said.has(column)) return;
    said.add(column);
    const frame = row === undefined ? undefined : row - firstRow;
    const known = frame !== undefined && frame >= 0 && frame < length;
    findings.add({ check: 'columns', severity: 'error', episode, feature: column, remedy: 'drop', message, ...(known && { frame }) });
  };
}

async function eachBlock(
  raw: RawEpisode,
  columns: readonly string[],
  bad: Parameters<RawEpisode['read']>[3],
  use: (block: RawBlock) => void,
): Promise<void> {
  const step = blockRows(raw.columns);
  for (let from = 0; from < raw.length; from += step) use(await raw.read(columns, from, Math.min(raw.length, from + step), bad));
}

interface EpisodeChecks {
  readonly rows: readonly RowCheck[];
  end(): void;
}

function rowChecks(examination: Examination, context: EpisodeContext, position: number, raw: RawEpisode, firstRow: number): EpisodeChecks {
  const { source, bound, rotations, agreement, options } = examination;
  const announced = source.episodes[position]?.tasks ?? [];
  const known = isLeRobot(source) ? source.lerobot.tasks : new Map<number, string>();
  const rows: RowCheck[] = [
    timestampCheck(context),
    indexCheck(context, firstRow),
    // Videos teach latent actions without a word.
    ...(source.format === 'raw-video' ? [] : [taskCheck(context, known, announced)]),
    valueCheck(context, raw.columns, examination.used),
    (block) => storedTypes(examination, block),
    ...rotations.map((columns) => rotationCheck(context, columns, source.features)),
  ];
  if (!bound) return { rows, end: () => undefined };

  const motion = motionCheck(context);
  const reach = reachCheck(context, bound, raw.length, options.seed ?? 0);
  const needed = featuresOf(bound.binding);
  let compared = false;
  const tracks = (block: RawBlock): void => {
    if (needed.some((feature) => !block.columns[feature])) return;
    const read = boundRows(block, source.fps);
    try {
      const found = bound.tracks(read, source.name);
      motion(block.from, found);
      reach(block.from, found);
    } catch {
      // A number that is not finite, or no rotation: found by the checks of values and rotations.
      return;
    }
    if (!compared) agreement?.rows(read);
    compared = true;
  };
  return { rows: [...rows, ...jointChecks(context, bound), tracks], end: () => motion.end(raw.length) };
}

/** Values that are stored in another type. */
interface OtherType {
  readonly dtype: string;
  readonly stored: string;
  /** Whether some of them are others in the announced type */
  lossy: boolean;
}

/** Types in the file that are not those of the metadata: f32 where f64 was meant and the reverse. */
function storedTypes({ source, otherTypes }: Examination, { columns }: RawBlock): void {
  if (!isLeRobot(source)) return;
  for (const [feature, { data }] of Object.entries(columns)) {
    const dtype = source.lerobot.info.features[feature]?.dtype;
    const wrong = (dtype === 'float32' && data instanceof Float64Array) || (dtype === 'float64' && data instanceof Float32Array);
    if (!wrong) continue;
    const stored = data instanceof Float32Array ? 'FLOAT' : data.every(Number.isInteger) ? 'DOUBLE or whole numbers' : 'DOUBLE';
    const known = otherTypes.get(feature) ?? { dtype, stored, lossy: false };
    // Once a fraction was seen, they are no whole numbers.
    const other = { ...known, stored: stored === 'DOUBLE' ? stored : known.stored };
    other.lossy ||= dtype === 'float32' && !isIndex(feature) && data.some((value) => !Object.is(Math.fround(value), value));
    otherTypes.set(feature, other);
  }
}

function typeFindings({ findings, otherTypes }: Examination): void {
  for (const [feature, { dtype, stored, lossy }] of otherTypes) {
    findings.add({
      check: 'columns',
      severity: 'warning',
      feature,
      ...(!lossy && { remedy: 'mend' as const }),
      message: `the values are stored as ${stored}, but meta/info.json says ${dtype}${lossy ? ', which would round them: set the dtype to float64 to keep them as they are' : ''}`,
    });
  }
}

/** Statistics need a second look at the rows. */
async function secondPass(
  { raw, source, statistics, fast }: Examination,
  positions: readonly number[],
  progress: (episode: number, stage: ExamineProgress['stage']) => void,
): Promise<void> {
  const columns = statistics.next();
  for (const [n, position] of positions.entries()) {
    progress(n, 'statistics');
    const opened = await raw.open(position);
    const there = columns.filter((column) => opened.columns[column] && source.features[column]);
    await eachBlock(opened, there, () => undefined, statistics.again);
    await fast?.choose(opened, source.episodes[position]?.index ?? position, n, positions.length);
  }
}

type Examined = Pick<DoctorSummary, 'episodes' | 'frames' | 'thorough' | 'chunks' | 'embodiment'>;

function report(root: string, source: EpisodeSource | undefined, found: Findings, examined: Examined): DoctorReport {
  const findings = found.list();
  const checks: { [check in Check]?: number } = {};
  for (const { check } of findings) checks[check] = (checks[check] ?? 0) + 1;
  const count = (severity: Finding['severity']): number => findings.filter((finding) => finding.severity === severity).length;
  return {
    root,
    ...(source && { name: source.name, format: source.format, fps: source.fps }),
    ...(source?.robotType !== undefined && { robotType: source.robotType }),
    ok: count('error') === 0,
    findings,
    summary: {
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      checks,
      cameras: source?.cameras ?? [],
      ...examined,
    },
  };
}
