interface TokenizerFile {
  readonly model: { readonly vocab: Record<string, number> };
  readonly added_tokens: { id: number }[];
}

/** A tokenizer.json with tokens of no use, `size` in all besides the special ones, which come after them. */
export function paddedTokenizer(json: string, size: number): string {
  const file = JSON.parse(json) as TokenizerFile;
  const { vocab } = file.model;
  const before = Object.keys(vocab).length;
  for (let id = before; id < size; id++) vocab[`padding ${id}`] = id;
  for (const token of file.added_tokens) token.id += size - before;
  return JSON.stringify(file);
}
