/** Names of features as LeRobot allows them. */
import type { Binding } from '../binding.ts';
import type { EpisodeSource } from '../source.ts';

/** LeRobot makes folders of the names of videos, and refuses slashes: `obs/agentview_rgb` becomes `obs.agentview_rgb`. */
const nameOf = (name: string): string => name.replaceAll('/', '.');

/** The source with names that LeRobot allows. Throws when two become the same. */
export function withLeRobotNames(source: EpisodeSource): EpisodeSource {
  const names = Object.keys(source.features);
  if (names.every((name) => nameOf(name) === name)) return source;
  const old = new Map(names.map((name) => [nameOf(name), name]));
  if (old.size < names.length)
    throw new Error(`${source.name}: names of features become the same where slashes become dots: ${names.join(', ')}`);
  const oldName = (name: string): string => old.get(name) ?? name;
  return {
    ...source,
    features: Object.fromEntries(Object.entries(source.features).map(([name, feature]) => [nameOf(name), feature])),
    cameras: source.cameras.map(nameOf),
    async readRows(episode, { columns, ...range } = {}) {
      const rows = await source.readRows(episode, { ...range, ...(columns && { columns: columns.map(oldName) }) });
      return { ...rows, columns: Object.fromEntries(Object.entries(rows.columns).map(([name, column]) => [nameOf(name), column])) };
    },
    openCamera: (episode, camera) => source.openCamera(episode, oldName(camera)),
    close: () => source.close(),
  };
}

/** The same binding for a source with such names. */
export const bindingWithLeRobotNames = (binding: Binding): Binding =>
  JSON.parse(JSON.stringify(binding), (key, value: unknown) => {
    if (key === 'feature') return nameOf(value as string);
    if (key !== 'cameras') return value;
    return Object.fromEntries(Object.entries(value as Record<string, string>).map(([slot, camera]) => [slot, nameOf(camera)]));
  }) as Binding;
