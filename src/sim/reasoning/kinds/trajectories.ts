/** Paths over the next moments of a rollout: of a gripper on its way, or of what it carries, in pixels or in metres. */
import { CONTROL_RATE } from '../../../robot/canonical.ts';
import { length3, subtract3, type Vec3 } from '../../../robot/vectors.ts';
import type { RandomStream } from '../../../tensor/random.ts';
import { type Phrases, say, sentence } from '../english.ts';
import { gripperName } from '../facts/robot.ts';
import { cameraNote, inCamera, inPicture, metres } from '../frames.ts';
import { pick } from '../lists.ts';
import type { Moment } from '../moment.ts';
import { namesIn } from '../names.ts';
import type { Track } from '../rollout.ts';
import type { Point2d, Split } from '../sample.ts';
import { isClear, type Sight } from '../sight.ts';
import { type Asked, pixelsOf } from './asked.ts';

const IN_PICTURE: Phrases = {
  training: [
    'The task is: "{task}" Draw the path of the {a} over the next {time} in the picture.',
    '"{task}" Where will the {a} move in the next {time}? Answer with points in the picture.',
    'Predict the trajectory of the {a} for the next {time}, in pixels, as the robot does this: "{task}"',
  ],
  heldOut: ['While the robot works on "{task}", which way through the picture does the {a} take in the next {time}?'],
};
const IN_SPACE: Phrases = {
  training: [
    'The task is: "{task}" Where will the {a} move in the next {time}? Answer with points in 3D, in metres from the camera.',
    'Predict the 3D trajectory of the {a} for the next {time} as the robot does this: "{task}"',
    '"{task}" Give the path of the {a} through space over the next {time}, in the frame of the camera.',
  ],
  heldOut: ['While the robot works on "{task}", which way through space does the {a} take in the next {time}?'],
};

/** Seconds that are asked for, in words */
const TIMES = [
  [1, 'second'],
  [2, 'two seconds'],
] as const;
/** Control steps between points: 5 Hz, as often as latent actions look */
const STEP = 6;
/** Metres along the path, and pixels from its beginning to its farthest point, that make it worth asking */
const LEAST = { metres: 0.05, pixels: 12 };

/** Something that will move. */
interface Mover {
  readonly name: string;
  readonly path: readonly Vec3[];
}

/** Asks where a gripper or what it carries goes. */
export function trajectory(
  kind: 'trajectory-2d' | 'trajectory-3d',
  moment: Moment,
  track: Track,
  split: Split,
  random: RandomStream,
): Asked | undefined {
  const { sight, task } = moment;
  if (!task) return undefined;
  const [seconds, time] = pick(TIMES, random);
  const movers = moversIn(moment, track, moment.step + seconds * CONTROL_RATE).filter((mover) => isPlain(sight, mover));
  if (movers.length === 0) return undefined;
  const { name, path } = pick(movers, random);
  const slots = { a: name, time, task: sentence(task.instruction) };
  const pictures = [pixelsOf(sight)];
  if (kind === 'trajectory-2d') {
    const points = path.map((point) => inPicture(sight, point) as Point2d);
    return { pictures, question: say(IN_PICTURE, split, random, slots), answer: { kind, trajectories: [{ points, label: name }] } };
  }
  const points = path.map((point) => metres(inCamera(sight.camera, point)));
  return {
    pictures,
    question: say(IN_SPACE, split, random, slots) + cameraNote(sight.camera),
    answer: { kind, trajectories: [{ points, label: name }] },
  };
}

/** Grippers that are seen, and what they hold, with their paths up to a step; none where the rollout ends before or comes to nothing. */
function moversIn(moment: Moment, track: Track, end: number): Mover[] {
  const { step, grippers, things, sight } = moment;
  if (!track.succeeded || end > track.last) return [];
  const steps: number[] = [];
  for (let at = step; at <= end; at += STEP) steps.push(at);
  return grippers.flatMap((gripper) => {
    const ofTool = steps.map((at) => track.tool(gripper.arm, at));
    const held = things.find(({ id }) => id === gripper.holds);
    const [name] = held && isClear(sight.seen.get(held.id)) ? namesIn(moment, sight, held) : [];
    return [
      ...(gripper.seen ? [{ name: gripperName(moment, gripper), path: ofTool }] : []),
      ...(held && name !== undefined ? [{ name, path: [held.middle, ...steps.slice(1).map((at) => track.middle(held.id, at))] }] : []),
    ];
  });
}

/** Whether a path stays in the picture, and leads somewhere. */
function isPlain(sight: Sight, { path }: Mover): boolean {
  const places = path.map((point) => inPicture(sight, point));
  const [start] = places;
  if (!start || !places.every((place) => place !== undefined)) return false;
  const farthest = Math.max(...places.map(([x, y]) => Math.max(Math.abs(x - start[0]), Math.abs(y - start[1]))));
  const long = path.slice(1).reduce((sum, point, i) => sum + length3(subtract3(point, path[i] as Vec3)), 0);
  return long >= LEAST.metres && farthest >= LEAST.pixels;
}
