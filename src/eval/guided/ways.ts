/** Ways to say which thing is meant: by its name, or by a mask, wherever that comes from. */
import type { Engine } from '../../tensor/engine.ts';
import type { Segmenter } from './guide.ts';
import { openSam } from './sam.ts';
import { openSegmenter } from './segmenter.ts';

/** Where masks come from: the simulator, a small segmenter's file, a folder with SAM. */
export type MaskSource =
  | { readonly kind: 'exact' }
  | { readonly kind: 'segmenter'; readonly file: string }
  | { readonly kind: 'sam'; readonly folder: string };

/** A way to say it. */
export type Way = { readonly kind: 'name' } | { readonly kind: 'mask'; readonly source: MaskSource; readonly tracked: boolean };

/** Names as tables have them: `by name`, `exact`, `segmenter`, `SAM`, with `, tracked` behind those that go with the thing. */
export function nameOfWay(way: Way): string {
  if (way.kind === 'name') return 'by name';
  const source = way.source.kind === 'sam' ? 'SAM' : way.source.kind;
  return `${source} mask${way.tracked ? ', tracked' : ''}`;
}

/**
 * From a text: `exact,segmenter:FILE,sam:DIR`, each once and, where so asked, once more with a mask that is tracked; by name before all.
 * Throws for sources that there are not, and for two of a kind.
 */
export function parseWays(text: string, tracked: boolean): Way[] {
  const sources = text.split(',').map((item) => parseSource(item.trim()));
  const twice = sources.find(({ kind }, i) => sources.findIndex((other) => other.kind === kind) !== i);
  if (twice) throw new Error(`${JSON.stringify(text)} has masks of the kind ${twice.kind} twice`);
  const masks = sources.flatMap((source) =>
    (tracked ? [false, true] : [false]).map((goes): Way => ({ kind: 'mask', source, tracked: goes })),
  );
  return [{ kind: 'name' }, ...masks];
}

function parseSource(item: string): MaskSource {
  const [, kind, place = ''] = /^([^:]*):?(.*)$/.exec(item) as unknown as [string, string, string];
  if (kind === 'exact' && place === '') return { kind };
  if (kind === 'segmenter' && place !== '') return { kind, file: place };
  if (kind === 'sam' && place !== '') return { kind, folder: place };
  throw new Error(`masks come from exact, segmenter:FILE or sam:DIR, and not from ${JSON.stringify(item)}`);
}

/** Opens what masks come from; undefined for the simulator's, which are an episode's own. Throws when it is none. */
export function openMasks(source: MaskSource, engine: Engine): Promise<Segmenter> | undefined {
  switch (source.kind) {
    case 'exact':
      return undefined;
    case 'segmenter':
      return openSegmenter(source.file, engine);
    case 'sam':
      return openSam(source.folder);
  }
}
