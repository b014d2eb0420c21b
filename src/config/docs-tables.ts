import type { KeySpec } from './keys/key-spec.ts';
import { unitOfKey } from './keys/key-spec.ts';
import { OBSOLETE_KEYS, PLANNED_KEYS } from './keys/obsolete-keys.ts';
import { KEY_GROUPS } from './schema.ts';

export const TABLES_BEGIN = '<!-- keys: made from src/config, do not edit by hand -->';
export const TABLES_END = '<!-- end of keys -->';

/** The chapters of docs/configure.md that list every key: Markdown tables made from the schema. */
export function renderKeyTables(): string {
  const chapters = KEY_GROUPS.map(({ title, keys }) => {
    const rows = Object.entries(keys).map(([key, spec]) => renderRow(key, spec));
    return `### ${title}\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const obsolete = [...OBSOLETE_KEYS.keys()].map((key) => `\`${key}\``).join(', ');
  const planned = [...PLANNED_KEYS].map((key) => `\`${key}\``).join(', ');
  return [
    ...chapters,
    `### Obsolete keys\n\nAccepted with a warning, without effect: ${obsolete}.\n`,
    `### Keys to come\n\nAccepted with a warning, without effect for now: ${planned}.\n`,
  ].join('\n');
}

/** Puts fresh tables between the markers of the page. */
export function spliceKeyTables(page: string): string {
  const begin = page.indexOf(TABLES_BEGIN);
  const end = page.indexOf(TABLES_END);
  if (begin < 0 || end < begin) return page;
  return `${page.slice(0, begin + TABLES_BEGIN.length)}\n\n${renderKeyTables()}\n${page.slice(end)}`;
}

function renderRow(key: string, spec: KeySpec): string {
  const unit = unitOfKey(key, spec.type);
  const marks = [spec.isNew ? 'new' : '', spec.isLive ? 'live' : '', spec.fromEnvironment ? `\`\${NAME}\`` : ''].filter(
    (mark) => mark !== '',
  );
  const doc = `${spec.doc}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`.replaceAll('|', '\\|');
  return `| \`${key}\` | ${spec.type}${unit === '' ? '' : `, ${unit}`} | \`${JSON.stringify(spec.default)}\` | ${doc} |`;
}
