import * as z from 'zod';

export interface SchemaObject {
  readonly [key: string]: unknown;
}

/** A zod schema as JSON Schema: as it is sent (`input`), or as it is meant (`output`). */
export const jsonSchema = (schema: z.ZodType, io: 'input' | 'output'): SchemaObject => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as SchemaObject;
  return rest;
};

/** Gives parts of a schema their names: `{ $ref: '#/components/schemas/Key' }`. */
export interface NamedSchemas {
  /** name → schema, in which other named ones are references. */
  readonly components: Readonly<Record<string, SchemaObject>>;
  refer(schema: SchemaObject): SchemaObject;
}

const REFERENCE = '#/components/schemas/';

/** The name that a reference leads to; null when it is none. */
export const nameOfReference = ({ $ref }: SchemaObject): string | null =>
  typeof $ref === 'string' && $ref.startsWith(REFERENCE) ? $ref.slice(REFERENCE.length) : null;

/** Whatever equals one of the shapes, but for its description, is replaced by a reference to it. */
export function nameSchemas(shapes: Readonly<Record<string, z.ZodType>>): NamedSchemas {
  const schemas = Object.entries(shapes).map(([name, shape]) => [name, jsonSchema(shape, 'output')] as const);
  const names = new Map(schemas.map(([name, schema]) => [identityOf(schema), name]));

  const parts = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(refer);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, refer(part)]));
  };
  const refer = (value: unknown): unknown => {
    const name = isSchema(value) ? names.get(identityOf(value)) : undefined;
    if (name === undefined || !isSchema(value)) return parts(value);
    const { description } = value;
    return { $ref: REFERENCE + name, ...(description === undefined ? {} : { description }) };
  };
  return {
    components: Object.fromEntries(schemas.map(([name, schema]) => [name, parts(schema) as SchemaObject])),
    refer: (schema) => refer(schema) as SchemaObject,
  };
}

const isSchema = (value: unknown): value is SchemaObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'type' in value;

const identityOf = ({ description: _, ...schema }: SchemaObject): string => JSON.stringify(schema);
