/** Configurations of published models: JSON that others wrote. */
import type * as z from 'zod';
import { issuesOf } from './issues.ts';

/** Reads one. `model` is what people call the model. Throws with every field that is wrong. */
export function publishedConfig<T>(model: string, schema: z.ZodType<T>, config: unknown): T {
  const { success, data, error } = schema.safeParse(config);
  if (success) return data;
  throw new Error(`the configuration of ${model} is wrong: ${issuesOf(error)}`);
}
