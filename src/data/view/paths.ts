/** Where the tools went, as a page draws it. */
import type { ArmTrack } from '../tracks.ts';
import { type PathsData, pack, type ToolPath } from './record.ts';

/** Numbers of a point of a path; see `ToolPath`. */
const POINT = 10;

/** The measured paths of all tools, of at most `most` points each. */
export function pathsOf(tracks: readonly ArmTrack[], most: number): PathsData | undefined {
  const rows = tracks[0]?.poses.length ?? 0;
  if (rows === 0) return undefined;
  const stride = Math.ceil(rows / most);
  return { stride, tools: tracks.map((track) => pathOf(track, stride)) };
}

function pathOf({ slot, poses, gripper }: ArmTrack, stride: number): ToolPath {
  const points = new Float32Array(Math.ceil(poses.length / stride) * POINT);
  for (let i = 0; i * POINT < points.length; i++) {
    const pose = poses[i * stride];
    if (!pose) continue;
    const { position, rotation: r } = pose;
    points.set([...position, r[1], r[4], r[7], r[2], r[5], r[8], gripper[i * stride] as number], i * POINT);
  }
  return { side: slot, points: pack(points) };
}
