import { nameOfReference, type SchemaObject } from '../json-schema.ts';

/** More words than these are not told one by one. */
const MANY_WORDS = 12;

/**
 * A JSON Schema in the words of TypeScript, on one line or, with `indent`, one property per line with its description.
 * @param indent blanks before a property; null for one line.
 */
export function typeText(schema: SchemaObject, indent: number | null = null): string {
  const name = nameOfReference(schema);
  if (name !== null) return name;
  const either = (schema.anyOf ?? schema.oneOf) as readonly SchemaObject[] | undefined;
  if (either !== undefined) return either.map((one) => typeText(one, indent)).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return wordsText(schema.enum);
  if (Array.isArray(schema.type))
    return schema.type.map((type: unknown) => typeText({ ...schema, type }, indent)).join(' | ');
  switch (schema.type) {
    case 'array': {
      const item = typeText((schema.items ?? {}) as SchemaObject, indent);
      return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return objectText(schema, indent);
    case 'integer':
      return 'number';
    case 'string':
      return schema.format === 'date-time' ? 'Time' : 'string';
    default:
      return typeof schema.type === 'string' ? schema.type : 'unknown';
  }
}

const wordsText = (words: readonly unknown[]): string =>
  words.length > MANY_WORDS ? 'string' : words.map((word) => JSON.stringify(word)).join(' | ');

function objectText({ properties, required, additionalProperties }: SchemaObject, indent: number | null): string {
  const entries = Object.entries((properties ?? {}) as Record<string, SchemaObject>);
  if (entries.length === 0) {
    const isMap = typeof additionalProperties === 'object' && additionalProperties !== null;
    return isMap ? `Record<string, ${typeText(additionalProperties as SchemaObject)}>` : '{}';
  }
  const needed = new Set((required ?? []) as readonly string[]);
  const inner = indent === null ? null : indent + 2;
  const fields = entries.map(([name, schema]) => {
    const field = `${name}${needed.has(name) ? '' : '?'}: ${typeText(schema, inner)}`;
    if (indent === null) return field;
    const { description } = schema;
    return `${' '.repeat(indent + 2)}${field};${typeof description === 'string' ? ` // ${description}` : ''}`;
  });
  return indent === null ? `{ ${fields.join(', ')} }` : `{\n${fields.join('\n')}\n${' '.repeat(indent)}}`;
}
