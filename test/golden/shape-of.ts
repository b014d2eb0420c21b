/** The shape of a JSON value: field names in their order and the kind of each value, without the values. */
export type Shape = 'null' | 'string' | 'number' | 'boolean' | readonly Shape[] | { readonly fields: readonly Field[] };
export type Field = readonly [name: string, shape: Shape];

/** An array has the shape of its first element; an empty one is []. */
export function shapeOf(value: unknown): Shape {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value as 'string' | 'number' | 'boolean';
    default:
      return { fields: Object.entries(value as object).map(([name, field]) => [name, shapeOf(field)]) };
  }
}
