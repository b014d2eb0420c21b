/** A password or token. It prints, logs and serialises as `***`; only `reveal()` gives the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  get isEmpty(): boolean {
    return this.#text === '';
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }
}
