/** The page: what it says, and where it shows what. */
import { type Html, html } from './html.ts';
import type { CameraData, PageData, Side } from './record.ts';
import { BASE } from './script/base.ts';
import { CHUNK } from './script/chunk.ts';
import { CURVES } from './script/curves.ts';
import { PATHS } from './script/paths.ts';
import { PLAYER } from './script/player.ts';
import { pageInShell, programOf } from './shell.ts';
import { STYLE } from './style.ts';
import { type StatisticsTable, tableHtml } from './table.ts';

/** What the head of a page says, and what it shows. */
export interface PageContent {
  readonly dataset: string;
  /** The number by which the dataset calls the episode */
  readonly episode: number;
  /** Instructions of the episode; none where there is none */
  readonly instructions: readonly string[];
  /** Name and value, in this order */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What could not be shown, and why */
  readonly notices: readonly string[];
  readonly data: PageData;
  readonly tables: readonly StatisticsTable[];
}

const SCRIPTS = [BASE, PLAYER, CURVES, CHUNK, PATHS];
/** The page's script as one program. */
export const pageScript = (): string => programOf(SCRIPTS);

/** The page as HTML. */
export function pageOf(content: PageContent): string {
  const { dataset, episode, instructions, facts, notices, data, tables } = content;
  const [first = 'No instruction', ...more] = instructions;
  return pageInShell({
    title: `${dataset}, episode ${episode}`,
    styles: [STYLE],
    header: html`<h1>${first}</h1>
<p>${dataset}, episode ${episode}${more.length > 0 ? html` · at the cursor: <b id="instruction"></b>` : undefined}</p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${notices.map((notice) => html`<p class="notice">${notice}</p>`)}`,
    rows: data.rows,
    main: html`<div class="${data.paths ? 'two' : 'one'}">
${camerasCard(data)}
${data.paths ? pathsCard(data) : undefined}
</div>
${data.chunks ? chunkCard(data) : undefined}
${curvesCard(data)}
<section class="card"><div class="title"><h2>Statistics</h2><p class="hint">line: min to max · box: q01 to q99 · tick: median; all on the scale of their table</p></div>
${tables.map(tableHtml)}</section>`,
    data,
    scripts: SCRIPTS,
  });
}

const VIEW_NAMES: Readonly<Record<string, string>> = { head: 'Head', leftWrist: 'Left wrist', rightWrist: 'Right wrist' };

function camerasCard({ cameras, samples, rows }: PageData): Html {
  const note = samples.length === rows ? 'all frames' : `${samples.length} of ${rows} frames`;
  return html`<section class="card"><div class="title"><h2>Cameras</h2><p class="hint">${note}</p></div>
<div class="cameras">${cameras.map(figure)}</div></section>`;
}

function figure({ view, camera, frames, problem }: CameraData, i: number): Html {
  const name = view === undefined ? 'No view of the model' : (VIEW_NAMES[view] ?? view);
  const shown = frames.some((frame) => frame !== null);
  const missing = camera === undefined ? 'no camera: padded and masked' : 'no picture could be read';
  return html`<figure data-camera="${i}">${shown ? html`<div class="picture"><img alt="${name}"></div>` : html`<div class="picture absent"><span>${missing}</span></div>`}
<figcaption><b>${name}</b> ${camera ?? ''} <span data-caption></span>${problem === undefined ? undefined : html`<span class="notice">${problem}</span>`}</figcaption></figure>`;
}

const ramp = (side: string): Html =>
  html`<span><i class="ramp" style="--from:var(--${side}-early);--to:var(--${side})"></i>${side === 'either' ? 'the arm' : side}, early to late</span>`;

function pathsCard({ paths }: PageData): Html {
  const view = (name: string, title: string, more = ''): Html =>
    html`<figure><canvas data-path="${name}" role="img" aria-label="${title}"></canvas><figcaption><b>${title}</b> ${more}${name === 'orbit' ? html`<span id="floor"></span>` : undefined}</figcaption></figure>`;
  return html`<section class="card"><div class="title"><h2>Path of the tool</h2><p class="hint">measured, metres in the base frame of the robot</p></div>
<div class="views">${view('top', 'From above', 'x, y')}${view('orbit', 'From anywhere')}${view('rear', 'From behind', 'y, z')}${view('side', 'From the right', 'x, z')}</div>
<p class="legend">${(paths?.tools ?? []).map(({ side }) => ramp(side))}<span><i class="start"></i>start</span><span><i class="end"></i>end</span><span><i class="thick"></i>thick: gripper closed</span><span><i class="dots"></i>next chunk</span><span>z approach, y closing direction at the cursor</span></p></section>`;
}

function chunkCard({ chunks }: PageData): Html | undefined {
  if (!chunks) return undefined;
  const { tokens, problem, steps, rate } = chunks;
  const arm = (slot: number, side: string): Html =>
    html`<div class="arm side-${side}" id="chunk-${slot}"><h3>${side === 'left' ? 'Left arm' : 'Right arm'}</h3></div>`;
  return html`<section class="card"><div class="title"><h2>Chunk of actions</h2><p class="hint"><span id="chunk-at"></span> · ${steps} steps at ${rate} Hz, relative to the pose at its beginning</p><p class="hint right" id="chunk-mask"></p></div>
<div class="chunk"><div><canvas id="heat" role="img" aria-label="normalised actions by step"></canvas>
<p class="legend"><span>−1 <i class="scale"></i>1, normalised</span><span id="cell"></span></p></div>
<div>${arm(0, 'left')}${arm(1, 'right')}<p class="legend"><span><i class="key" style="border-color:var(--ax)"></i>x</span><span><i class="key" style="border-color:var(--ay)"></i>y</span><span><i class="key" style="border-color:var(--az)"></i>z, in the tool's frame</span><span><i class="key decoded"></i>decoded from its tokens</span></p></div></div></section>
<section class="card"><div class="title"><h2>FAST tokens of the chunk</h2><p class="hint" id="token-count">${problem}</p>${tokens ? html`<p class="hint right">${tokens.made}; vocabulary ${tokens.vocabulary}, scale ${tokens.scale}</p>` : undefined}</div>
${tokens ? html`<div class="chips" id="chips"></div><p class="hint ends"><span>ids; small: how many coefficients of the cosine transform a token stands for</span><span>from low frequencies to high ones</span></p><div class="panels" id="token-curves" style="margin-top:14px"></div>` : undefined}</section>`;
}

const SIDES: Readonly<Record<Side, string>> = { left: ', left', right: ', right', either: ', arm', none: '' };

function curvesCard({ curves }: PageData): Html {
  const sides = [...new Set(curves.groups.map(({ side }) => side))];
  const envelope = curves.stride > 1 ? ` · a point is the least and the greatest of ${curves.stride} rows` : '';
  return html`<section class="card"><div class="title"><h2>State and action</h2><p class="hint">over time${envelope}</p>
<p class="legend right">${sides.map((side) => html`<span><i class="key" style="border-color:var(--${side})"></i>state${SIDES[side]}</span>`)}<span><i class="key action"></i>action</span><span><i class="key gap"></i>missing</span>
<label><input type="checkbox" id="same"> same span for the same unit</label></p></div>
<div id="curves"></div></section>`;
}
