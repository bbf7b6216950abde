/** Changes of an experiment on the command line: `--set stages.0.steps=600`. */

/**
 * A copy of a record with values set at places such as `stages.0.steps`. Values are JSON, or else texts. Throws for a change that is none,
 * and for a place within something that is no record or list, or past the end of a list.
 */
export function withOverrides<T extends object>(given: T, changes: readonly string[]): T {
  const changed = structuredClone(given);
  for (const change of changes) {
    const [, place, text] = /^([\w.-]+)=(.*)$/s.exec(change) ?? [];
    if (place === undefined || text === undefined) throw new Error(`--set ${change}: expected PLACE=VALUE, such as stages.0.steps=600`);
    const keys = place.split('.');
    const last = keys.pop() as string;
    let at: unknown = changed;
    for (const [i, key] of keys.entries()) at = memberOf(at, key, keys.slice(0, i).join('.'), change);
    if (Array.isArray(at)) memberOf(at, last, keys.join('.'), change);
    else if (!isRecord(at)) throw new Error(`--set ${change}: ${keys.join('.') || 'it'} is no record that has a "${last}"`);
    (at as Record<string, unknown>)[last] = parsed(text);
  }
  return changed;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** What is at a key; a record that is not there yet is made. */
function memberOf(of: unknown, key: string, where: string, change: string): unknown {
  if (Array.isArray(of) && !(/^\d+$/.test(key) && Number(key) < of.length))
    throw new Error(`--set ${change}: ${where} is a list of ${of.length}, and has no ${key}`);
  if (!isRecord(of)) throw new Error(`--set ${change}: ${where} is no record that has a "${key}"`);
  of[key] ??= {};
  return of[key];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
