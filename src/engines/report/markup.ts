/** Text that is markup already; everything else put into `html` is escaped, so that a name can never become markup. */
export type Markup = { readonly kind: 'markup'; readonly text: string };

type Piece = Markup | string | number | null | readonly Piece[];

/** Markup from a template: pieces are escaped unless they are markup, null is nothing, lists follow each other. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  const text = strings.map((part, i) => `${part}${written(pieces[i] ?? null)}`).join('');
  return { kind: 'markup', text };
}

/** Text that is trusted: the style sheet. */
export function trusted(text: string): Markup {
  return { kind: 'markup', text };
}

function written(piece: Piece): string {
  if (piece === null) return '';
  if (typeof piece === 'string') return escaped(piece);
  if (typeof piece === 'number') return String(piece);
  return 'kind' in piece ? piece.text : piece.map(written).join('');
}

/** Characters of markup as entities, and ones that turn the direction of what follows as a mark of their own. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '\u{FFFD}');
}

/** A dotted name, which may be broken after a dot. */
export function dotted(name: string): Markup {
  const parts = name
    .split('.')
    .map((part, i, all) => html`${part}${i < all.length - 1 ? '.' : ''}`);
  return html`${parts.map((part, i) => (i === 0 ? part : html`<wbr />${part}`))}`;
}
