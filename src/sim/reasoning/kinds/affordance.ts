/** Boxes around where to take hold of something: what is seen of it between the pads of a gripper that does. */
import { invertRotation, rotateVector } from '../../../robot/rotation.ts';
import { type Pose, relativePose } from '../../../robot/se3.ts';
import { subtract3, type Vec3 } from '../../../robot/vectors.ts';
import { cos, sin } from '../../../tensor/portable-math.ts';
import { bodyName } from '../../mjcf.ts';
import type { Grasp } from '../../objects/model.ts';
import { unproject } from '../../render/camera.ts';
import { type Phrases, say } from '../english.ts';
import { grouped, pick, range } from '../lists.ts';
import type { Moment } from '../moment.ts';
import { fullName, namesIn } from '../names.ts';
import type { Box2d } from '../sample.ts';
import { isClear, type Seen, type Sight } from '../sight.ts';
import { type Asks, pixelsOf } from './asked.ts';

const ANYWHERE: Phrases = {
  training: [
    'Where should a gripper take hold of the {a}?',
    'Which part of the {a} can be grasped? Answer with its box.',
    'Where can the {a} be picked up?',
    'Show where to grasp the {a}.',
  ],
  heldOut: ['At which place would you grip the {a}?', 'Mark the graspable region of the {a}.'],
};
const BY: Phrases = {
  training: [
    'Where should a gripper take hold of the {a} by its {part}?',
    'Show where to grasp the {part} of the {a}.',
    'Which box encloses what can be gripped of the {part} of the {a}?',
  ],
  heldOut: ['The {a} is to be held by its {part}: at which place?'],
};
const MOVE: Phrases = {
  training: [
    'Where should a gripper take hold to move the {a}?',
    'Show where to grasp to operate the {a}.',
    'Which part of the {a} affords moving it? Answer with its box.',
  ],
  heldOut: ['Mark the place to grip when the {a} is to be moved.'],
};

/** Half sides of what the pads cover, along the tool's x and z axes, and how far beyond them along y, metres */
const PADS = { x: 0.012, z: 0.013, beyond: 0.004 };
/** Pixels of it that must be seen */
const FEWEST_PIXELS = 15;
/** Ways around that are looked at of what can be held from all around */
const TURNS = range(16).map((i) => (i / 16) * 2 * Math.PI);
/** A hand comes from above or from the side: of its approach in the world, at most so much upwards */
const UPWARDS = 0.3;

/** What can be held: a thing, or a part that moves. */
interface Holdable {
  readonly words: string;
  readonly moves: boolean;
  readonly seen: Seen;
  readonly pose: Pose;
  readonly grasps: readonly Grasp[];
}

/** Asks where to grasp a thing, perhaps by a certain part of it, or what to hold to open or turn something. */
export const affordance: Asks = (moment, sight, split, random) => {
  const holdables = holdablesIn(moment, sight);
  if (holdables.length === 0) return undefined;
  const { words, moves, seen, pose, grasps } = pick(holdables, random);
  const reachable = grasps.filter(
    (grasp) => rotateVector(pose.rotation, [grasp.pose.rotation[2], grasp.pose.rotation[5], grasp.pose.rotation[8]])[2] < UPWARDS,
  );
  const byPart = [...grouped(reachable, ({ part }) => part.replace(SIDES, ''))];
  if (byPart.length === 0) return undefined;
  // The best grasps are the first ones.
  const [part, ways] = random.uniform() < 0.6 ? (byPart[0] as (typeof byPart)[number]) : pick(byPart, random);
  const boxes = [...grouped(ways, (grasp) => grasp.part).values()]
    .map((these) => boxOf(sight, seen, pose, these))
    .filter((box) => box !== undefined);
  if (boxes.length === 0) return undefined;
  const named = !moves && part !== 'body';
  const label = named ? `${part} of the ${words}` : words;
  return {
    pictures: [pixelsOf(sight)],
    question: say(moves ? MOVE : named ? BY : ANYWHERE, split, random, { a: words, part }),
    answer: { kind: 'affordance', boxes: boxes.map((box) => ({ box, label })) },
  };
};

/** What tells parts of one thing apart only for who knows which side of it is which: a basket's left and right rim. */
const SIDES = /^(left|right|near|far) /;

function holdablesIn(moment: Moment, sight: Sight): Holdable[] {
  const { things, grippers } = moment;
  return things.flatMap((thing) => {
    const { id, model, pose, parts } = thing;
    const seen = sight.seen.get(id);
    const [words] = namesIn(moment, sight, thing);
    const held = grippers.some(({ holds }) => holds === id);
    const whole = isClear(seen) && words !== undefined && !held && model.grasps.length > 0;
    const name = fullName(thing, things);
    return [
      ...(whole ? [{ words, moves: false, seen, pose, grasps: model.grasps }] : []),
      ...parts.flatMap(({ part, pose: at }) => {
        const shown = sight.seen.get(bodyName(id, part.name));
        if (!isClear(shown) || name === undefined || (part.grasps ?? []).length === 0) return [];
        return [{ words: `${part.name} of the ${name}`, moves: true, seen: shown, pose: at, grasps: part.grasps as readonly Grasp[] }];
      }),
    ];
  });
}

/** Around all pixels of something that lie between the pads of one of the grasps. */
function boxOf(
  { camera, picture }: Sight,
  { ids, box: [left, top, right, bottom] }: Seen,
  pose: Pose,
  grasps: readonly Grasp[],
): Box2d | undefined {
  const { width, height, depth, segmentation } = picture;
  const [box, pixels]: [Box2d, number[]] = [[width, height, 0, 0], []];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x;
      if (!ids.includes(segmentation[at] as number)) continue;
      const point = unproject(camera, width, height, x + 0.5, y + 0.5, depth[at] as number);
      const local = relativePose(pose, { position: point, rotation: pose.rotation }).position;
      if (!grasps.some((grasp) => isBetweenPads(grasp, local))) continue;
      pixels.push(at);
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x + 1);
      box[3] = Math.max(box[3], y + 1);
    }
  }
  return pixels.length >= FEWEST_PIXELS ? box : undefined;
}

const STRAIGHT = [0];

/** Whether a point in the frame of what is held is between the pads, at any of the turns that are as good. */
function isBetweenPads({ pose, width, aroundZ }: Grasp, [x, y, z]: Vec3): boolean {
  const back = invertRotation(pose.rotation);
  return (aroundZ ? TURNS : STRAIGHT).some((turn) => {
    const [c, s] = aroundZ ? [cos(turn), sin(turn)] : [1, 0];
    const [a, b, d] = rotateVector(back, subtract3([c * x + s * y, c * y - s * x, z], pose.position));
    return Math.abs(a) <= PADS.x && Math.abs(b) <= width / 2 + PADS.beyond && Math.abs(d) <= PADS.z;
  });
}
