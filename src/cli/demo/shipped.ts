/** The policy that comes with the package. */
import { fileURLToPath } from 'node:url';

/** Its file, the same from `src/cli/demo` and `dist/cli/demo`. */
export const SHIPPED_POLICY = fileURLToPath(new URL('../../../weights/nano.safetensors', import.meta.url));
