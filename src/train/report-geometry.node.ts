/** What a 3D encoder finds in views that it has not been trained on, as a section of a report: how far off it is, and pictures. */
import { encodeSmall } from '../data/images.ts';
import { html } from '../data/view/html.ts';
import { matrixFromQuaternion, type Quaternion, rotationAngle } from '../robot/rotation.ts';
import type { Baseline } from './geometry-moments.ts';
import type { ReportSection } from './report.ts';

/** A view, what is in it and what was found, in units of the scene. */
export interface ViewPrediction {
  /** Its number: 0 is the view in whose frame cameras are */
  readonly view: number;
  /** Pixels of a side, S */
  readonly size: number;
  /** u8[S, S, 3] */
  readonly image: Uint8Array;
  /** f32[S, S]: 1 where there is something */
  readonly valid: Float32Array;
  /** f32[S, S] */
  readonly depth: { readonly true: Float32Array; readonly found: Float32Array };
  /** f32[CAMERA_DIMS] */
  readonly camera: { readonly true: Float32Array; readonly found: Float32Array };
}

/** The views of a moment. */
export type HeldOut = readonly ViewPrediction[];

/** Means over views. */
export interface GeometryErrors {
  /** Of depth: |found − true| / true over pixels */
  readonly absRel: number;
  /** Share of pixels whose depth is wrong by less than a quarter: max(found / true, true / found) < 1.25 */
  readonly within: number;
  /** Of cameras but the first: radians */
  readonly rotation: number;
  /** Of cameras but the first: in units of the scene */
  readonly translation: number;
}

/** How far off what was found is; of no views, NaN. */
function geometryErrors(moments: readonly HeldOut[]): GeometryErrors {
  const views = moments.flat();
  const pixels = views.map(({ valid, depth }) => {
    const off: number[] = [];
    const near: number[] = [];
    valid.forEach((there, i) => {
      if (there !== 1) return;
      const [is, found] = [depth.true[i] as number, depth.found[i] as number];
      off.push(Math.abs(found - is) / is);
      near.push(Math.max(found / is, is / found) < 1.25 ? 1 : 0);
    });
    return { absRel: mean(off), within: mean(near) };
  });
  const others = views.filter(({ view }) => view > 0).map(({ camera }) => camera);
  return {
    absRel: mean(pixels.map(({ absRel }) => absRel)),
    within: mean(pixels.map(({ within }) => within)),
    rotation: mean(others.map((camera) => rotationAngle(turnOf(camera.true), turnOf(camera.found)))),
    translation: mean(
      others.map((camera) => Math.hypot(...[0, 1, 2].map((d) => (camera.found[d] as number) - (camera.true[d] as number)))),
    ),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The rotation of a camera as it is encoded: x, y, z, w from number 3 on. */
function turnOf(camera: Float32Array): ReturnType<typeof matrixFromQuaternion> {
  const [x, y, z, w] = camera.subarray(3, 7) as unknown as [number, number, number, number];
  return matrixFromQuaternion([w, x, y, z] satisfies Quaternion);
}

/** The section, with pictures of the first few moments: near is bright. */
export async function geometrySection(moments: readonly HeldOut[], baseline: Baseline, shown: number): Promise<ReportSection> {
  const blind = moments.map((views) =>
    views.map((one) => ({
      ...one,
      depth: { true: one.depth.true, found: baseline.depth[one.view] as Float32Array },
      camera: { true: one.camera.true, found: baseline.cameras[one.view] as Float32Array },
    })),
  );
  const rows = [
    ['found', geometryErrors(moments)],
    ['the mean of all training views', geometryErrors(blind)],
  ] as const;
  const articles = await Promise.all(
    moments.slice(0, shown).map(async (views) => {
      const figures = await Promise.all(views.map(picturesOf));
      return html`<article>${figures.map(
        (pictures) =>
          html`<div class="seen">${pictures.map(
            ({ name, picture }) => html`<figure><img alt="${name}" src="${picture}"><figcaption>${name}</figcaption></figure>`,
          )}</div>`,
      )}</article>`;
    }),
  );
  const section = html`<p class="hint">${moments.length} moments that are not trained on. Lengths are in units of a scene: the mean distance of what is seen from the first camera.</p>
<table><thead><tr><th></th><th>depth off by</th><th>within 25 %</th><th>cameras turned by</th><th>and moved by</th></tr></thead>
<tbody>${rows.map(
    ([name, { absRel, within, rotation, translation }]) =>
      html`<tr><td>${name}</td><td>${percent(absRel)}</td><td>${percent(within)}</td><td>${((180 / Math.PI) * rotation).toFixed(1)}°</td><td>${translation.toFixed(3)}</td></tr>`,
  )}</tbody></table>
<div class="predictions">${articles}</div>`;
  return { title: 'Depth and cameras', html: section.html };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Pixels of the longer side of pictures at most, and their JPEG's quality */
const [PIXELS, QUALITY] = [224, 90];

/** A view, its depth, and the depth that was found, both on one scale, as `data:` addresses. */
async function picturesOf({ size, image, valid, depth }: ViewPrediction): Promise<{ readonly name: string; readonly picture: string }[]> {
  const there = depth.true.filter((_, i) => valid[i] === 1);
  const [near, far] = [there.reduce((a, b) => Math.min(a, b)), there.reduce((a, b) => Math.max(a, b))];
  const grey = (map: Float32Array): Uint8Array =>
    Uint8Array.from({ length: 3 * map.length }, (_, i) => {
      const at = Math.floor(i / 3);
      return valid[at] === 1 ? 255 * Math.min(1, Math.max(0, (1 / (map[at] as number) - 1 / far) / (1 / near - 1 / far))) : 0;
    });
  const parts = [
    ['seen', image],
    ['depth', grey(depth.true)],
    ['found', grey(depth.found)],
  ] as const;
  return Promise.all(
    parts.map(async ([name, data]) => {
      const jpeg = await encodeSmall({ width: size, height: size, data }, PIXELS, QUALITY);
      return { name, picture: `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}` };
    }),
  );
}
