/** The page of a rollout. Player, curves and style are those of `gear data view`. */
import { type Html, html } from '../../../data/view/html.ts';
import { BASE } from '../../../data/view/script/base.ts';
import { CURVES } from '../../../data/view/script/curves.ts';
import { PLAYER } from '../../../data/view/script/player.ts';
import { pageInShell, raw } from '../../../data/view/shell.ts';
import { STYLE } from '../../../data/view/style.ts';
import type { View } from '../../../robot/canonical.ts';
import { DEPTH_GRADIENT, type LegendEntry } from './pictures.ts';
import { LAYERS, type Rollout, type RolloutData } from './rollout.ts';
import { SCRIPT } from './script.ts';
import { STYLE_MORE } from './style.ts';

/** What the page says besides what was seen. */
export interface RolloutPage extends Rollout {
  readonly task: string;
  readonly instruction: string;
  readonly description: string;
  /** Name and value, in this order */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Command lines that do it again, and what they do */
  readonly commands: readonly { readonly line: string; readonly what: string }[];
}

/** The page as HTML. */
export function rolloutPage(page: RolloutPage): string {
  const { task, instruction, description, facts, commands, data, success, legend, depths } = page;
  const views = new Set(data.layers.map(({ view }) => view)).size;
  return pageInShell({
    title: `${task}: ${instruction}`,
    styles: [STYLE, STYLE_MORE],
    header: html`<h1>${instruction}</h1>
<p><b>${task}</b> · ${description}</p>
<dl class="facts"><div><dt>outcome</dt><dd class="outcome ${success ? 'well' : 'failed'}">${success ? 'success' : 'failure'}</dd></div>
${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`,
    rows: data.rows,
    main: html`<div class="rollout" style="--views:${views};--wide:${views === 3 ? 3.4 : 2}fr">
${sightsCard(data, legend, depths)}
<div>
${mapCard(data)}
${goalsCard(data)}
<section class="card"><div class="title"><h2>Curves</h2><p class="hint">over time</p>
<p class="legend right"><span><i class="key"></i>measured</span><span><i class="key action"></i>commanded</span><label><input type="checkbox" id="same"> same span for the same unit</label></p></div>
<div id="curves"></div></section>
</div>
</div>
<section class="card"><div class="title"><h2>Again</h2></div>
<div class="again">${commands.map(({ line, what }) => html`<div><code>${line}</code> <span class="hint">${what}</span></div>`)}</div></section>`,
    data,
    scripts: [BASE, PLAYER, CURVES, SCRIPT],
  });
}

const VIEW_NAMES: Readonly<Record<View, string>> = { head: 'Head', leftWrist: 'Left wrist', rightWrist: 'Right wrist' };

/** Views side by side, and below each what its camera sees in other ways. */
function sightsCard({ layers, samples, rows }: RolloutData, legend: readonly LegendEntry[], depths: Rollout['depths']): Html {
  const views = [...new Set(layers.map(({ view }) => view))];
  // The wrist of a single arm is the right one only by convention.
  const nameOf = (view: View): string => (views.length === 2 && view !== 'head' ? 'Wrist' : VIEW_NAMES[view]);
  const figure = (view: View, layer: string): Html => {
    const i = layers.findIndex((one) => one.view === view && one.layer === layer);
    const range = depths.find((one) => one.view === view)?.range ?? [0, 0];
    const note =
      layer === 'depth'
        ? html`${range[0].toFixed(2)} m <i class="depth" style="background:${DEPTH_GRADIENT}"></i> ${range[1].toFixed(2)} m`
        : undefined;
    return html`<figure data-camera="${i}"><div class="picture"><img alt="${nameOf(view)}, ${layer}"></div>
<figcaption><b>${layer === 'colour' ? nameOf(view) : layer}</b> ${note}<span data-caption${layer === 'colour' ? undefined : raw(' hidden')}></span></figcaption></figure>`;
  };
  const swatch = ({ name, color }: LegendEntry): Html =>
    html`<span><i class="swatch" style="background:rgb(${color.join(' ')})"></i>${name}</span>`;
  return html`<section class="card"><div class="title"><h2>Cameras</h2><p class="hint">${samples.length} of ${rows} frames</p></div>
<div class="sights">${LAYERS.map((layer) => views.map((view) => figure(view, layer)))}</div>
<p class="legend">${legend.map(swatch)}</p></section>`;
}

function mapCard({ map }: RolloutData): Html {
  const tools = map.tools.map(
    ({ side }) => html`<span><i class="key" style="border-color:var(--${side})"></i>${side === 'either' ? 'tool' : `${side} tool`}</span>`,
  );
  return html`<section class="card"><div class="title"><h2>From above</h2><p class="hint">squares of 10 cm; the robot is below</p></div>
<svg id="map" role="img" aria-label="things and tools from above"></svg>
<p class="legend">${tools}<span><i class="thick"></i>gripper told to close</span><span>dashed: where things were at the beginning</span></p></section>`;
}

function goalsCard({ goals }: RolloutData): Html {
  return html`<section class="card"><div class="title"><h2>Goals</h2><p class="hint">when they hold; all must at the end</p></div>
<div class="strips">${goals.map((goal, i) => html`<span class="what"><span data-now></span>${goal.text}</span><div data-strip="${i}"></div>`)}
<span class="what soft"><span></span>taken off its way</span><div class="astray" data-strip="astray"></div></div></section>`;
}
