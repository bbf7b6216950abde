/** Everything `gear doctor` knows, as one record. Nothing here formats. */
import os from 'node:os';
import { packageInfo } from '../package.ts';
import { type EngineReport, examineEngine, type Provider } from './engine.ts';
import { type Machine, machineFacts } from './machine.ts';
import { type OptionalPart, optionalParts } from './optional.ts';
import { npmVersion } from './programs.ts';

/** What `gear doctor --json` prints. */
export interface Facts {
  readonly package: { readonly name: string; readonly version: string };
  readonly runtime: {
    readonly node: string;
    /** null: npm was not found. */
    readonly npm: string | null;
    readonly platform: string;
    readonly arch: string;
    /** Of the operating system's kernel. */
    readonly release: string;
  };
  readonly machine: Machine;
  readonly engine: EngineReport;
  readonly optional: readonly OptionalPart[];
}

/** Collects the facts one after another, so that nothing else runs while the engine is measured. */
export async function collectFacts({ provider }: { readonly provider: Provider }): Promise<Facts> {
  const { name, version } = packageInfo();
  return {
    package: { name, version },
    runtime: {
      node: process.versions.node,
      npm: await npmVersion(process.env),
      platform: process.platform,
      arch: process.arch,
      release: os.release(),
    },
    machine: await machineFacts(),
    engine: await examineEngine(provider),
    optional: await optionalParts(),
  };
}
