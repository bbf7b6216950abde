/** Contact sheets: pictures in rows, with words below them. As PNG, or as an HTML page, in which words are the browser's affair. */
import sharp, { type OverlayOptions } from 'sharp';
import { encodeImage } from '../../data/images.ts';
import type { Frame } from '../../data/source.ts';
import { escapeText, html } from '../../data/view/html.ts';
import { writeFileAtomically } from '../../tensor/files.node.ts';
import { checkEnding } from './place.ts';

/** A picture and what it is. */
export interface Cell {
  readonly picture: Frame;
  readonly title: string;
  readonly text?: string;
}

/** Pictures that belong together, all of one size. */
export interface Section {
  readonly heading: string;
  readonly cells: readonly Cell[];
  /** Pictures in a row */
  readonly columns: number;
}

/** Writes a sheet: `*.png`, or `*.html`. Returns whether it has words: a PNG has none where no font is installed. Throws for other files. */
export async function writeSheet(file: string, title: string, sections: readonly Section[]): Promise<boolean> {
  if (file.endsWith('.html')) {
    await writeFileAtomically(file, [await sheetPage(title, sections)]);
    return true;
  }
  checkEnding(file, 'a sheet', SHEETS);
  await writeFileAtomically(file, [await sheetPicture(title, sections)]);
  return fontsWork();
}

/** What the files of sheets end in. */
export const SHEETS = ['.png', '.html'] as const;

/** Whether text becomes anything to be seen: it takes a font that the machine has. */
async function fontsWork(): Promise<boolean> {
  const { data } = await sharp(
    Buffer.from(
      `<svg width="20" height="20" xmlns="http://www.w3.org/2000/svg"><text y="16" font-size="16" font-family="sans-serif">M</text></svg>`,
    ),
  )
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data.some((level) => level > 0);
}

const [MARGIN, GAP, LINE, HEADING] = [24, 14, 15, 46];
/** Least pixels between the left sides of two pictures, for the words below */
const NARROWEST = 150;

/** Where everything is, in pixels. */
async function sheetPicture(title: string, sections: readonly Section[]): Promise<Uint8Array> {
  const pieces: OverlayOptions[] = [];
  const words: string[] = [];
  const say = (x: number, y: number, size: number, weight: number, text: string, color = '#1b1d21'): void =>
    void words.push(`<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}">${escapeText(text)}</text>`);
  let [y, width] = [MARGIN + 30, 0];
  say(MARGIN, y - 6, 24, 700, title);
  for (const { heading, cells, columns } of sections) {
    const [first] = cells;
    if (!first) continue;
    const across = Math.max(first.picture.width, NARROWEST) + GAP;
    y += HEADING;
    say(MARGIN, y - 14, 17, 600, heading);
    width = Math.max(width, across * Math.min(columns, cells.length));
    for (let from = 0; from < cells.length; from += columns) {
      const row = cells.slice(from, from + columns);
      const letters = Math.floor((across - GAP) / 6.5);
      const texts = row.map(({ text = '' }) => wrapped(text, letters));
      for (const [i, { picture, title: name }] of row.entries()) {
        const x = MARGIN + i * across;
        const { width: wide, height, data } = picture;
        pieces.push({ input: Buffer.from(data), raw: { width: wide, height, channels: 3 }, left: x, top: y });
        const titles = wrapped(name, letters);
        const below = y + picture.height + LINE;
        for (const [line, text] of titles.entries()) say(x, below + line * LINE, 12, 600, text);
        for (const [line, text] of (texts[i] as string[]).entries())
          say(x, below + (titles.length + line) * LINE, 11.5, 400, text, '#5d636d');
      }
      const lines = Math.max(...row.map(({ title: name }, i) => wrapped(name, letters).length + (texts[i] as string[]).length));
      y += Math.max(...row.map(({ picture }) => picture.height)) + lines * LINE + GAP;
    }
  }
  const [w, h] = [width + 2 * MARGIN - GAP, y + MARGIN];
  const letters = `<svg width="${w}" height="${h}" xmlns="http://www.w3.org/2000/svg" font-family="'DejaVu Sans', 'Noto Sans', Arial, sans-serif">${words.join('')}</svg>`;
  return sharp({ create: { width: w, height: h, channels: 3, background: '#ffffff' } })
    .composite([...pieces, { input: Buffer.from(letters), left: 0, top: 0 }])
    .png()
    .toBuffer();
}

/** A text in lines of at most so many letters, words whole. */
export function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

async function sheetPage(title: string, sections: readonly Section[]): Promise<string> {
  const figures = await Promise.all(
    sections.map(({ cells }) =>
      Promise.all(
        cells.map(async ({ picture, title: name, text }) => {
          const address = `data:image/jpeg;base64,${Buffer.from(await encodeImage(picture, 'jpeg', 88)).toString('base64')}`;
          return html`<figure><img src="${address}" width="${picture.width}" height="${picture.height}" alt="${name}"><figcaption><b>${name}</b> ${text}</figcaption></figure>`;
        }),
      ),
    ),
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
:root { color-scheme: light dark; }
body { font: 13px/1.4 system-ui, -apple-system, 'Segoe UI', sans-serif; margin: 24px; }
section { display: grid; gap: 14px; grid-template-columns: repeat(auto-fill, minmax(var(--width), 1fr)); }
figure { margin: 0; } img { display: block; max-width: 100%; height: auto; border-radius: 6px; } b { display: block; }
</style>
</head>
<body>
<h1>${title}</h1>
${sections.map(
  ({ heading, cells }, i) => html`<h2>${heading}</h2>
<section style="--width:${Math.max(cells[0]?.picture.width ?? 0, NARROWEST)}px">${figures[i]}</section>`,
)}
</body>
</html>
`;
  return page.html;
}
