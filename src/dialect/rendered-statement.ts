/** A statement ready to be sent, and how it is shown to people: the same text with passwords as ***. */
export interface RenderedStatement {
  readonly sql: string;
  readonly shownAs: string;
}

/** A statement without secrets: shown as it is sent. */
export const plain = (sql: string): RenderedStatement => ({ sql, shownAs: sql });
