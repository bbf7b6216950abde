import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseSync } from 'oxc-parser';
import { type Browser, chromium, type Page } from 'playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseBinding } from '../../src/data/binding.ts';
import { shippedBinding } from '../../src/data/bindings.ts';
import { openLeRobot } from '../../src/data/lerobot/open.ts';
import { motionAt } from '../../src/data/samples.ts';
import type { EpisodeSource, FrameReader, Rows } from '../../src/data/source.ts';
import { type ArmTrack, type BoundSource, bindSource } from '../../src/data/tracks.ts';
import { envelope } from '../../src/data/view/curves.ts';
import { escapeText, html } from '../../src/data/view/html.ts';
import { pageScript } from '../../src/data/view/page.ts';
import type { CurvePanel, PageData } from '../../src/data/view/record.ts';
import { viewEpisode } from '../../src/data/view/view.ts';
import { shippedEmbodiment } from '../../src/robot/embodiments/shipped.ts';
import { matrixFromAxisAngle } from '../../src/robot/rotation.ts';
import { chromiumForTests } from '../support/chromium.ts';

const fixture = await openLeRobot(fileURLToPath(new URL('../fixtures/g1-pick-bottle', import.meta.url)));
afterAll(() => fixture.close());
const binding = shippedBinding(fixture);
if (!binding) throw new Error('the fixture has no binding');
const bound = bindSource(fixture, binding, await shippedEmbodiment(binding.embodiment));
const real = await viewEpisode(fixture, bound, 1, { frames: 7 });
const realRows = await fixture.readRows(1);

/** The data in a page, as its script finds it: up to the first end of a script. */
function dataOf(page: string): PageData {
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script/s.exec(page) ?? [];
  return JSON.parse(json as string) as PageData;
}

const floats = (packed: string): Float32Array => {
  const bytes = Uint8Array.from(Buffer.from(packed, 'base64'));
  return new Float32Array(bytes.buffer);
};

function panel(data: PageData, name: string): CurvePanel {
  const found = data.curves.groups.flatMap(({ panels }) => panels).find((one) => one.name === name);
  if (!found) throw new Error(`there is no panel ${name}`);
  return found;
}

const NASTY = `</script><script>alert(1)</script><img src=x onerror="alert(2)">'&\u2028`;

/** A dataset made up in memory: a 3-vector, an action and a gripper; cameras as given. */
function source(
  rows: number,
  changes: Partial<EpisodeSource> & { readonly state?: Float32Array; readonly task?: string } = {},
): EpisodeSource {
  const { state = Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(i / 20)), task = 'wave', ...rest } = changes;
  const read = (from: number, to: number): Rows => ({
    from,
    length: to - from,
    timestamps: Float64Array.from({ length: to - from }, (_, i) => 5 + (from + i) / 30),
    tasks: new Array(to - from).fill(task),
    columns: {
      'observation.state': { shape: [3], data: state.slice(3 * from, 3 * to) },
      action: { shape: [1], data: Float32Array.from({ length: to - from }, (_, i) => (from + i) % 2) },
    },
  });
  return {
    name: 'made-up',
    root: 'nowhere',
    format: 'lerobot-v2.1',
    fps: 30,
    features: {
      'observation.state': { dtype: 'float32', shape: [3], names: ['a', 'b', 'grip'] },
      action: { dtype: 'float32', shape: [1], names: ['grip'] },
    },
    cameras: [],
    episodes: [{ index: 4, length: rows, tasks: [task] }],
    readRows: async (_, { from = 0, to = rows } = {}) => read(from, to),
    openCamera: async () => Promise.reject(new Error('no such file')),
    close: async () => undefined,
    ...rest,
  };
}

/** One arm that moves along x and turns about z. */
function oneArm(made: EpisodeSource): BoundSource {
  const track = (rows: Rows): ArmTrack => {
    const poses = Array.from({ length: rows.length }, (_, i) => {
      const t = (rows.from + i) / 30;
      return { position: [0.3 + 0.1 * Math.sin(t), 0.2 * Math.cos(t), 0.4] as const, rotation: matrixFromAxisAngle([0, 0, t / 3]) };
    });
    const gripper = Float64Array.from(poses, (_, i) => (i % 60 < 30 ? 1 : 0));
    return {
      slot: 'either',
      poses,
      gripper,
      joints: new Float64Array(0),
      jointCount: 0,
      targetPoses: poses,
      targetGripper: gripper,
      aims: {},
      lead: { poses: 0, gripper: 0 },
      between: { gripper: 'nearest', targetGripper: 'nearest' },
    };
  };
  const pose = {
    kind: 'pose',
    position: { feature: 'observation.state', columns: [0, 1, 2] },
    rotation: { feature: 'observation.state', columns: [0, 1, 2], convention: 'axis-angle' },
  };
  const gripper = { feature: 'observation.state', columns: ['grip'], closed: 0, open: 1 };
  const wrist = made.cameras[1] === undefined ? {} : { cameras: { head: made.cameras[0], wrist: made.cameras[1] } };
  const embodiment = {
    ...bound.embodiment,
    name: 'one-arm',
    arms: bound.embodiment.arms.slice(0, 1).map((arm) => ({ ...arm, slot: 'either' as const })),
  };
  return {
    source: made,
    binding: parseBinding({ embodiment: 'one-arm', arms: { either: { state: pose, gripper } }, ...wrist }, 'test'),
    embodiment,
    tracks: (rows) => [track(rows)],
  };
}

/** A camera of plain pictures whose red grows with time. */
const plainCamera = (width: number, height: number): FrameReader => ({
  length: 100,
  at: async (seconds) => ({
    width,
    height,
    data: new Uint8Array(3 * width * height).map((_, i) => (i % 3 === 0 ? Math.round(40 * (seconds - 5)) : 0)),
  }),
  close: () => undefined,
});

describe('a page', () => {
  test('loads nothing', () => {
    const addresses = [...real.matchAll(/(?:src|href|url|action|data)\s*[=(]\s*["']?([^"'\s>)]+)/g)].map(
      ([, address]) => address as string,
    );
    expect(addresses.filter((address) => /^(?:[a-z]+:)?\/\/|^https?:/i.test(address))).toEqual([]);
    expect(real).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(real).not.toMatch(/<link|@import|import\(/);
    expect(real).toContain(`default-src 'none'`.replaceAll("'", '&#39;'));
  });

  test('has a script that is a program', () => {
    expect(parseSync('page.js', pageScript(), { lang: 'js' }).errors).toEqual([]);
    expect(pageScript()).not.toMatch(/innerHTML|insertAdjacent|document\.write|eval\(|<\/script|<!--/);
  });

  test('says what it is of', () => {
    for (const text of [
      'Pick up the yellow bottle on the table.',
      'g1-pick-bottle',
      'episode 1',
      'lerobot-v2.1',
      '30 Hz',
      '2.00 s',
      bound.embodiment.name,
    ]) {
      expect(real).toContain(text);
    }
    expect(real).toMatch(/<dt>frames<\/dt><dd>60<\/dd>/);
    expect(real.match(/no camera: padded and masked/g)).toHaveLength(2);
  });

  test('holds the states and actions of the dataset as they are', () => {
    const data = dataOf(real);
    const [rows, state, action] = [realRows.length, realRows.columns['observation.state'], realRows.columns.action];
    expect([data.rows, data.curves.stride]).toEqual([rows, 1]);
    const names = fixture.features['observation.state']?.names ?? [];
    for (const [d, name] of names.entries()) {
      const { series, gaps } = panel(data, name);
      expect(series.map(({ kind }) => kind)).toEqual(['state', 'action']);
      expect(gaps).toEqual([]);
      for (const [i, column] of [state, action].entries()) {
        const wanted = Float32Array.from({ length: rows }, (_, row) => column?.data[row * names.length + d] as number);
        expect(floats(series[i]?.low as string)).toEqual(wanted);
      }
    }
    expect(data.curves.groups.map(({ title }) => title)).toEqual([
      'Left arm: tool in the base frame',
      'Right arm: tool in the base frame',
      'Left arm: joints',
      'Right arm: joints',
      'Left arm: gripper',
      'Right arm: gripper',
    ]);
  });

  test('has pictures of the frames that it says', async () => {
    const { samples, cameras } = dataOf(real);
    expect(samples).toEqual([0, 10, 20, 30, 39, 49, 59]);
    expect(cameras.map(({ view, camera, frames }) => [view, camera, frames.length])).toEqual([
      ['head', 'observation.images.cam_high', 7],
      ['leftWrist', undefined, 0],
      ['rightWrist', undefined, 0],
    ]);
    const reader = await fixture.openCamera(1, 'observation.images.cam_high');
    for (const [i, row] of samples.entries()) {
      const shown = Buffer.from(String(cameras[0]?.frames[i]).replace('data:image/jpeg;base64,', ''), 'base64');
      const { data: pixels, info } = await sharp(shown).raw().toBuffer({ resolveWithObject: true });
      expect([info.width, info.height]).toEqual([320, 240]);
      const { width, height, data } = await reader.at(realRows.timestamps[row] as number);
      const wanted = await sharp(data, { raw: { width, height, channels: 3 } })
        .resize(320, 240)
        .raw()
        .toBuffer();
      const error = pixels.reduce((sum, value, k) => sum + Math.abs(value - (wanted[k] as number)), 0) / pixels.length;
      // JPEG of quality 70 is off by a few levels; pictures of neighbouring samples differ by more.
      expect(error).toBeLessThan(4);
    }
    reader.close();
  });

  test('holds the paths and the chunks that training sees', () => {
    const { paths, chunks, samples } = dataOf(real);
    const tracks = bound.tracks(realRows, 'test');
    const times = realRows.timestamps.map((time) => time - (realRows.timestamps[0] as number));
    for (const [i, { side, points }] of (paths?.tools ?? []).entries()) {
      const { slot, poses, gripper } = tracks[i] as ArmTrack;
      expect(side).toBe(slot);
      const numbers = floats(points);
      for (const [row, { position, rotation: r }] of poses.entries()) {
        const wanted = [...position, r[1], r[4], r[7], r[2], r[5], r[8], gripper[row] as number];
        expect(numbers.subarray(10 * row, 10 * row + 10)).toEqual(Float32Array.from(wanted));
      }
    }
    const actions = floats(chunks?.actions as string);
    const decoded = floats(chunks?.tokens?.decoded as string);
    for (const [i, row] of samples.entries()) {
      const wanted = motionAt(tracks, times, times[row] as number, 30, 'right');
      expect(actions.subarray(600 * i, 600 * i + 600)).toEqual(wanted.actions);
      expect(chunks?.present[i]).toEqual([Math.min(30, 59 - row), Math.min(30, 59 - row)]);
      const ids = chunks?.tokens?.ids[i];
      if (row > 29) {
        expect(ids).toBeNull();
        expect(chunks?.tokens?.problems[i]).toContain(`${59 - row} of 30 steps are left`);
        continue;
      }
      expect(ids?.length).toBeGreaterThan(0);
      // Every coefficient is in one token.
      const coefficients = (ids ?? []).map((id) => chunks?.tokens?.meaning[id]?.length ?? 0);
      expect(coefficients.reduce((a, b) => a + b, 0)).toBe(600);
      // Half a step of a coefficient (0.5 / 10) in normalised units, of positions within some centimetres: millimetres.
      for (let k = 0; k < 600; k += 10)
        expect(Math.abs((decoded[600 * i + k] as number) - (actions[600 * i + k] as number))).toBeLessThan(0.02);
    }
    const tokens = chunks?.tokens;
    expect(tokens?.over.rows).toEqual(Array.from({ length: 30 }, (_, row) => row));
    const counts = floats(tokens?.over.tokens as string);
    expect(tokens?.mean).toBeCloseTo(counts.reduce((a, b) => a + b, 0) / 30, 6);
  });

  test('has statistics with their flags', () => {
    expect(real).toMatch(/<th scope="row">kRightElbow<\/th>/);
    expect(real).toContain('<b>canonical actions</b>');
    expect(real.match(/<tbody>/g)).toHaveLength(3);
  });
});

describe('text from a dataset', () => {
  test('is text, wherever it is shown', async () => {
    const made = source(40, {
      task: NASTY,
      name: NASTY,
      robotType: NASTY,
      cameras: [NASTY],
      features: {
        'observation.state': { dtype: 'float32', shape: [3], names: [NASTY, 'b', 'grip'] },
        action: { dtype: 'float32', shape: [1] },
      },
      openCamera: async () => Promise.reject(new Error(NASTY)),
    });
    const page = await viewEpisode(made, undefined, 0);
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img src=x');
    expect(page.match(/<\/?script/g)).toHaveLength(4);
    const data = dataOf(page);
    expect(data.tasks).toEqual([{ row: 0, text: NASTY }]);
    expect(panel(data, NASTY).series).toHaveLength(1);
    expect(data.cameras[0]).toMatchObject({ camera: NASTY, problem: NASTY });
  });

  test('is escaped in templates, and HTML is not', () => {
    expect(escapeText(`<&>"'\``)).toBe('&#60;&#38;&#62;&#34;&#39;&#96;');
    expect(html`<p title="${'"'}">${[1, '<', html`<b>${'>'}</b>`]}${undefined}</p>`.html).toBe('<p title="&#34;">1&#60;<b>&#62;</b></p>');
  });
});

describe('episodes that are not as they should be', () => {
  test('values that are missing are gaps, and counted', async () => {
    const state = Float32Array.from({ length: 3 * 50 }, (_, i) => i / 100);
    for (const row of [10, 11, 12, 30]) state[3 * row + 1] = Number.NaN;
    const data = dataOf(await viewEpisode(source(50, { state }), undefined, 0));
    expect(panel(data, 'b').gaps).toEqual([
      [10, 13],
      [30, 31],
    ]);
    expect(floats(panel(data, 'b').series[0]?.low as string)[11]).toBeNaN();
    expect(panel(data, 'a').gaps).toEqual([]);
    expect(await viewEpisode(source(50, { state }), undefined, 0)).toContain('4 missing');
  });

  test('numbers that are no pose cost the paths, not the page', async () => {
    const made = source(50);
    const broken = {
      ...oneArm(made),
      tracks: () => {
        throw new Error('frame 7, either arm: column 1 is NaN');
      },
    };
    const page = await viewEpisode(made, broken, 0);
    expect(page).toContain('No paths and no chunks: frame 7');
    expect(dataOf(page)).toMatchObject({ rows: 50 });
    expect(dataOf(page).paths).toBeUndefined();
  });

  test('times that go back are replaced', async () => {
    const made = source(30);
    const page = await viewEpisode(
      { ...made, readRows: async (...args) => ({ ...(await made.readRows(...args)), timestamps: new Float64Array(30) }) },
      undefined,
      0,
    );
    expect(page).toContain('does not come after');
    expect(floats(dataOf(page).times)[29]).toBeCloseTo(29 / 30, 6);
  });

  test('without an episode or without rows there is no page', async () => {
    await expect(viewEpisode(source(10), undefined, 1)).rejects.toThrow('made-up has 1 episodes, there is none in position 1');
    await expect(viewEpisode(source(0), undefined, 0)).rejects.toThrow('made-up, episode 4 has no rows');
    await expect(viewEpisode(source(10), undefined, 0, { frames: 0 })).rejects.toThrow('frames from 1 up, got 0');
  });

  test('one row is enough', async () => {
    expect(dataOf(await viewEpisode(source(1), undefined, 0))).toMatchObject({ rows: 1, samples: [0] });
  });
});

test('long episodes keep their spikes', async () => {
  const rows = 10_000;
  const state = Float32Array.from({ length: 3 * rows }, (_, i) => Math.sin(i / 3000));
  state[3 * 6543] = 50;
  const data = dataOf(await viewEpisode(source(rows, { state }), undefined, 0));
  expect(data.curves.stride).toBe(7);
  const [series] = panel(data, 'a').series;
  expect(floats(series?.high as string)[Math.floor(6543 / 7)]).toBe(50);
  expect(Math.max(...floats(series?.low as string))).toBeLessThan(1.1);
  expect(envelope([1, 5, 2, Number.NaN, 3, 3, 7], 2)).toEqual({
    low: Float32Array.of(1, Number.NaN, 3, 7),
    high: Float32Array.of(5, Number.NaN, 3, 7),
  });
});

test('one arm goes to the side that is asked for, the other is masked', async () => {
  const made = source(90, {
    cameras: ['front', 'hand', 'spare'],
    openCamera: async (_, camera) => (camera === 'spare' ? plainCamera(64, 64) : plainCamera(80, 40)),
  });
  for (const [side, present] of [
    ['right', [0, 30]],
    ['left', [30, 0]],
  ] as const) {
    const { chunks, cameras, paths } = dataOf(await viewEpisode(made, oneArm(made), 0, { side, frames: 4 }));
    expect(chunks?.present[0]).toEqual(present);
    expect(paths?.tools.map((tool) => tool.side)).toEqual(['either']);
    expect(cameras.map(({ view, camera }) => [view, camera])).toEqual([
      ['head', 'front'],
      ['leftWrist', side === 'left' ? 'hand' : undefined],
      ['rightWrist', side === 'right' ? 'hand' : undefined],
      [undefined, 'spare'],
    ]);
  }
});

const executablePath = chromiumForTests();

describe.skipIf(!executablePath)('in a browser', () => {
  let browser: Browser;
  let folder: string;
  const problems: string[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'gear-view-'));
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true });
  });

  async function open(page: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const file = path.join(folder, 'page.html');
    await writeFile(file, page);
    const tab = await browser.newPage({ colorScheme, viewport: { width: 1300, height: 900 } });
    tab.on('console', (message) => void problems.push(message.text()));
    tab.on('pageerror', (error) => void problems.push(error.message));
    tab.on('request', (request) => void (/^(file|data):/.test(request.url()) || problems.push(`request of ${request.url()}`)));
    tab.on('dialog', (dialog) => void problems.push(`dialog ${dialog.message()}`));
    await tab.goto(pathToFileURL(file).href);
    return tab;
  }

  const fill = (tab: Page, row: number) =>
    tab.locator('#slider').evaluate((slider, value) => {
      (slider as HTMLInputElement).value = String(value);
      slider.dispatchEvent(new Event('input'));
    }, row);

  test('the slider and the keys move all cursors, and values are those of the row', async () => {
    const tab = await open(real);
    await fill(tab, 20);
    expect(await tab.textContent('#frame')).toBe('frame 20 of 59');
    expect(await tab.textContent('#time')).toBe('0.67 s');
    const [first, later] = [await tab.getAttribute('img', 'src'), dataOf(real).cameras[0]?.frames[2]];
    expect(first).toBe(later);
    const d = (fixture.features['observation.state']?.names ?? []).indexOf('kRightElbow');
    const shown = await tab.locator('.panel', { hasText: 'kRightElbow' }).locator('b.state').textContent();
    expect(Number(shown?.replace('−', '-'))).toBeCloseTo(realRows.columns['observation.state']?.data[20 * 26 + d] as number, 2);
    await tab.keyboard.press('ArrowRight');
    expect(await tab.textContent('#frame')).toBe('frame 21 of 59');
    const at = await tab.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--at'));
    expect(Number(at)).toBeCloseTo(21 / 59, 5);
    const area = tab.locator('#curves .area').last();
    const cursor = async () => (await area.locator('.cursor').boundingBox())?.x as number;
    const before = await cursor();
    await tab.keyboard.press('End');
    expect(await cursor()).toBeGreaterThan(before + 50);
    expect(await tab.textContent('#token-count')).toContain('0 of 30 steps are left');
    await area.hover();
    expect(await tab.textContent('#frame')).toMatch(/frame (29|30) of 59/);
    // The paths are drawn: their canvases are not empty.
    const inked = await tab.locator('canvas').evaluateAll((all) =>
      all.map((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        return (canvas as HTMLCanvasElement)
          .getContext('2d')
          ?.getImageData(0, 0, width, height)
          .data.some((value) => value > 0);
      }),
    );
    expect(inked).toEqual([true, true, true, true, true]);
    expect(problems).toEqual([]);
    await tab.close();
  }, 60_000);

  test('nasty text stays text; gaps, one arm and cameras that fail are shown', async () => {
    const state = Float32Array.from({ length: 3 * 90 }, (_, i) => (i === 100 ? Number.NaN : Math.cos(i / 30)));
    const made = source(90, { state, task: NASTY, name: NASTY, cameras: ['front', 'hand'] });
    const tab = await open(await viewEpisode(made, oneArm(made), 0), 'dark');
    expect(await tab.textContent('h1')).toBe(NASTY);
    expect(await tab.locator('rect.gap').count()).toBeGreaterThan(0);
    expect(await tab.getByText('no such file').count()).toBe(2);
    expect(await tab.getByText('no such arm: padded and masked').count()).toBe(3);
    await fill(tab, 45);
    await tab.keyboard.press(' ');
    await tab.waitForFunction(() => !document.getElementById('frame')?.textContent?.startsWith('frame 45 '));
    await tab.keyboard.press(' ');
    expect(problems).toEqual([]);
    await tab.close();
  }, 60_000);
});
