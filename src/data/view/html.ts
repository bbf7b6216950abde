/** Pieces of HTML in which text from outside can do no harm. */

/** HTML, as opposed to text. */
export interface Html {
  readonly html: string;
}

/** What a template may hold: text, which is escaped; HTML, which is not; lists of both; and nothing. */
export type Content = string | number | Html | undefined | readonly Content[];

/** The text of a page or an attribute, with all that has a meaning in HTML escaped. */
export const escapeText = (text: string): string => text.replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);

/** HTML from a template literal: what is written is HTML, what is put in is text, unless it is HTML itself. */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Html => ({
  html: parts.map((part, i) => `${part}${shown(contents[i])}`).join(''),
});

function shown(content: Content): string {
  if (content === undefined) return '';
  if (Array.isArray(content)) return content.map(shown).join('');
  return typeof content === 'object' ? (content as Html).html : escapeText(String(content));
}

/** A value as JSON for a `<script type="application/json">`: no text in it can end the element. */
export const embedded = (value: unknown): Html => ({ html: JSON.stringify(value).replaceAll('<', '\\u003c') });
