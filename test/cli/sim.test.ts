/** `gear sim tasks` and `gear sim view`: what there is to do, and a page of it being done. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RolloutData } from '../../src/cli/sim/view/rollout.ts';
import { demonstrate } from '../../src/sim/demonstration.ts';
import { beginEpisode } from '../../src/sim/episode.ts';
import { simRobot } from '../../src/sim/robots.ts';
import { taskNamed } from '../../src/sim/tasks/tasks.ts';
import { chromiumForTests } from '../support/chromium.ts';
import { gear } from './support.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const folder = mkdtempSync(path.join(os.tmpdir(), 'gear-sim-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);

const TASK = 'spatial/bowl-next-to-plate';

describe('tasks', () => {
  test('are listed with what they are and what is said', async () => {
    const { code, out } = await gear('sim', 'tasks', '--suite', 'spatial');
    expect(code).toBe(0);
    expect(out).toMatch(/^spatial {2}10 tasks\n/);
    expect(out).toContain(`  ${TASK}  one arm, `);
    const { tasks, sheet } = JSON.parse((await gear('sim', 'tasks', '--suite', 'spatial', '--json')).out);
    expect(sheet).toBeNull();
    expect(tasks.map(({ name }: { name: string }) => name)).toContain(TASK);
    for (const { example, instructions, seconds } of tasks) {
      expect(example).not.toMatch(/[{}]/);
      expect(instructions.heldOut.length).toBeGreaterThan(0);
      expect(seconds).toBeGreaterThan(0);
    }
  });

  test.each<[string, string[], string]>([
    ['an unknown suite', ['tasks', '--suite', 'spacial'], 'there is no suite "spacial": the nearest of 6 are "spatial"'],
    ['a sheet that is no picture', ['tasks', '--sheet', 'sheet.gif'], 'a sheet is a *.png or *.html file, and not sheet.gif'],
    ['what a sheet shows, without one', ['tasks', '--of', 'objects'], '--of objects says what a sheet shows: give --sheet, too'],
    ['a page of a whole suite', ['view', 'spatial', '--out', 'page.html'], 'spatial is 10 tasks: a page shows an episode of one'],
    ['a page of nothing', ['view', 'spatial/bowl', '--out', 'page.html'], 'there is no task or suite "spatial/bowl"'],
    ['a page that is a picture', ['view', TASK, '--out', 'page.png'], 'a page is a *.html file, and not page.png'],
    ['a page without its folder', ['view', TASK, '--out', 'nowhere/page.html'], 'nowhere for page.html'],
    ['a sheet without its folder', ['tasks', '--sheet', 'nowhere/sheet.png'], 'nowhere for sheet.png'],
    ['a page without a place', ['view', TASK], "required option '--out <file>' not specified"],
  ])('%s', async (_, args, message) => {
    const { code, err } = await gear('sim', ...args);
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(err).toContain(message);
  });
});

describe('a page', () => {
  let page = '';
  let data = {} as RolloutData;
  beforeAll(async () => {
    const { code, out, err } = await gear('sim', 'view', TASK, '--seed', '7', '--size', '48', '--out', at('page.html'));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/page\.html: success after \d+\.\d s\n/);
    page = readFileSync(at('page.html'), 'utf8');
    data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '');
  });
  const floats = (packed: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(packed, 'base64')).buffer);

  test('shows the episode that would be recorded', async () => {
    const episode = await beginEpisode(taskNamed(TASK), 7, await simRobot('panda'));
    const steps = [...demonstrate(episode)];
    episode.world.close();
    expect(page).toContain(`<h1>${episode.instruction}</h1>`);
    expect(data.rows).toBe(steps.length);
    const [tool] = data.map.tools;
    const points = floats(tool?.points ?? '');
    expect(points.length).toBe(8 * steps.length);
    // The base of the robot is not turned against the world.
    const base = (await simRobot('panda')).base.position;
    for (const [row, { state }] of steps.entries()) {
      for (const axis of [0, 1, 2])
        expect(points[8 * row + axis]).toBeCloseTo((state.right?.pose.position[axis] ?? 0) + (base[axis] ?? 0), 5);
      expect(points[8 * row + 6]).toBeCloseTo(state.right?.gripper ?? Number.NaN, 5);
    }
  });

  test('has pictures of all views, and of depth and segmentation', () => {
    expect(data.layers.map(({ view, layer }) => `${view} ${layer}`)).toEqual(
      ['head', 'rightWrist'].flatMap((view) => ['colour', 'depth', 'segmentation'].map((layer) => `${view} ${layer}`)),
    );
    for (const { frames } of data.cameras) {
      expect(frames).toHaveLength(data.samples.length);
      for (const frame of frames) expect(frame).toMatch(/^data:image\/(jpeg|webp);base64,/);
    }
  });

  test('says when goals hold: not at first, and at the end', () => {
    for (const { held } of data.goals) {
      expect(held[0]?.[0]).toBeGreaterThan(0);
      expect(held.at(-1)?.[1]).toBe(data.rows);
    }
  });

  test('loads nothing', () => {
    expect(page).toContain('default-src &#39;none&#39;');
    const addresses = page.match(/https?:\/\/[^'"\s]+/g) ?? [];
    expect(addresses.filter((address) => address !== 'http://www.w3.org/2000/svg')).toEqual([]);
  });

  const executablePath = chromiumForTests();
  test.skipIf(!executablePath)('follows the keys in a browser', async () => {
    const browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
    const tab = await browser.newPage({ viewport: { width: 1300, height: 900 } });
    const problems: string[] = [];
    tab.on('pageerror', ({ message }) => void problems.push(message));
    tab.on('request', (request) => void (/^(file|data):/.test(request.url()) || problems.push(`request of ${request.url()}`)));
    await tab.goto(pathToFileURL(at('page.html')).href);
    const shown = () =>
      tab.evaluate(() => ({
        picture: document.querySelector('img')?.src,
        tool: document.querySelector('#map .marks circle')?.getAttribute('cx'),
        goal: document.querySelector('[data-now]')?.textContent,
      }));
    const first = await shown();
    expect(first).toMatchObject({ picture: data.cameras[0]?.frames[0], goal: '·' });
    await tab.keyboard.press('End');
    const last = await shown();
    expect(last).toMatchObject({ picture: data.cameras[0]?.frames.at(-1), goal: '✓' });
    expect(last.tool).not.toBe(first.tool);
    expect(problems).toEqual([]);
    await browser.close();
  });
});
