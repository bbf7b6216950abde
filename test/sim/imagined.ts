/** Moments of layouts that are only imagined: nothing is simulated or drawn, and all that is in the picture is clearly seen. */
import { invertRotation, rotateVector } from '../../src/robot/rotation.ts';
import { composePoses } from '../../src/robot/se3.ts';
import { add3, scale3, subtract3 } from '../../src/robot/vectors.ts';
import { drawCamera } from '../../src/sim/reasoning/camera.ts';
import { cornersOf, inPicture } from '../../src/sim/reasoning/frames.ts';
import type { Moment, Support } from '../../src/sim/reasoning/moment.ts';
import type { Seen, Sight } from '../../src/sim/reasoning/sight.ts';
import type { ThingNow } from '../../src/sim/reasoning/things.ts';
import { createPicture } from '../../src/sim/render/picture.ts';
import type { Scene, Thing } from '../../src/sim/scene.ts';
import type { RandomStream } from '../../src/tensor/random.ts';

const picture = createPicture(224, 224);

/** A layout as a camera sees it. */
export function imaginedMoment(scene: Scene, random: RandomStream): Moment {
  const camera = drawCamera(random, 'around');
  const things = scene.things.map(thingAtFirst);
  const base: Sight = { view: 'scene', camera, picture, seen: new Map(), robot: new Map(), room: 1 };
  const seen = new Map<string, Seen>();
  for (const [i, thing] of things.entries()) {
    const corners = cornersOf(thing).map((corner) => inPicture(base, corner));
    const inside = corners.filter((corner) => corner !== undefined);
    if (inside.length < 8) continue;
    const [x, y] = [inside.map((corner) => corner[0]), inside.map((corner) => corner[1])];
    seen.set(thing.id, { ids: [i + 2], pixels: 100, box: [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)], share: 1 });
  }
  const sight = { ...base, seen };
  const supports = new Map(things.filter(({ model }) => !model.fixed).map((thing) => [thing.id, supportOf(thing, things)]));
  return { step: 0, things, grippers: [], supports, sight, sights: [sight] };
}

/** Where a thing and its parts are before anything moves. */
function thingAtFirst({ id, model, pose, joints = {} }: Thing): ThingNow {
  const parts = (model.parts ?? []).map((part) => {
    const [low, high] = part.joint.range;
    return { part, pose, share: ((joints[part.name] ?? low) - low) / (high - low) };
  });
  const [low, high] = model.bounds;
  const middle = composePoses(pose, { position: scale3(add3(low, high), 0.5), rotation: pose.rotation }).position;
  return { id, model, pose, middle, parts };
}

/** The place above which its middle is, where it does not stand on the table. */
function supportOf(thing: ThingNow, things: readonly ThingNow[]): Support {
  if (thing.pose.position[2] < 0.002) return { on: 'table' };
  for (const target of things) {
    for (const place of target === thing ? [] : (target.model.places ?? [])) {
      const local = rotateVector(invertRotation(target.pose.rotation), subtract3(thing.middle, target.pose.position));
      const [x, y] = subtract3(local, place.position);
      if (Math.abs(x) < place.extent[0] && Math.abs(y) < place.extent[1]) return { on: 'thing', target: target.id, place };
    }
  }
  return { on: 'table' };
}
