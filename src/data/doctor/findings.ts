/** What an examination finds. However many frames are wrong in the same way, they are one finding with the first frame and their number. */

/** All checks, and what each one is about. */
export const CHECKS = {
  open: 'the dataset can be opened',
  binding: 'it is known what the numbers mean for a robot',
  metadata: 'the metadata agree with themselves',
  tasks: 'every frame has an instruction',
  'data-file': 'data files are there and whole, with as many rows as announced',
  columns: 'columns have the shapes and types announced',
  video: 'videos are there, and can be decoded',
  'frame-count': 'videos have a frame for each row',
  'video-format': 'videos have the size announced',
  'video-times': 'frames are shown when rows say so',
  timestamps: 'timestamps are frame / fps, within 1e-4 s',
  indices: 'frame_index, episode_index and index count on',
  values: 'all numbers are finite',
  constant: 'dimensions that never change',
  'degenerate-quantiles': 'quantiles are far enough apart to normalise by',
  'stored-statistics': 'stored statistics are those of the data',
  'state-leak': 'actions are not just the state of the same frame',
  'joint-limits': "joints are within the robot's limits",
  'joint-jumps': 'joints move no faster than joints can',
  'gripper-range': 'grippers are within the declared range',
  'rotation-convention': 'rotations are such in the convention declared',
  'rotation-jumps': 'rotations turn no faster than arms can',
  'rotation-sign': 'quaternions keep their sign from frame to frame',
  'rotation-wrap': 'angles do not wrap from frame to frame',
  'relative-poses': 'tools move no faster than arms can',
  unreachable: 'the arm can reach the poses of its tool',
  fast: 'FAST tokens give the actions back',
} as const;

/** The name of a check. */
export type Check = keyof typeof CHECKS;

/** How bad it is: training fails or learns nonsense; it may do worse than it could; worth knowing. */
export type Severity = 'error' | 'warning' | 'info';

/** Something that is wrong. */
export interface Finding {
  readonly check: Check;
  readonly severity: Severity;
  /** The number by which the dataset calls the episode; none where it is about the whole dataset */
  readonly episode?: number;
  /** The first frame that is wrong, counted from the beginning of the episode */
  readonly frame?: number;
  /** Frames that are wrong */
  readonly frames?: number;
  readonly feature?: string;
  readonly camera?: string;
  readonly message: string;
  /** Whether `repair` makes an end of it, by mending it or by leaving the episode out */
  readonly repairable: boolean;
  /** How it does */
  readonly remedy?: 'mend' | 'drop';
  /** What it is, where `repair` needs to know: an episode that is listed again; a rate that is not that of the data */
  readonly kind?: 'listed-again' | 'other-rate';
  /** Columns that it is about, which are not features */
  readonly columns?: readonly string[];
}

/** A finding as checks say it. */
export type FindingContent = Omit<Finding, 'repairable'>;

/** Frames that are wrong in the same way. */
export interface Seen {
  readonly frames: number;
  readonly first: number;
  /** What was said of the first frame, and of the worst one */
  readonly firstDetail: number;
  readonly worst: number;
  readonly worstDetail: number;
  /** How bad the worst one is */
  readonly size: number;
}

/** Counts frames that are wrong in the same way. */
export interface Tally {
  /** Counts a frame, which may be the last one again; `size` says how bad it is, and `detail` whatever the message needs. */
  add(frame: number, size?: number, detail?: number): void;
  /** What was counted; undefined when there was nothing */
  seen(): Seen | undefined;
}

/** Where checks put what they find. */
export interface Findings {
  add(finding: FindingContent): void;
  /** A tally that becomes a finding if anything was counted. `frame` and `frames` are filled in. */
  tally(finding: (seen: Seen) => FindingContent): Tally;
  /** Ends the tallies that there are: those that counted become findings, and the others are forgotten. */
  settle(): void;
  /** Everything so far: the worst first, then in the order of CHECKS, episodes and frames */
  list(): Finding[];
}

/** A list of findings that is empty. */
export function createFindings(): Findings {
  const done: FindingContent[] = [];
  const tallies: { tally: Tally; finding: (seen: Seen) => FindingContent }[] = [];
  const settle = (): void => {
    for (const { tally, finding } of tallies.splice(0)) {
      const seen = tally.seen();
      if (seen) done.push({ frame: seen.first, frames: seen.frames, ...finding(seen) });
    }
  };
  return {
    add: (finding) => void done.push(finding),
    tally(finding) {
      const tally = createTally();
      tallies.push({ tally, finding });
      return tally;
    },
    settle,
    list() {
      settle();
      return done.map((finding) => ({ ...finding, repairable: finding.remedy !== undefined })).sort(inOrder);
    },
  };
}

/** A tally by itself. */
export function createTally(): Tally {
  let seen: { -readonly [K in keyof Seen]: Seen[K] } | undefined;
  let last = -1;
  return {
    add(frame, size = 0, detail = 0) {
      seen ??= { frames: 0, first: frame, firstDetail: detail, worst: frame, worstDetail: detail, size };
      if (frame !== last) seen.frames++;
      last = frame;
      if (size > seen.size) Object.assign(seen, { worst: frame, worstDetail: detail, size });
    },
    seen: () => seen,
  };
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];
const ORDER = Object.keys(CHECKS);

function inOrder(a: Finding, b: Finding): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    ORDER.indexOf(a.check) - ORDER.indexOf(b.check) ||
    (a.episode ?? -1) - (b.episode ?? -1) ||
    (a.frame ?? -1) - (b.frame ?? -1)
  );
}

/** A number for a message, with few digits. */
export const short = (value: number): string => `${Number(value.toPrecision(4))}`;

/** An arm by its slot: `the left arm`; `the arm` of a robot that has one. */
export const armOf = (slot: string): string => (slot === 'either' ? 'the arm' : `the ${slot} arm`);

/** What an error says. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
