/**
 * The page's style, light and dark. Left is blue and right vermilion, after Okabe and Ito, which colour-blind people can tell apart;
 * values below and above 0 are purple and green, of the same lightness.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f6f4; --card: #ffffff; --ink: #1b1d21; --soft: #5d636d; --line: #e1e3e7; --strong: #c9ccd2;
  --left: #0072b2; --left-early: #b5d8ee; --right: #c8500a; --right-early: #f5d0b8; --either: #0b7a62; --either-early: #b4dccf; --none: #4a5568;
  --low: #762a83; --middle: #f1f0f2; --high: #1b7837; --chip: #0b7a62; --warn: #8a5a00; --warn-back: #fff4d6; --gap: #d9408c;
  --ax: #bb5566; --ay: #a07800; --az: #004488;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111316; --card: #191c20; --ink: #e9ebee; --soft: #9ba2ad; --line: #2b3036; --strong: #434a53;
    --left: #56b4e9; --left-early: #1d4560; --right: #f28e4b; --right-early: #5f3115; --either: #3cc7a4; --either-early: #17503f; --none: #a9b3c1;
    --low: #c58bd3; --middle: #24272c; --high: #6fcf87; --chip: #3cc7a4; --warn: #f1c453; --warn-back: #33290f; --gap: #f472b6;
    --ax: #f08496; --ay: #e2b93b; --az: #7fb2f0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.45 system-ui, -apple-system, 'Segoe UI', sans-serif; font-variant-numeric: tabular-nums; }
main, header { max-width: 1480px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 26px; }
h1 { font-size: 25px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; text-wrap: balance; }
h1 + p { margin: 0 0 14px; color: var(--soft); }
h2 { font-size: 16px; margin: 0; }
h3 { font-size: 13px; margin: 0 0 6px; font-weight: 600; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 30px; margin: 0 0 16px; }
.facts dt { color: var(--soft); font-size: 12px; }
.facts dd { margin: 0; font-weight: 500; overflow-wrap: anywhere; }
.notice { background: var(--warn-back); color: var(--warn); border-left: 3px solid currentColor; border-radius: 4px; padding: 8px 12px; margin: 0 0 12px; overflow-wrap: anywhere; }
small, .hint { color: var(--soft); font-size: 12px; font-weight: 400; }
.hint { margin: 0; }
.bar { position: sticky; top: 0; z-index: 5; background: color-mix(in srgb, var(--page) 92%, transparent); backdrop-filter: blur(6px); border-block: 1px solid var(--line); }
.bar > div { max-width: 1480px; margin: 0 auto; padding: 8px 24px; display: flex; align-items: center; gap: 14px; }
.bar button { width: 40px; height: 32px; border-radius: 7px; border: 1px solid var(--strong); background: var(--card); color: var(--ink); font: inherit; cursor: pointer; }
.bar input { flex: 1; min-width: 120px; accent-color: var(--ink); }
.bar output { min-width: 62px; text-align: right; font-weight: 600; }
.bar #frame { min-width: 132px; color: var(--soft); }
.bar select { font: inherit; background: var(--card); color: var(--ink); border: 1px solid var(--strong); border-radius: 7px; padding: 4px; }
:focus-visible { outline: 2px solid var(--left); outline-offset: 2px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px 18px; margin: 18px 0; min-width: 0; }
.card > .title { display: flex; align-items: baseline; flex-wrap: wrap; gap: 4px 14px; margin-bottom: 12px; }
.card > .title .right { margin-left: auto; }
.two { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 8fr); gap: 18px; }
.two > .card { margin-bottom: 0; }
@media (max-width: 1000px) { .two { grid-template-columns: minmax(0, 1fr); } .two > .card + .card { margin-top: 0; } }
.cameras { display: grid; grid-template-columns: 1fr 1fr; gap: 12px; }
.cameras figure { margin: 0; min-width: 0; }
.cameras figure:first-child { grid-column: 1 / -1; }
.picture { background: #000; aspect-ratio: 4 / 3; border-radius: 6px; overflow: hidden; display: grid; }
.picture img { width: 100%; height: 100%; min-height: 0; object-fit: contain; }
.picture img[hidden] { display: none; }
.picture.absent { background: repeating-linear-gradient(45deg, var(--card) 0 7px, var(--line) 7px 8.5px); border: 1px dashed var(--strong); place-items: center; text-align: center; padding: 12px; color: var(--soft); }
.picture.absent span { background: var(--card); padding: 2px 8px; border-radius: 4px; }
figcaption { font-size: 12px; display: flex; flex-wrap: wrap; gap: 0 10px; margin-top: 4px; color: var(--soft); overflow-wrap: anywhere; }
figcaption b { color: var(--ink); font-weight: 600; }
figcaption [data-caption] { margin-left: auto; }
.views { display: grid; grid-template-columns: 1fr 1fr; gap: 14px; }
.views figure { margin: 0; min-width: 0; }
.views canvas { width: 100%; height: 262px; display: block; }
.views canvas[data-path=orbit] { cursor: grab; touch-action: none; }
.views canvas[data-path=orbit]:active { cursor: grabbing; }
.legend { margin: 8px 0 0; display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 12px; color: var(--soft); align-items: center; }
.legend i { display: inline-block; vertical-align: middle; margin-right: 6px; }
.ramp { width: 46px; height: 5px; border-radius: 3px; background: linear-gradient(90deg, var(--from), var(--to)); }
.start, .end, .dots { width: 10px; height: 10px; }
.start { border: 2px solid var(--soft); border-radius: 50%; }
.end { background: var(--soft); }
.dots { height: 3px; width: 22px; background: radial-gradient(circle, var(--ink) 1.2px, transparent 1.6px) 0 0 / 5px 3px; }
.thick { width: 24px; height: 4px; border-radius: 2px; background: var(--soft); }
.key { width: 22px; height: 0; border-top: 2px solid var(--soft); }
.key.action { border-top: 1.5px solid var(--ink); }
.key.decoded { border-top: 1.6px dashed var(--ink); }
.key.gap { height: 10px; border: 0; background: var(--gap); opacity: .45; width: 8px; }
#curves { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 18px 24px; }
.group.wide { grid-column: 1 / -1; }
@media (max-width: 1000px) { #curves { grid-template-columns: minmax(0, 1fr); } }
.group { min-width: 0; border-left: 3px solid var(--side, var(--none)); padding-left: 12px; }
.side-left { --side: var(--left); } .side-right { --side: var(--right); } .side-either { --side: var(--either); }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 12px 14px; }
.wide .panels, #token-curves { grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); }
.panel { min-width: 0; }
.panel .head, .panel .values { display: flex; gap: 8px; align-items: baseline; font-size: 12px; line-height: 1.4; white-space: nowrap; }
.panel .values { padding-left: 38px; gap: 6px; }
.panel .values > * { flex-shrink: 0; }
.panel small { overflow: hidden; text-overflow: ellipsis; font-size: 11px; }
.panel .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-width: 36px; font-weight: 500; }
.panel b { font-weight: 600; }
.panel b.state { color: var(--side, var(--none)); }
.panel b.action { color: var(--ink); font-weight: 400; }
.panel em { color: var(--gap); font-size: 11px; font-style: normal; }
.plot { padding: 3px 0 16px 38px; }
.area { position: relative; height: 76px; }
.area svg { width: 100%; height: 100%; display: block; overflow: visible; }
.area span { position: absolute; font-size: 10px; line-height: 1; color: var(--soft); white-space: nowrap; pointer-events: none; }
.area span.y { right: calc(100% + 5px); top: calc(var(--y) * 100%); transform: translateY(-50%); }
.area span.x { top: calc(100% + 5px); left: calc(var(--x) * 100%); transform: translateX(-50%); }
.area span.unit { top: calc(100% + 5px); right: 0; }
.area .cursor { position: absolute; top: -2px; bottom: -2px; width: 0; left: calc(var(--at, 0) * 100%); border-left: 1.3px solid var(--ink); opacity: .65; pointer-events: none; }
.area:has(.cursor) { cursor: crosshair; touch-action: pan-y; }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
.line { fill: none; stroke: var(--side, var(--none)); stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.line.action { stroke: var(--ink); stroke-width: 1; }
.line.state { stroke-width: 2.1; }
.line.mean { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 4; }
.line.axis-x { stroke: var(--ax); } .line.axis-y { stroke: var(--ay); } .line.axis-z { stroke: var(--az); }
.line.decoded { stroke-width: 1.3; stroke-dasharray: 1 4; stroke: var(--ink); }
.gap { fill: var(--gap); opacity: .35; }
.chunk { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 24px; }
@media (max-width: 1000px) { .chunk { grid-template-columns: minmax(0, 1fr); } }
#heat { width: 100%; height: 330px; display: block; }
.scale { width: 120px; height: 9px; border-radius: 2px; background: linear-gradient(90deg, var(--low), var(--middle), var(--high)); }
.arm { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 4px 16px; margin-bottom: 10px; border-left: 3px solid var(--side); padding-left: 12px; }
.arm h3 { grid-column: 1 / -1; margin: 0; }
.arm .area { height: 104px; }
.absent { color: var(--soft); font-size: 12px; }
.chips { display: flex; flex-wrap: wrap; gap: 4px; margin: 8px 0 14px; }
.chip { font-size: 12px; line-height: 1; padding: 5px 6px 4px; border-radius: 5px; background: color-mix(in srgb, var(--chip) calc(10% + 45% * var(--w)), var(--card)); border: 1px solid color-mix(in srgb, var(--chip) calc(25% + 55% * var(--w)), var(--card)); cursor: default; }
.chip sup { font-size: 9px; color: var(--soft); margin-left: 3px; vertical-align: 3px; line-height: 0; }
.ends { display: flex; justify-content: space-between; }
.table { margin-top: 12px; }
.table summary { cursor: pointer; margin-bottom: 6px; }
.table summary span { color: var(--soft); font-size: 12px; margin-left: 6px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 12.5px; }
th, td { text-align: right; padding: 2.5px 12px; border-bottom: 1px solid var(--line); white-space: nowrap; }
thead th { color: var(--soft); font-weight: 500; }
tbody th { text-align: left; font-weight: 500; }
thead th:first-child { text-align: left; }
.range svg { display: block; }
.range line { stroke: var(--soft); stroke-width: 1; } .range rect { fill: var(--strong); } .range line.median { stroke: var(--ink); stroke-width: 2; }
td.flag, th:last-child { text-align: left; white-space: normal; }
tr.flagged > * { background: var(--warn-back); } tr.flagged .flag { color: var(--warn); }
kbd { font: inherit; font-size: 11px; border: 1px solid var(--strong); border-radius: 4px; padding: 0 4px; }
footer { max-width: 1480px; margin: 0 auto; padding: 0 24px 36px; color: var(--soft); font-size: 12px; }
@media print { .bar { position: static; } }
`;
