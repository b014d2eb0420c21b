/** One place where an answer differs from the recorded one. */
export interface Deviation {
  /** Field names joined by dots, elements of arrays as `[]`: `Details.[].Problems`. Empty for the whole body. */
  readonly path: string;
  readonly kind: 'type' | 'value' | 'fields' | 'length';
  readonly recorded: string;
  readonly answered: string;
}

type Kind = 'null' | 'array' | 'object' | 'string' | 'number' | 'boolean';

function kindOf(value: unknown): Kind {
  if (value === null || value === undefined) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as Kind);
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
};

/** What is compared of a volatile value: is it whole or not, is it empty or not, how is a time written. */
function formOf(value: unknown, path: string): string {
  if (path.endsWith('Entries')) return '';
  if (typeof value === 'number') return Number.isInteger(value) ? 'whole number' : 'number';
  if (typeof value !== 'string' || value === '' || /(?:LogFile|MasterUUID)$/.test(path)) return '';
  return /^\d{4}-\d\d-/.test(value) ? value.replace(/\.\d+/, '').replace(/\d/g, '0') : 'text';
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

/**
 * Compares an answer with the recorded one: kinds, field names and their order, lengths and order of arrays, values.
 * Where `isVolatile(path)` holds the kind alone is compared (for numbers also whether they are whole).
 * Gives every deviation, none when they agree.
 */
export function deviations(
  recorded: unknown,
  answered: unknown,
  isVolatile: (path: string) => boolean,
  path = '',
): readonly Deviation[] {
  const kind = kindOf(recorded);
  if (kind !== kindOf(answered)) return [{ path, kind: 'type', recorded: show(recorded), answered: show(answered) }];
  if (kind === 'array') {
    const [was, is] = [recorded as readonly unknown[], answered as readonly unknown[]];
    if (was.length !== is.length && !isVolatile(path))
      return [{ path, kind: 'length', recorded: show(was), answered: show(is) }];
    return is.flatMap((element, index) =>
      index < was.length ? deviations(was[index], element, isVolatile, join(path, '[]')) : [],
    );
  }
  if (kind === 'object') {
    const [was, is] = [recorded as Record<string, unknown>, answered as Record<string, unknown>];
    const [names, found] = [Object.keys(was), Object.keys(is)];
    const own: Deviation[] =
      names.join() === found.join() ? [] : [{ path, kind: 'fields', recorded: show(names), answered: show(found) }];
    const common = names.filter((name) => Object.hasOwn(is, name));
    return [...own, ...common.flatMap((name) => deviations(was[name], is[name], isVolatile, join(path, name)))];
  }
  const same = isVolatile(path) ? formOf(recorded, path) === formOf(answered, path) : recorded === answered;
  return same ? [] : [{ path, kind: 'value', recorded: show(recorded), answered: show(answered) }];
}
