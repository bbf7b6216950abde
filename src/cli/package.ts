/** The package's own description, the same file in a checkout and in an installed package. */
import { readFileSync } from 'node:fs';

/** What the command line shows of `package.json`. */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  readonly description: string;
}

/** Reads `package.json`, two folders up from both `src/cli` and `dist/cli`. */
export function packageInfo(): PackageInfo {
  const { name, version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageInfo;
  return { name, version, description };
}
