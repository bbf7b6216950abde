/** An episode as the expert acts it out, with all that a page shows of it. */
import type { CurveGroup, CurvePanel, PageData, Side } from '../../../data/view/record.ts';
import { pack } from '../../../data/view/record.ts';
import { ARMS, type Arm, CONTROL_RATE, type View } from '../../../robot/canonical.ts';
import type { Pose } from '../../../robot/se3.ts';
import { length3, subtract3, type Vec3 } from '../../../robot/vectors.ts';
import { type DemonstrationStep, demonstrate, NO_DISTURBANCES, USUAL_DISTURBANCES } from '../../../sim/demonstration.ts';
import type { Episode } from '../../../sim/episode.ts';
import { type Goal, holds, middleOf } from '../../../sim/goals.ts';
import { createPicture } from '../../../sim/render/picture.ts';
import { armsOf } from '../../../sim/robots.ts';
import { createViews } from '../../../sim/views.ts';
import { toWorld } from '../../../sim/world.ts';
import { type Body, bodiesOf } from './outlines.ts';
import { colorPicture, depthPicture, depthRange, type LegendEntry, millimetres, segmentationPicture, segmentColors } from './pictures.ts';

/** How pictures of a view are made visible. */
export const LAYERS = ['colour', 'depth', 'segmentation'] as const;
/** See LAYERS. */
export type Layer = (typeof LAYERS)[number];

/** What a page's script draws: parts of what `gear data view` shows, and more. */
export interface RolloutData extends Pick<PageData, 'rows' | 'times' | 'tasks' | 'samples' | 'cameras' | 'curves'> {
  /** In the order of `cameras` */
  readonly layers: readonly { readonly view: View; readonly layer: Layer }[];
  readonly goals: readonly {
    readonly text: string;
    /** Rows [from, to) in which it holds */
    readonly held: readonly Span[];
  }[];
  /** Rows [from, to) in which the robot did not do what the expert told it */
  readonly astray: readonly Span[];
  readonly map: {
    readonly bodies: readonly (Omit<Body, 'points'> & {
      /** f32[points, 3], metres in the body's frame */
      readonly points: string;
      /** f32[rows, 12]: position, and rotation row by row; one row for what never moves */
      readonly poses: string;
      readonly color: string;
      /** Whether a goal is about it */
      readonly meant: boolean;
    })[];
    readonly tools: readonly {
      readonly side: Side;
      /** f32[rows, 8]: position, closing direction, gripper 0 … 1, the gripper that is commanded */
      readonly points: string;
    }[];
  };
}

/** A stretch of rows: from the first to one past the last. */
export type Span = readonly [from: number, to: number];

/** What was seen, and how it ended. */
export interface Rollout {
  readonly data: RolloutData;
  readonly success: boolean;
  readonly legend: readonly LegendEntry[];
  /** Of each view, metres that the ends of the ramp of depths stand for */
  readonly depths: readonly { readonly view: View; readonly range: readonly [number, number] }[];
}

/** Pictures at most; more rows than that have one for some of them. */
const MOST_PICTURES = 150;
/** Metres by which what is carried out differs from a command before it counts */
const ASTRAY = 0.0012;

/** A row's numbers. */
interface Row {
  readonly step: DemonstrationStep;
  readonly poses: readonly Pose[];
  readonly held: readonly boolean[];
  readonly distances: readonly { readonly tool: number; readonly target: number | undefined }[];
  /** What the robot was told in the end, disturbances among it */
  told: DemonstrationStep['command'];
}

/** Acts an episode out. The caller closes its world. */
export async function rollOut(episode: Episode, { size, calm }: { readonly size: number; readonly calm: boolean }): Promise<Rollout> {
  const { world, setup, instruction, limit } = episode;
  const { goals } = setup;
  const views = createViews(world, { samples: 4 });
  const { colors, legend } = segmentColors(views.segments);
  const bodies = bodiesOf(world.scene);
  const every = Math.ceil(limit / MOST_PICTURES / 2);
  const picture = createPicture(size, size);
  const samples: number[] = [];
  const seen = views.names.map((view) => ({
    view,
    color: [] as Promise<string>[],
    depth: [] as Uint16Array[],
    segmentation: [] as Promise<string>[],
  }));
  const rows: Row[] = [];

  const steps = demonstrate(episode, { disturbances: calm ? NO_DISTURBANCES : USUAL_DISTURBANCES });
  let success = false;
  for (;;) {
    const { value, done } = steps.next();
    const last = rows.at(-1);
    if (last) last.told = world.told();
    if (done) {
      success = value;
      break;
    }
    if (rows.length % every === 0) {
      samples.push(rows.length);
      views.update();
      for (const { view, color, depth, segmentation } of seen) {
        views.take(view, picture);
        color.push(colorPicture(picture));
        depth.push(millimetres(picture));
        segmentation.push(segmentationPicture(picture, colors));
      }
    }
    rows.push({
      step: value,
      poses: bodies.map(({ thing, part }) => world.poseOf(thing, part)),
      held: goals.map((goal) => holds(goal, world)),
      distances: goals.map((goal) => distancesOf(goal, episode, value)),
      told: {},
    });
  }

  const depths = seen.map(({ view, depth }) => ({ view, range: depthRange(depth) }));
  const frames = await Promise.all(
    seen.flatMap(({ color, depth, segmentation }, i) => [
      Promise.all(color),
      Promise.all(depth.map((one) => depthPicture(one, size, (depths[i] as (typeof depths)[number]).range))),
      Promise.all(segmentation),
    ]),
  );
  const layers = views.names.flatMap((view) => LAYERS.map((layer) => ({ view, layer })));
  const colorOf = (thing: string): string => `rgb(${(legend.find(({ name }) => name === thing)?.color ?? [128, 128, 128]).join(' ')})`;
  const meant = new Set(goals.flatMap((goal) => ('target' in goal ? [goal.object, goal.target] : [goal.object])));
  return {
    success,
    legend,
    depths: depths.map(({ view, range: [near, far] }) => ({ view, range: [near / 1000, far / 1000] as const })),
    data: {
      rows: rows.length,
      times: pack(rows.map((_, row) => row / CONTROL_RATE)),
      tasks: [{ row: 0, text: instruction }],
      samples,
      layers,
      cameras: layers.map(({ view, layer }, i) => ({ view, camera: layer, frames: frames[i] as string[], problem: undefined })),
      curves: { stride: 1, groups: curvesOf(episode, rows) },
      goals: goals.map((goal, i) => ({ text: goalText(goal), held: spansOf(rows.map(({ held }) => held[i] === true)) })),
      astray: spansOf(rows.map((row, i) => isAstray(row, rows[i - 1]))),
      map: {
        bodies: bodies.map(({ points, ...body }, i) => ({
          ...body,
          points: pack(points.flat()),
          poses: pack((moves(rows, i) ? rows : rows.slice(0, 1)).flatMap(({ poses }) => numbersOf(poses[i] as Pose))),
          color: colorOf(body.thing),
          meant: meant.has(body.thing),
        })),
        tools: armsOf(world.robot).map((arm) => ({
          side: sideOf(episode, arm),
          points: pack(
            rows.flatMap(({ step: { state, command } }) => {
              const { pose, gripper } = state[arm] as NonNullable<typeof state.left>;
              const { position, rotation } = toWorld(world.robot, pose);
              return [...position, rotation[1], rotation[4], rotation[7], gripper, command[arm]?.gripper ?? gripper];
            }),
          ),
        })),
      },
    },
  };
}

/** An arm's colour on the page: that of a single arm is its own. */
const sideOf = ({ world }: Episode, arm: Arm): Side => (armsOf(world.robot).length === 1 ? 'either' : arm);

const numbersOf = ({ position, rotation }: Pose): number[] => [...position, ...rotation];

/** Whether a body is ever elsewhere than at the beginning: by 5 mm, or turned by some 3 degrees. */
function moves(rows: readonly Row[], body: number): boolean {
  const [first, ...others] = rows.map(({ poses }) => numbersOf(poses[body] as Pose));
  return others.some((pose) => pose.some((number, i) => Math.abs(number - (first?.[i] ?? 0)) > (i < 3 ? 0.005 : 0.05)));
}

/** Whether a tool was told to be elsewhere than the expert said, or a gripper to open that should be closed. */
function isAstray({ step: { command }, told }: Row, before: Row | undefined): boolean {
  return ARMS.some((arm) => {
    const [wanted, got, last] = [command[arm], told[arm], before?.told[arm]];
    if (!wanted || !got) return false;
    const slips = wanted.gripper < 0.2 && last !== undefined && got.gripper > last.gripper;
    return slips || length3(subtract3(wanted.pose.position, got.pose.position)) > ASTRAY;
  });
}

/** Stretches of rows in which something is so. */
function spansOf(is: readonly boolean[]): Span[] {
  const begins = is.flatMap((now, row) => (now && !is[row - 1] ? [row] : []));
  return begins.map((from) => {
    const end = is.indexOf(false, from);
    return [from, end < 0 ? is.length : end];
  });
}

/** From the nearest tool to what a goal is about, and from there to where it belongs; metres. */
function distancesOf(goal: Goal, { world }: Episode, { state }: DemonstrationStep): Row['distances'][number] {
  const object = middleOf(world, goal.object);
  const from = (point: Vec3): number => length3(subtract3(point, object));
  const tools = ARMS.flatMap((arm) => (state[arm] ? from(toWorld(world.robot, state[arm].pose).position) : []));
  return { tool: Math.min(...tools), target: 'target' in goal ? from(middleOf(world, goal.target)) : undefined };
}

/** A goal in words. */
function goalText(goal: Goal): string {
  switch (goal.kind) {
    case 'placed':
      return `${goal.object} → ${goal.part === undefined ? goal.target : `${goal.target}, ${goal.part}`}`;
    case 'joint':
      return `${goal.object}, ${goal.part}: ${goal.to} end`;
    case 'lifted':
      return `${goal.object} lifted ${Math.round(100 * goal.height)} cm${goal.arms === 2 ? ' by both arms' : ''}`;
    case 'beside':
      return `${goal.object} ${{ left: 'left of', right: 'right of', front: 'in front of', behind: 'behind' }[goal.side]} ${goal.target}`;
  }
}

/** Curves: grippers and heights of tools, and distances of what the goals are about. */
function curvesOf(episode: Episode, rows: readonly Row[]): CurveGroup[] {
  const {
    world,
    setup: { goals },
  } = episode;
  const arms = armsOf(world.robot);
  const panel = (name: string, unit: string, measured: number[], commanded?: number[], range?: readonly [number, number]): CurvePanel => ({
    name,
    unit,
    ...(range && { range }),
    series: [
      { kind: 'state', from: `measured ${name}`, low: pack(measured) },
      ...(commanded ? [{ kind: 'action' as const, from: `commanded ${name}`, low: pack(commanded) }] : []),
    ],
    gaps: [],
  });
  const ofArm = (arm: Arm): CurveGroup => {
    const heightOf = (pose: Pose): number => toWorld(world.robot, pose).position[2];
    const state = rows.map(({ step }) => step.state[arm] as NonNullable<DemonstrationStep['state']['left']>);
    const command = rows.map(({ step }) => step.command[arm] ?? (step.state[arm] as { pose: Pose; gripper: number }));
    const speed = state.map(({ pose }, row) => {
      const before = state[Math.max(row - 1, 0)]?.pose ?? pose;
      return CONTROL_RATE * length3(subtract3(pose.position, before.position));
    });
    return {
      title: arms.length === 1 ? 'Arm' : arm === 'left' ? 'Left arm' : 'Right arm',
      side: sideOf(episode, arm),
      panels: [
        panel(
          'gripper',
          '0 closed … 1 open',
          state.map(({ gripper }) => gripper),
          command.map(({ gripper }) => gripper),
          [0, 1],
        ),
        panel(
          'height',
          'm',
          state.map(({ pose }) => heightOf(pose)),
          command.map(({ pose }) => heightOf(pose)),
        ),
        panel('speed', 'm/s', speed),
      ],
    };
  };
  const distances = goals.flatMap((goal, i): CurvePanel[] => {
    const target = rows.flatMap((row) => row.distances[i]?.target ?? []);
    return [
      panel(
        `tool – ${goal.object}`,
        'm',
        rows.map((row) => row.distances[i]?.tool ?? Number.NaN),
      ),
      ...('target' in goal ? [panel(`${goal.object} – ${goal.target}`, 'm', target)] : []),
    ];
  });
  const unique = distances.filter(({ name }, i) => distances.findIndex((other) => other.name === name) === i);
  return [...arms.map(ofArm), { title: 'Distances, middle to middle', side: 'none', panels: unique }];
}
