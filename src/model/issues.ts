/** What is wrong with a configuration, in words. */
import type * as z from 'zod';

/** Each field that is wrong, by its path, and why; "it" is the whole. */
export const issuesOf = ({ issues }: z.ZodError): string =>
  issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`).join('; ');
