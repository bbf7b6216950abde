/** What the operating system says of the machine. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import { outputOf } from './programs.ts';

/** Vector and matrix instructions that an engine can use. */
export type Simd = 'AVX2' | 'AVX-512' | 'AMX' | 'NEON';

/** Processor, memory and disk. Sizes are in bytes. */
export interface Machine {
  readonly processor: string;
  /** Logical cores of the machine; a container may be given fewer. */
  readonly cores: number;
  /** 'unknown' where the system has no way to ask that we know of. */
  readonly simd: readonly Simd[] | 'unknown';
  readonly wasmSimd: boolean;
  /** Where a container has a limit, of the container. */
  readonly memory: { readonly total: number; readonly available: number };
  /** Of the file system that holds the current folder. */
  readonly disk: { readonly total: number; readonly available: number };
}

/** Looks at the machine that this process runs on. */
export async function machineFacts(): Promise<Machine> {
  const cpus = os.cpus();
  const { blocks, bavail, bsize } = await statfs(process.cwd());
  return {
    processor: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    simd: await simdOf(process.platform),
    wasmSimd: hasWasmSimd(),
    memory: {
      total: withinLimit(os.totalmem(), process.constrainedMemory()),
      // Node 20.13 and later know the container's share.
      available: process.availableMemory?.() ?? os.freemem(),
    },
    disk: { total: blocks * bsize, available: bavail * bsize },
  };
}

/** The smaller of a size and its limit. No limit appears as undefined, 0, or a number beyond any memory. */
export const withinLimit = (total: number, limit: number | undefined): number => (limit ? Math.min(total, limit) : total);

async function simdOf(platform: NodeJS.Platform): Promise<readonly Simd[] | 'unknown'> {
  if (platform === 'linux') return simdFromCpuinfo(readFileSync('/proc/cpuinfo', 'utf8'));
  const settings = platform === 'darwin' ? await outputOf('sysctl', ['hw.optional']) : undefined;
  return settings === undefined ? 'unknown' : simdFromSysctl(settings);
}

/** From Linux's `/proc/cpuinfo`: the line `flags` on x86-64, `Features` on 64-bit Arm. */
export function simdFromCpuinfo(cpuinfo: string): readonly Simd[] | 'unknown' {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1];
  if (line === undefined) return 'unknown';
  const flags = new Set(line.trim().split(/\s+/));
  const names = { avx2: 'AVX2', avx512f: 'AVX-512', amx_tile: 'AMX', asimd: 'NEON' } as const;
  return Object.entries(names).flatMap(([flag, name]) => (flags.has(flag) ? [name] : []));
}

/** From macOS's `sysctl hw.optional`: lines such as `hw.optional.neon: 1`. */
export function simdFromSysctl(settings: string): readonly Simd[] {
  const names = { avx2_0: 'AVX2', avx512f: 'AVX-512', neon: 'NEON' } as const;
  return Object.entries(names).flatMap(([key, name]) => (new RegExp(`^hw\\.optional\\.${key}: 1$`, 'm').test(settings) ? [name] : []));
}

/** Whether a module with a function `i8x16.popcnt(i8x16.splat(0))` is valid here. */
function hasWasmSimd(): boolean {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 5, 1, 0x60, 0, 1, 0x7b];
  const functions = [3, 2, 1, 0];
  const code = [10, 10, 1, 8, 0, 0x41, 0, 0xfd, 15, 0xfd, 98, 11];
  return WebAssembly.validate(Uint8Array.from([...header, ...types, ...functions, ...code]));
}
