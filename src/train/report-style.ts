/** What a training report's style adds to that of other pages (`data/view/style.ts`), light and dark. Colours after Okabe and Ito. */
export const TRAIN_REPORT_STYLE = `
:root {
  --series-0: #0072b2; --series-1: #c8500a; --series-2: #0b7a62; --series-3: #a0519b;
  --series-4: #8a6a00; --series-5: #2f9bd8; --series-6: #6b4fb3; --series-7: #5d636d;
  --track: #ecedef; --alarm: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --series-0: #56b4e9; --series-1: #f28e4b; --series-2: #3cc7a4; --series-3: #d791cf;
    --series-4: #e2c044; --series-5: #8fd0ff; --series-6: #a995ec; --series-7: #a9b3c1;
    --track: #262a30; --alarm: #ff8a80;
  }
}
main, header, footer { max-width: 1280px; }
.stage { padding: 18px 20px 20px; }
.stage h2 { font-size: 18px; }
.badge { font-size: 12px; font-weight: 600; padding: 1px 9px; border-radius: 999px; background: var(--track); color: var(--soft); }
.badge.done { background: color-mix(in srgb, var(--series-2) 16%, var(--card)); color: var(--series-2); }
.badge.alarm { background: color-mix(in srgb, var(--alarm) 14%, var(--card)); color: var(--alarm); }
.track { height: 6px; border-radius: 3px; background: var(--track); overflow: hidden; margin: 0 0 14px; }
.track i { display: block; height: 100%; border-radius: 3px; background: var(--series-2); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 20px 28px; margin-top: 16px; }
.chart { margin: 0; min-width: 0; max-width: 760px; }
.chart figcaption { align-items: baseline; color: var(--ink); font-size: 13px; margin: 0 0 4px; gap: 2px 10px; }
.keys { display: flex; flex-wrap: wrap; gap: 2px 14px; margin-left: auto; font-size: 12px; color: var(--soft); }
.keys i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: 3px; }
.chart svg { display: block; width: 100%; height: auto; }
.chart text { font: 11px system-ui, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
.chart text.y { text-anchor: end; } .chart text.x { text-anchor: middle; }
.chart polyline { fill: none; stroke: var(--own); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.chart circle { fill: transparent; } .chart circle:hover, .chart circle.alone { fill: var(--own); }
.chart .mark { stroke: var(--alarm); stroke-width: 1.5; stroke-dasharray: 4 3; }
details { margin-top: 14px; } summary { cursor: pointer; color: var(--soft); }
details pre { overflow: auto; max-height: 420px; background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; font-size: 12px; }
.figures { align-self: center; } .figures th:last-child { text-align: right; }
.figures table { min-width: min(100%, 460px); }
.section { margin-top: 20px; padding-top: 14px; border-top: 1px solid var(--line); }
.section img { max-width: 100%; }
.predictions { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 22px 28px; margin-top: 12px; }
.predictions article { min-width: 0; } .predictions h4 { font-size: 13px; margin: 0 0 8px; }
.seen { display: flex; gap: 10px; } .seen figure { margin: 0; width: 128px; } .seen img { display: block; width: 100%; border-radius: 5px; }
.seen div { position: relative; } .seen svg { position: absolute; inset: 0; } .seen svg * { fill: none; stroke: var(--own); stroke-width: 2; paint-order: stroke; filter: drop-shadow(0 0 1px #000); }
.motion { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 6px 10px; margin: 8px 0; max-width: 760px; }
.motion figcaption { color: var(--soft); font-size: 12px; margin: 0; }
.chart polyline.recorded { stroke-width: 5; opacity: 0.4; }
.latents caption { color: var(--soft); font-size: 12px; text-align: left; padding-bottom: 4px; white-space: nowrap; }
.latents th { padding-left: 0; } .latents td { padding: 1px 5px; } .latents td.first { border-left: 2px solid var(--strong); }
.latents td.off { color: var(--alarm); font-weight: 600; }
`;
