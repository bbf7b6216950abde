/** What a report's style adds to that of other pages (`data/view/style.ts`), light and dark. */
export const REPORT_STYLE = `
:root {
  --good: #1b7837; --good-back: #e3f3e6; --bad: #b3430a; --bad-back: #fdeadd; --track: #ecedef;
  --kind-0: #a8501f; --kind-1: #d98b2b; --kind-2: #8a6bb1; --kind-3: #3f83b5; --kind-4: #8b929c;
}
@media (prefers-color-scheme: dark) {
  :root { --good: #6fcf87; --good-back: #16301d; --bad: #f5a06a; --bad-back: #3a2114; --track: #262a30; }
}
h1 { max-width: 24em; }
header > p { max-width: 70ch; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 18px; margin: 18px 0; }
.pair > .card { margin: 0; }
.bars { display: grid; gap: 9px; }
.row { display: grid; grid-template-columns: minmax(64px, max-content) minmax(0, 1fr) 92px; gap: 12px; align-items: center; }
.bars .name { min-width: 64px; overflow-wrap: anywhere; }
.bar-track { position: relative; display: flex; height: 20px; border-radius: 5px; background: var(--track); overflow: hidden; }
.bar-track .fill { background: var(--either); opacity: .8; }
.bar-track .whisker { position: absolute; top: 50%; height: 0; border-top: 2px solid var(--ink); }
.bar-track .whisker::before, .bar-track .whisker::after { content: ''; position: absolute; top: -6px; height: 10px; border-left: 2px solid var(--ink); }
.bar-track .whisker::after { right: 0; }
.bar-track .part { font: 600 11px/20px system-ui, sans-serif; color: #fff; text-align: center; overflow: hidden; }
.number { white-space: nowrap; text-align: right; }
.swatch { width: 12px; height: 12px; border-radius: 3px; }
.choices { display: flex; flex-wrap: wrap; gap: 6px; margin-bottom: 10px; }
.choices button { font: inherit; font-size: 13px; padding: 4px 12px; border-radius: 999px; border: 1px solid var(--strong); background: var(--card); color: var(--ink); cursor: pointer; }
.choices button[aria-pressed=true] { background: var(--ink); color: var(--card); border-color: var(--ink); }
.films { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 20px 18px; margin-top: 14px; }
.film { margin: 0; min-width: 0; }
.film[hidden] { display: none; }
.screen { position: relative; aspect-ratio: var(--views) / 1; background: #000; border-radius: 8px 8px 0 0; overflow: hidden; cursor: pointer; }
.screen video, .screen canvas { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.screen canvas { pointer-events: none; }
.screen .hold { position: absolute; inset: auto auto 8px 8px; color: #fff; background: rgb(0 0 0 / .55); border-radius: 50%; width: 32px; height: 32px; display: grid; place-items: center; padding-left: 2px; font-size: 13px; pointer-events: none; }
.film.playing .hold { display: none; }
.strip { position: relative; height: 44px; background: var(--track); border-radius: 0 0 8px 8px; overflow: hidden; }
.strip canvas { width: 100%; height: 100%; display: block; image-rendering: pixelated; }
.strip i { position: absolute; inset: 0 auto 0 calc(var(--at, 0) * 100%); width: 0; border-left: 2px solid #fff; box-shadow: 0 0 0 1px rgb(0 0 0 / .6); pointer-events: none; }
.strip.bare { height: 12px; }
.strip input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize; }
.strip:focus-within { outline: 2px solid var(--left); outline-offset: 1px; }
.film figcaption { display: block; margin-top: 8px; font-size: 14px; color: var(--ink); }
.film figcaption p { margin: 0 0 3px; }
.badge { border-radius: 999px; padding: 1px 9px; font-size: 12px; }
.film .badge.good { color: var(--good); background: var(--good-back); }
.film .badge.bad { color: var(--bad); background: var(--bad-back); }
.legend .path { width: 40px; height: 4px; border-radius: 2px; background: linear-gradient(90deg, currentColor 40%, transparent); color: #ff7a1a; }
.legend .path.left { color: #35b0ff; }
.legend .aim { font-style: normal; font-weight: 700; line-height: 1; color: #ff7a1a; }
.legend .shut { width: 9px; height: 9px; border-radius: 50%; background: #fff; border: 2.5px solid #ff7a1a; }
.legend .tokens { width: 40px; height: 12px; border-radius: 2px; background: linear-gradient(90deg, #c98a3b 25%, #4b9c7a 25% 50%, #7a6fc0 50% 75%, #c05a80 75%); }
.tables { display: flex; flex-wrap: wrap; gap: 20px 44px; align-items: flex-start; }
.tables > div { max-width: 100%; min-width: 0; }
.results td, .results th { padding-block: 5px; }
.results th:last-child { text-align: right; }
pre { margin: 0; padding: 10px 12px; border-radius: 6px; background: var(--track); overflow-x: auto; font-size: 12.5px; }
@media (max-width: 1000px) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 600px) {
  main, header { padding-inline: 14px; }
  footer { padding-inline: 14px; }
  .card { padding: 14px 14px 16px; }
  .row { grid-template-columns: 70px minmax(0, 1fr) 74px; gap: 8px; }
  .bars .name { min-width: 0; }
}
`;
