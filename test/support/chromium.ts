/** A Chromium to run browser tests in. */
import { existsSync } from 'node:fs';
import { findChromium } from '../../src/cli/doctor/optional.ts';

/**
 * The executable that CHROME_PATH names, or one in a usual place. Without one the answer is undefined and a notice is printed;
 * under CI=true it is an error, so that the browser is never left out unseen.
 */
export function chromiumForTests(): string | undefined {
  const { CHROME_PATH, CI } = process.env;
  if (CHROME_PATH && !existsSync(CHROME_PATH)) throw new Error(`CHROME_PATH is ${CHROME_PATH}, where there is nothing`);
  const found = findChromium(process.env);
  if (found) return found;
  const notice = 'there is no Chromium in a usual place: set CHROME_PATH to run the tests in a browser';
  if (CI === 'true') throw new Error(notice);
  console.warn(`The browser tests are left out: ${notice}.`);
  return undefined;
}
