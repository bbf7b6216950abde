/** Parts that are good to have: whether they are here, and the command that adds each. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { outputOf } from './programs.ts';

/** A part that something, but not everything, needs. */
export interface OptionalPart {
  readonly name: string;
  /** What it is good for. */
  readonly purpose: string;
  /** Where or which one, when it is here; null when it is missing. */
  readonly found: string | null;
  /** The command that adds it, or what to do; null when it is here. */
  readonly add: string | null;
}

/** The parts that could be used on this machine. */
export async function optionalParts(): Promise<OptionalPart[]> {
  const chromium = findChromium(process.env);
  const python = await pythonWithTorch(process.env);
  const parts = [
    part('Chromium', 'tests in a browser', chromium, installCommand('chromium', 'install Chromium or Chrome, or set CHROME_PATH to one')),
    part('PyTorch', 'reference times in benchmarks', python, installCommand('python3-torch', 'python3 -m pip install torch')),
  ];
  return process.platform === 'linux' && process.arch === 'x64' ? [cudaPart(), ...parts] : parts;
}

function part(name: string, purpose: string, found: string | undefined, add: string): OptionalPart {
  return { name, purpose, found: found ?? null, add: found === undefined ? add : null };
}

function cudaPart(): OptionalPart {
  const script = path.relative(process.cwd(), path.join(enginePackage() ?? 'node_modules/onnxruntime-node', 'script', 'install'));
  return part('CUDA provider', 'NVIDIA GPUs', cudaLibrary(), `ONNXRUNTIME_NODE_INSTALL=cuda12 node ${script}`);
}

/** The folder of `onnxruntime-node`; undefined when it is not installed. */
function enginePackage(): string | undefined {
  try {
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
  } catch {
    return undefined;
  }
}

/** The engine's CUDA library, which its package does not contain but can fetch; undefined when it has not been. */
export function cudaLibrary(): string | undefined {
  const library = path.join(enginePackage() ?? '', 'bin', 'napi-v6', 'linux', 'x64', 'libonnxruntime_providers_cuda.so');
  return existsSync(library) ? library : undefined;
}

/** Debian's command where there is apt-get, something to do elsewhere. */
function installCommand(debianPackage: string, elsewhere: string): string {
  if (!existsSync('/usr/bin/apt-get')) return elsewhere;
  return `${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install -y ${debianPackage}`;
}

const BROWSERS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The program that CHROME_PATH names, or else a Chromium or Chrome in a usual place. */
export function findChromium(env: NodeJS.ProcessEnv, exists: (file: string) => boolean = existsSync): string | undefined {
  return (env.CHROME_PATH ? [env.CHROME_PATH] : BROWSERS).find(exists);
}

/** Looks for torch without importing it, which takes seconds. */
const TORCH_SCRIPT = 'import importlib.metadata, sys; print(sys.executable, importlib.metadata.version("torch"))';

/** `PYTHON`, `python3` or `python`: the first that has PyTorch, as `/usr/bin/python3 (torch 2.6.0)`. */
async function pythonWithTorch(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const python of [env.PYTHON, 'python3', 'python', '/usr/bin/python3']) {
    const answer = python ? await outputOf(python, ['-c', TORCH_SCRIPT]) : undefined;
    if (answer) return answer.replace(/ (\S+)$/, ' (torch $1)');
  }
  return undefined;
}
