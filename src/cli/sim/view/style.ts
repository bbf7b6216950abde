/** The page's style beyond what it shares with `gear data view`. */
export const STYLE_MORE = `
.rollout { display: grid; grid-template-columns: minmax(0, var(--wide)) minmax(0, 2fr); gap: 18px; align-items: start; }
@media (max-width: 1000px) { .rollout { grid-template-columns: minmax(0, 1fr); } }
.rollout > .card { margin-bottom: 0; }
#curves { grid-template-columns: minmax(0, 1fr); }
#curves .panels { grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); }
.sights { display: grid; grid-template-columns: repeat(var(--views), minmax(0, 1fr)); gap: 10px; }
.sights figure { margin: 0; min-width: 0; }
.sights .picture { aspect-ratio: 1; }
.sights img { image-rendering: auto; }
.swatch { width: 12px; height: 12px; border-radius: 3px; }
.depth { width: 90px; height: 9px; border-radius: 2px; }
#map { width: 100%; max-height: 520px; display: block; background: color-mix(in srgb, var(--page) 60%, var(--card)); border-radius: 6px; }
#map .floor line { stroke: var(--line); stroke-width: .25; }
#map .ghosts path { fill: none; stroke-width: .45; stroke-dasharray: 1.2 1; opacity: .8; }
#map .shapes path { fill-opacity: .72; stroke: var(--ink); stroke-width: .25; stroke-opacity: .5; }
#map .shapes path.part { fill-opacity: .45; stroke-dasharray: .8 .6; }
#map .trails path { fill: none; stroke: var(--side); stroke-width: .5; stroke-opacity: .55; stroke-linecap: round; }
#map .trails path.closed { stroke-width: 1.1; stroke-opacity: .9; }
#map .marks circle { fill: var(--side); stroke: var(--card); stroke-width: .35; }
#map .marks line { stroke: var(--side); stroke-width: .7; }
#map .names text { font-size: 2.6px; font-weight: 600; text-anchor: middle; fill: var(--ink); stroke: var(--card); stroke-width: .7; paint-order: stroke; pointer-events: none; }
.strips { display: grid; grid-template-columns: auto 1fr; gap: 7px 14px; align-items: center; }
.strips .what { display: flex; gap: 8px; font-size: 13px; max-width: 340px; }
.strips [data-now] { width: 12px; color: var(--high); font-weight: 700; }
.strips .area { height: 16px; background: color-mix(in srgb, var(--line) 60%, transparent); border-radius: 3px; }
.strips .span { position: absolute; top: 0; bottom: 0; background: var(--high); border-radius: 2px; }
.strips .astray .span { background: var(--gap); opacity: .7; }
.strips .soft { color: var(--soft); }
code { font: 12px/1.5 ui-monospace, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; background: color-mix(in srgb, var(--line) 50%, transparent); padding: 2px 6px; border-radius: 4px; }
.again { display: grid; gap: 6px; justify-items: start; }
.outcome { font-weight: 600; } .outcome.well { color: var(--high); } .outcome.failed { color: var(--gap); }
`;
