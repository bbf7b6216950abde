/** What a robot's cameras see of a world: pictures, and which pixel belongs to what. */

import type { View } from '../robot/canonical.ts';
import { IDENTITY_ROTATION, matrixFromAxisAngle } from '../robot/rotation.ts';
import { composePoses, IDENTITY_POSE, type Pose, poseAt } from '../robot/se3.ts';
import { boxMesh } from './meshes/solids.ts';
import { bodyName } from './mjcf.ts';
import type { Visual } from './objects/model.ts';
import { createRenderer, type RendererOptions } from './render/renderer.ts';
import type { Camera, Instance, Picture, RenderScene } from './render/types.ts';
import { robotVisuals } from './robot-looks.ts';
import type { SimRobot } from './robots.ts';
import { roomVisuals } from './rooms.ts';
import { addNoise } from './sensor.ts';
import type { World } from './world.ts';

/** What a number of the segmentation stands for. */
export type Segment =
  | { readonly kind: 'room' }
  /** A body of the robot's model, or the stand below it */
  | { readonly kind: 'robot'; readonly body: string }
  | { readonly kind: 'thing'; readonly thing: string; readonly part?: string };

/** A world's cameras. */
export interface Views {
  /** The views that the robot has, in the order of VIEWS */
  readonly names: readonly View[];
  /** By the numbers of the segmentation; 0 is where nothing is */
  readonly segments: ReadonlyMap<number, Segment>;
  /** The numbers of a thing: of all of it, or of one of its parts */
  idsOf(thing: string, part?: string): readonly number[];
  /** Where a camera is now. Throws for a view that the robot lacks. */
  camera(view: View): Camera;
  /** Brings everything to where it is now, shadows included. Call it once before pictures of a new state are taken. */
  update(): void;
  /** Takes a picture, with the noise of the scene's sensors in its colours. */
  take(view: View, picture: Picture): void;
  /** Takes a picture from anywhere, without noise. */
  takeFrom(camera: Camera, picture: Picture): void;
}

/** The views of a robot. The wrist of a robot's only arm is its right one here. */
export function viewsOf({ embodiment: { cameras } }: SimRobot): readonly { readonly view: View; readonly camera: string }[] {
  const named: [View, string | undefined][] = [
    ['head', cameras.head],
    ['leftWrist', cameras.leftWrist],
    ['rightWrist', cameras.rightWrist ?? cameras.wrist],
  ];
  return named.flatMap(([view, camera]) => (camera === undefined ? [] : [{ view, camera }]));
}

const ROOM = 1;

/** Cameras for a world; valid as long as it is open. */
export function createViews(world: World, options: RendererOptions = {}): Views {
  const { mujoco, model, data, scene, robot } = world;
  const segments = new Map<number, Segment>([[ROOM, { kind: 'room' }]]);
  const ids = new Map<string, number>();
  const idOf = (key: string, segment: Segment): number => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = segments.size + 1;
    segments.set(id, segment);
    ids.set(key, id);
    return id;
  };

  /** An instance, and how to find out where it is */
  const moving: { readonly instance: Instance; readonly body: number; readonly pose: Pose }[] = [];
  const still: Instance[] = [];
  const place = ({ mesh, material }: Visual, id: number, { position, rotation }: Pose, shadow = true): Instance => ({
    mesh,
    material,
    id,
    position,
    rotation,
    shadow,
  });

  for (const { visual, pose } of roomVisuals(scene.room)) still.push(place(visual, ROOM, pose, false));
  for (const [x, y, half] of robot.stands) {
    const height = robot.base.position[2] / 2;
    const visual = { mesh: boxMesh([half, half, height]), material: { color: [0.35, 0.36, 0.38] as const } };
    still.push(
      place(visual, idOf('stand', { kind: 'robot', body: robot.baseBody }), { position: [x, y, height], rotation: IDENTITY_ROTATION }),
    );
  }
  const { bodies: bodyIds, bodyNames } = world.places;
  const ofThings = new Set(
    scene.things
      .flatMap(({ id, model: { parts = [] } }) => [id, ...parts.map(({ name }) => bodyName(id, name))])
      .map((name) => bodyIds.get(name)),
  );
  for (const { body, visual, pose } of robotVisuals(mujoco, model, (i) => i > 0 && !ofThings.has(i))) {
    const name = bodyNames[body] as string;
    moving.push({ instance: place(visual, idOf(`robot/${name}`, { kind: 'robot', body: name }), IDENTITY_POSE), body, pose });
  }
  for (const {
    id: thing,
    model: { body: main, parts = [] },
  } of scene.things) {
    for (const { name: part, visuals } of [{ name: undefined, visuals: main.visuals }, ...parts]) {
      const id = idOf(`thing/${bodyName(thing, part)}`, { kind: 'thing', thing, ...(part !== undefined && { part }) });
      const body = bodyIds.get(bodyName(thing, part)) as number;
      for (const visual of visuals) moving.push({ instance: place(visual, id, IDENTITY_POSE), body, pose: IDENTITY_POSE });
    }
  }

  const renderScene: RenderScene = {
    instances: [...still, ...moving.map(({ instance }) => instance)],
    light: scene.room.light,
    background: [0.75, 0.78, 0.8],
  };
  const renderer = createRenderer(renderScene, options);
  const views = viewsOf(robot);
  const cameraIds = new Map(views.map(({ view, camera }) => [view, mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_CAMERA.value, camera)]));

  function camera(view: View): Camera {
    const id = cameraIds.get(view);
    if (id === undefined) throw new Error(`${robot.embodiment.name} has no ${view} camera: it has ${views.map((v) => v.view).join(', ')}`);
    const { move = [0, 0, 0], turn = [0, 0, 0], zoom = 1 } = scene.cameras?.[view] ?? {};
    const there = poseAt(data.cam_xpos, data.cam_xmat, id);
    const { position, rotation } = composePoses(there, { position: move, rotation: matrixFromAxisAngle(turn) });
    return { position, rotation, fovy: (model.cam_fovy[id] * zoom * Math.PI) / 180 };
  }

  return {
    names: views.map(({ view }) => view),
    segments,
    idsOf(thing, part) {
      return [...segments].flatMap(([id, segment]) =>
        segment.kind === 'thing' && segment.thing === thing && (part === undefined || segment.part === part) ? [id] : [],
      );
    },
    camera,
    update() {
      mujoco.mj_kinematics(model, data);
      mujoco.mj_camlight(model, data);
      const { xpos, xmat } = data;
      for (const { instance, body, pose } of moving) {
        const there = poseAt(xpos, xmat, body);
        const { position, rotation } = pose === IDENTITY_POSE ? there : composePoses(there, pose);
        instance.position = position;
        instance.rotation = rotation;
      }
      renderer.updateShadows();
    },
    take(view, picture) {
      renderer.render(camera(view), picture);
      if (scene.noise) addNoise(picture, scene.noise, view, world.steps);
    },
    takeFrom: (from, picture) => renderer.render(from, picture),
  };
}
