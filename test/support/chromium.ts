/** Where a Chromium to run browser tests in may be. */
import { existsSync } from 'node:fs';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * The executable that CHROME_PATH names, or one in a usual place. Without one the answer is undefined and a notice is printed;
 * under CI=true it is an error, so that the browser is never left out unseen.
 */
export function findChromium(): string | undefined {
  const { CHROME_PATH, CI } = process.env;
  if (CHROME_PATH && !existsSync(CHROME_PATH)) throw new Error(`CHROME_PATH is ${CHROME_PATH}, where there is nothing`);
  const found = CHROME_PATH || USUAL_PLACES.find((path) => existsSync(path));
  if (found) return found;
  const notice = `no Chromium in ${USUAL_PLACES.join(', ')}: set CHROME_PATH to run the tests in a browser`;
  if (CI === 'true') throw new Error(notice);
  console.warn(`The browser tests are left out: ${notice}.`);
  return undefined;
}
