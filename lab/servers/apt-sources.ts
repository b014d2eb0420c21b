/** Where a Debian archive is, as this machine's own package sources name it. */
export interface DebianArchive {
  readonly uri: string;
  /** The Signed-By value: a keyring path, or null when the machine trusts its default keyrings. */
  readonly signedBy: string | null;
}

/**
 * Finds the main Debian archive in the texts of a machine's apt source files, in either format (deb822 stanzas, or one
 * line per source). Security archives, disabled stanzas and foreign archives are passed over. Null when there is none.
 */
export function findDebianArchive(texts: readonly string[]): DebianArchive | null {
  for (const text of texts) {
    const found = fromStanzas(text) ?? fromLines(text);
    if (found !== null) return found;
  }
  return null;
}

/** The deb822 text of a private sources file for one suite of the archive. */
export function writeSources(archive: DebianArchive, suite: string): string {
  const signed = archive.signedBy === null ? '' : `Signed-By: ${archive.signedBy}\n`;
  return `Types: deb\nURIs: ${archive.uri}\nSuites: ${suite}\nComponents: main\n${signed}`;
}

function isMainArchive(uri: string): boolean {
  return /^(https?|file|mirror\+\w+):/.test(uri) && /\/debian\/?$/.test(uri);
}

function fromStanzas(text: string): DebianArchive | null {
  for (const stanza of text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    for (const line of stanza.split('\n')) {
      const field = /^([A-Za-z-]+):\s*(.*?)\s*$/.exec(line);
      if (field?.[1] !== undefined) fields.set(field[1].toLowerCase(), field[2] ?? '');
    }
    const types = words(fields.get('types'));
    const disabled = /^(no|false|0)$/i.test(fields.get('enabled') ?? '');
    if (disabled || !types.includes('deb') || !words(fields.get('components')).includes('main')) continue;
    const uri = words(fields.get('uris')).find(isMainArchive);
    if (uri !== undefined) return { uri, signedBy: fields.get('signed-by') || null };
  }
  return null;
}

function fromLines(text: string): DebianArchive | null {
  for (const line of text.split('\n')) {
    const entry = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+\S+\s+(.*)$/.exec(line.trim());
    if (entry?.[2] === undefined || !isMainArchive(entry[2]) || !words(entry[3]).includes('main')) continue;
    const signedBy = /signed-by=(\S+)/.exec(entry[1] ?? '')?.[1] ?? null;
    return { uri: entry[2], signedBy };
  }
  return null;
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
