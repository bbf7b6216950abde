/** What all pages with a player are: one file that asks for nothing else, with a bar to move through time. */
import { embedded, type Html, html } from './html.ts';

/** A page's parts. */
export interface PageShell {
  readonly title: string;
  readonly styles: readonly string[];
  readonly header: Html;
  /** Rows that the player goes through */
  readonly rows: number;
  readonly main: Html;
  /** What the scripts draw: JSON */
  readonly data: unknown;
  /** In their order: `BASE`, `PLAYER`, and what draws */
  readonly scripts: readonly string[];
}

/** Nothing may be loaded, whatever gets into the page. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/** Text that is HTML already. */
export const raw = (text: string): Html => ({ html: text });

/** Scripts of a page as one program, which begins at the first row. */
export const programOf = (scripts: readonly string[]): string =>
  `(() => {\n'use strict';\n${scripts.join('')}\nreadTheme();\nmoveTo(0);\n})();`;

/** The page as HTML. */
export function pageInShell({ title, styles, header, rows, main, data, scripts }: PageShell): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${raw(styles.join(''))}</style>
</head>
<body>
<header>
${header}
</header>
<div class="bar"><div>
<button id="play" type="button" aria-label="play">▶</button>
<input id="slider" type="range" min="0" max="${rows - 1}" value="0" step="1" aria-label="time">
<output id="time"></output><span id="frame"></span>
<select id="speed" aria-label="speed">${['0.25', '0.5', '1', '2', '4'].map((speed) => html`<option value="${speed}"${speed === '1' ? raw(' selected') : undefined}>${speed}×</option>`)}</select>
</div></div>
<main>
${main}
</main>
<footer><kbd>space</kbd> plays, <kbd>←</kbd> <kbd>→</kbd> step by a frame, with <kbd>shift</kbd> by a second. Made by gear-vla; the page holds all of its data.</footer>
<script type="application/json" id="data">${embedded(data)}</script>
<script>${raw(programOf(scripts))}</script>
</body>
</html>
`;
  return page.html;
}
