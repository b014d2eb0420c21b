/** What this page reads of an OpenAPI document. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationJson>>>>;
}

export interface OperationJson {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly 'x-permission'?: string;
  readonly parameters?: readonly ParameterJson[];
  readonly responses: Readonly<Record<string, ResponseJson>>;
}

export interface ParameterJson {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: SchemaJson;
}

interface ResponseJson {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: SchemaJson }>>;
}

export type SchemaJson = boolean | { readonly [keyword: string]: unknown };

/** One line of the page. */
export interface Operation extends OperationJson {
  readonly method: string;
  readonly path: string;
}

/** Operations of one group, in the order of the document. */
export interface Chapter {
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** The document by groups, in the order in which they first appear. */
export function chaptersOf(document: ApiDocument): readonly Chapter[] {
  const chapters = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const name = operation.tags[0] ?? 'Others';
      const known = chapters.get(name) ?? [];
      known.push({ ...operation, method: method.toUpperCase(), path });
      chapters.set(name, known);
    }
  return [...chapters].map(([name, operations]) => ({ name, operations }));
}

/** The chapters with those operations whose path, group or sentence has every word of the text; chapters without any are left out. */
export function filtered(chapters: readonly Chapter[], text: string): readonly Chapter[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return chapters
    .map(({ name, operations }) => ({
      name,
      operations: operations.filter(({ path, summary }) => {
        const searched = `${path} ${summary} ${name}`.toLowerCase();
        return words.every((word) => searched.includes(word));
      }),
    }))
    .filter(({ operations }) => operations.length > 0);
}

const isObject = (value: unknown): value is Readonly<Record<string, SchemaJson>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const schemas = (value: unknown): readonly SchemaJson[] => (Array.isArray(value) ? value : []);

/** A schema as people write types: `{ Code: "OK"; Details: string[] }`, over several lines. */
export function typeText(schema: SchemaJson, indent = ''): string {
  if (typeof schema === 'boolean') return 'any';
  const { $ref, const: only, anyOf, oneOf, items, properties, additionalProperties, type } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if (only !== undefined) return JSON.stringify(only);
  const choices = [...schemas(schema.enum).map((one) => JSON.stringify(one))];
  if (choices.length > 0) return choices.join(' | ');
  const variants = [...schemas(anyOf), ...schemas(oneOf)];
  if (variants.length > 0) return [...new Set(variants.map((one) => typeText(one, indent)))].join(' | ');
  if (type === 'array') {
    const item = typeText((items ?? true) as SchemaJson, indent);
    return item.includes(' | ') && !item.startsWith('{') ? `(${item})[]` : `${item}[]`;
  }
  if (isObject(properties)) return objectText(properties, schemas(schema.required).map(String), indent);
  if (isObject(additionalProperties)) return `{ [name]: ${typeText(additionalProperties, indent)} }`;
  return Array.isArray(type) ? type.join(' | ') : String(type ?? 'any');
}

function objectText(
  properties: Readonly<Record<string, SchemaJson>>,
  required: readonly string[],
  indent: string,
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(
    ([name, schema]) => `${inner}${name}${required.includes(name) ? '' : '?'}: ${typeText(schema, inner)};`,
  );
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}
