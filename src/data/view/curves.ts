/**
 * States and actions as curves: what is measured and what is commanded share a panel, panels of an arm's joints or of its hand share a
 * group. Long episodes keep the least and the greatest value of some rows each, so that no spike gets lost.
 */
import type { EmbodimentArm } from '../../robot/embodiment.ts';
import { armsOf, type Columns, type PlaceBinding, positionsOf } from '../binding.ts';
import type { Column, EpisodeSource, Rows } from '../source.ts';
import type { ArmTrack, BoundSource } from '../tracks.ts';
import { type Curve, type CurveGroup, type CurvePanel, type CurvesData, pack, type Side } from './record.ts';

/** Elements of one feature that get panels; features with more of them are hardly states. */
const MOST_ELEMENTS = 64;

/** One quantity, before it is packed. */
interface Series {
  readonly kind: Curve['kind'];
  readonly from: string;
  readonly values: Float64Array;
}

/** Where an element of a feature belongs, as the binding says. */
interface Meaning {
  readonly title: string;
  readonly unit: string;
  readonly side: Side;
}

type AddPanel = (meaning: Meaning, name: string, series: readonly Series[], range?: readonly [low: number, high: number]) => void;

/** All curves of an episode: `rows` are all of its rows, `tracks` what they mean (none when they mean nothing that is known). */
export function curvesOf(
  source: EpisodeSource,
  bound: BoundSource | undefined,
  rows: Rows,
  tracks: readonly ArmTrack[],
  most: number,
): CurvesData {
  const stride = Math.max(1, Math.ceil(rows.length / most));
  const groups = new Map<string, CurveGroup & { panels: CurvePanel[] }>();
  const add: AddPanel = ({ title, unit, side }, name, series, range) => {
    const group = groups.get(title) ?? { title, side, panels: [] };
    groups.set(title, group);
    group.panels.push({ name, unit, ...(range && { range }), series: series.map((one) => curve(one, stride)), gaps: gapsOf(series) });
  };
  for (const track of tracks) addTool(track, add);
  const meanings = bound ? meaningsOf(bound) : new Map<string, Meaning>();
  for (const { name, elements } of panelsOf(source, rows)) {
    const [first] = elements;
    if (!first) continue;
    const meaning = elements.map(({ key }) => meanings.get(key)).find((found) => found !== undefined);
    add(meaning ?? { title: first.feature, unit: '', side: 'none' }, name, elements);
  }
  // In the order of the binding first, left before right; what it does not mention last.
  const order = [...tracks.map(({ slot }) => toolTitle(slot)), ...[...meanings.values()].map(({ title }) => title)];
  const rank = (title: string): number => (order.includes(title) ? order.indexOf(title) : order.length);
  return { stride, groups: [...groups.values()].toSorted((a, b) => rank(a.title) - rank(b.title)) };
}

const armName = (slot: Side): string => (slot === 'either' ? 'Arm' : slot === 'left' ? 'Left arm' : 'Right arm');
const toolTitle = (slot: Side): string => `${armName(slot)}: tool in the base frame`;

/** Position and gripper of a tool, which every robot has. */
function addTool(track: ArmTrack, add: AddPanel): void {
  const { slot, poses, targetPoses, gripper, targetGripper } = track;
  const meaning: Meaning = { title: toolTitle(slot), unit: 'm', side: slot };
  for (const [axis, name] of ['x', 'y', 'z'].entries()) {
    const values = (of: typeof poses) => Float64Array.from(of, ({ position }) => position[axis] as number);
    const commanded: Series[] = targetPoses === poses ? [] : [{ kind: 'action', from: `commanded ${name}`, values: values(targetPoses) }];
    add(meaning, name, [{ kind: 'state', from: `measured ${name}`, values: values(poses) }, ...commanded]);
  }
  const commanded: Series[] = targetGripper === gripper ? [] : [{ kind: 'action', from: 'commanded gripper', values: targetGripper }];
  add(
    { ...meaning, unit: 'gripper 0 closed … 1 open' },
    'gripper',
    [{ kind: 'state', from: 'measured gripper', values: gripper }, ...commanded],
    [0, 1],
  );
}

interface Element extends Series {
  readonly feature: string;
  /** Feature and position, as `meaningsOf` knows it */
  readonly key: string;
}

/** Elements of features by panel: those of the same name in different features share one if one is a state and the other an action. */
function panelsOf(source: EpisodeSource, rows: Rows): { name: string; elements: Element[] }[] {
  const panels: { name: string; elements: Element[] }[] = [];
  const ofName = new Map<string, { name: string; elements: Element[] }>();
  const ofKind = (kind: Curve['kind']): string[] => Object.keys(rows.columns).filter((feature) => kindOf(feature) === kind);
  for (const feature of [...ofKind('state'), ...ofKind('action')]) {
    const column = rows.columns[feature] as Column;
    const width = column.shape.reduce((a, b) => a * b, 1);
    const names = source.features[feature]?.names;
    for (let i = 0; i < Math.min(width, MOST_ELEMENTS); i++) {
      const name = names?.[i];
      const element = {
        feature,
        key: `${feature}/${i}`,
        kind: kindOf(feature),
        from: width === 1 ? feature : `${feature}[${i}]`,
        values: Float64Array.from({ length: rows.length }, (_, row) => column.data[row * width + i] as number),
      };
      const known = name === undefined ? undefined : ofName.get(name);
      if (known?.elements.every(({ kind }) => kind !== element.kind)) {
        known.elements.push(element);
        continue;
      }
      const panel = { name: name ?? (width === 1 ? feature : `${i}`), elements: [element] };
      if (name !== undefined && !known) ofName.set(name, panel);
      panels.push(panel);
    }
  }
  return panels;
}

const kindOf = (feature: string): Curve['kind'] => (/(^|[./_])actions?($|[./_])/i.test(feature) ? 'action' : 'state');

/** What the binding says of elements, by feature and position. */
function meaningsOf({ source, binding, embodiment }: BoundSource): Map<string, Meaning> {
  const meanings = new Map<string, Meaning>();
  const say = (columns: Columns | undefined, meaning: Meaning): void => {
    if (!columns) return;
    for (const position of positionsOf(columns, source.features)) {
      const key = `${columns.feature}/${position}`;
      if (!meanings.has(key)) meanings.set(key, meaning);
    }
  };
  const arms = armsOf(binding);
  for (const [slot, { state, command }] of arms) {
    const joints: Meaning = {
      title: `${armName(slot)}: joints`,
      unit: jointUnit(embodiment.arms.find((arm) => arm.slot === slot)),
      side: slot,
    };
    const place = (at: PlaceBinding | undefined): void => {
      if (at?.kind === 'joints') say(at.joints, joints);
      if (at?.kind !== 'pose') return;
      say(at.position, { title: `${armName(slot)}: recorded position`, unit: 'm', side: slot });
      say(at.rotation, { title: `${armName(slot)}: recorded rotation`, unit: at.rotation.convention, side: slot });
      say(at.joints, joints);
    };
    place(state);
    place(command?.place);
  }
  for (const [slot, { gripper, command }] of arms) {
    for (const one of [gripper, command?.gripper]) {
      if (one) say(one, { title: `${armName(slot)}: gripper`, unit: `${one.closed} closed, ${one.open} open`, side: slot });
    }
  }
  return meanings;
}

function jointUnit(arm: EmbodimentArm | undefined): string {
  const types = new Set(arm?.chain.joints.map(({ type }) => (type === 'slide' ? 'm' : 'rad')));
  return [...types].join(', ');
}

/** The least and the greatest of `stride` values each; a point is NaN when one of its values is. */
export function envelope(values: ArrayLike<number>, stride: number): { low: Float32Array; high: Float32Array } {
  const points = Math.ceil(values.length / stride);
  const [low, high] = [new Float32Array(points), new Float32Array(points)];
  for (let point = 0; point < points; point++) {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = point * stride; i < Math.min(values.length, (point + 1) * stride); i++) {
      least = Math.min(least, values[i] as number);
      most = Math.max(most, values[i] as number);
    }
    low[point] = least;
    high[point] = most;
  }
  return { low, high };
}

function curve({ kind, from, values }: Series, stride: number): Curve {
  if (stride === 1) return { kind, from, low: pack(values) };
  const { low, high } = envelope(values, stride);
  return { kind, from, low: pack(low), high: pack(high) };
}

/** Stretches of rows in which one of the series is not finite. */
function gapsOf(series: readonly Series[]): [from: number, to: number][] {
  const gaps: [number, number][] = [];
  const rows = series[0]?.values.length ?? 0;
  for (let row = 0; row < rows; row++) {
    if (series.every(({ values }) => Number.isFinite(values[row]))) continue;
    const last = gaps.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else gaps.push([row, row + 1]);
  }
  return gaps;
}
