import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { chromiumForTests } from './test/support/chromium.ts';

// The AV1 encoder reads this from the process itself, and is chatty without.
process.env.SVT_LOG ??= '1';

const setupFiles = ['test/support/matchers.ts'];

/** All tests but those for a browser, on `onnxruntime-node`. */
const node: TestProjectInlineConfiguration = {
  test: {
    name: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts'],
    pool: 'threads',
    isolate: false,
    setupFiles,
  },
};

/** Tests of Node that browsers run as well. */
const IN_BOTH = [
  'test/tensor/ops/errors.test.ts',
  'test/tensor/portable-math.test.ts',
  'test/sim/world.test.ts',
  'test/sim/views.test.ts',
  'test/sim/render-same.test.ts',
];

/** WebGPU without a GPU: Chromium's software implementation of Vulkan. */
const WEBGPU = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'];

/** Tests on `onnxruntime-web` in a real browser. It finds its WebAssembly by relative addresses, which bundling would break. */
const browser = (executablePath: string): TestProjectInlineConfiguration => ({
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  test: {
    name: 'browser',
    include: ['test/**/*.browser.test.ts', ...IN_BOTH],
    setupFiles,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath, args: ['--no-sandbox', ...WEBGPU] } }),
      instances: [{ browser: 'chromium' }],
    },
  },
});

const chromium = chromiumForTests();

export default defineConfig({ test: { projects: chromium ? [node, browser(chromium)] : [node] } });
