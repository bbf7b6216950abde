/** How much memory a process has taken. */
import { existsSync, readFileSync } from 'node:fs';

const STATUS = '/proc/self/status';

/** Of this process, in bytes, a row of the system's table: `VmHWM` (most ever resident), `RssAnon` (its own), `RssFile` (mapped). Linux. */
export function resident(row: 'VmHWM' | 'RssAnon' | 'RssFile'): number {
  const [, kilobytes] = new RegExp(`${row}:\\s+(\\d+)`).exec(readFileSync(STATUS, 'utf8')) ?? [];
  return 1024 * Number(kilobytes);
}

/**
 * The most that was ever resident, bytes. Where the system has no table of it, what `getrusage` says: that begins, on Linux, at what the
 * process had that started this one.
 */
export const peakBytes = (): number => (existsSync(STATUS) ? resident('VmHWM') : process.resourceUsage().maxRSS * 1024);
