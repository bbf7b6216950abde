/** Checks of the tools' motion: how fast it is, and how far commands are from where the tool is. */
import { rotationAngle } from '../../robot/rotation.ts';
import type { Pose } from '../../robot/se3.ts';
import { length3, subtract3 } from '../../robot/vectors.ts';
import type { ArmTrack } from '../tracks.ts';
import { armOf, short } from './findings.ts';
import { TURN_SPEED } from './rotations.ts';
import type { EpisodeContext } from './row-checks.ts';

/** Metres per second that no arm's tool moves at: arms with 7 joints reach 1.7 to 2.5, people's hands at work about 2. */
const TOOL_SPEED = 3;
/**
 * How far a commanded pose may be from the measured one, in metres and radians: a controller lags by a few frames. Beyond it, the two
 * are in different frames or units (LIBERO's observed quaternion is turned by about 90° against its controller's).
 */
const COMMAND_DISTANCE = 0.5;
const COMMAND_ANGLE = 1;
/** So many frames of an episode have to be so: a tool that is blocked lags, too. */
const COMMAND_SHARE = 0.5;

/** A check that sees the motion of all arms block by block. */
export interface MotionCheck {
  (from: number, tracks: readonly ArmTrack[]): void;
  /** Says what can only be said at the end of the episode; `rows` is its length. */
  end(rows: number): void;
}

/** The check for one episode. */
export function motionCheck(context: EpisodeContext): MotionCheck {
  const arms = new Map<string, ReturnType<typeof armCheck>>();
  return Object.assign(
    (from: number, tracks: readonly ArmTrack[]): void => {
      for (const track of tracks) {
        const check = arms.get(track.slot) ?? armCheck(context, track.slot);
        arms.set(track.slot, check);
        check.block(from, track);
      }
    },
    {
      end(rows: number): void {
        for (const check of arms.values()) check.end(rows);
      },
    },
  );
}

function armCheck(context: EpisodeContext, slot: string): { block(from: number, track: ArmTrack): void; end(rows: number): void } {
  const measured = speedCheck(context, `the measured tool of ${armOf(slot)}`);
  const commanded = speedCheck(context, `the commanded tool of ${armOf(slot)}`);
  let apart = { frames: 0, first: -1, distance: 0, angle: 0 };
  return {
    block(from, { poses, targetPoses }) {
      const same = poses === targetPoses;
      for (let row = 0; row < poses.length; row++) {
        const [pose, target] = [poses[row] as Pose, targetPoses[row] as Pose];
        measured(from + row, pose);
        if (same) continue;
        commanded(from + row, target);
        const distance = length3(subtract3(target.position, pose.position));
        const angle = rotationAngle(pose.rotation, target.rotation);
        if (distance <= COMMAND_DISTANCE && angle <= COMMAND_ANGLE) continue;
        const { frames, first } = apart;
        apart = {
          frames: frames + 1,
          first: frames === 0 ? from + row : first,
          distance: Math.max(apart.distance, distance),
          angle: Math.max(apart.angle, angle),
        };
      }
    },
    end(rows) {
      if (apart.frames <= COMMAND_SHARE * rows) return;
      context.findings.add({
        check: 'relative-poses',
        severity: 'warning',
        episode: context.episode,
        frame: apart.first,
        frames: apart.frames,
        message: `the commanded tool of ${armOf(slot)} is up to ${short(apart.distance)} m and ${short(apart.angle)} rad away from the measured one in the same frame: they seem to be in different frames or units`,
      });
    },
  };
}

function speedCheck({ findings, episode, fps }: EpisodeContext, what: string): (frame: number, pose: Pose) => void {
  const common = { check: 'relative-poses', severity: 'warning', episode } as const;
  const moves = findings.tally(({ size, worst }) => ({
    ...common,
    message: `${what} moves by up to ${short(size)} m from one frame to the next, in frame ${worst}: ${short(size * fps)} m/s, where ${TOOL_SPEED} is more than arms do`,
  }));
  const turns = findings.tally(({ size, worst }) => ({
    ...common,
    message: `${what} turns by up to ${short(size)} rad from one frame to the next, in frame ${worst}: ${short(size * fps)} rad/s, where ${TURN_SPEED} is more than arms do`,
  }));
  let before: Pose | undefined;
  let at = -1;
  return (frame, pose) => {
    if (before && frame === at + 1) {
      const step = length3(subtract3(pose.position, before.position));
      if (step * fps > TOOL_SPEED) moves.add(frame, step);
      const angle = rotationAngle(before.rotation, pose.rotation);
      if (angle * fps > TURN_SPEED) turns.add(frame, angle);
    }
    before = pose;
    at = frame;
  };
}
