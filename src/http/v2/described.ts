import { SHAPES } from '../contract/v2/shapes.ts';
import { jsonSchema, nameSchemas } from '../json-schema.ts';
import { parameters } from '../openapi.ts';
import type { Route } from '../route.ts';
import { typeText } from './type-text.ts';

/** One route as the documents tell of it. */
export interface DescribedRoute {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly doc: string;
  readonly isChange: boolean;
  readonly status: number;
  /** Of the query, without dryRun. */
  readonly query: readonly { readonly name: string; readonly type: string; readonly description: string }[];
  /** As types of TypeScript; null where there is none. */
  readonly body: string | null;
  readonly answer: string | null;
}

/** The routes of a group, as their contracts say. */
export function describeRoutes(routes: readonly Route[], group: string): readonly DescribedRoute[] {
  const { refer } = nameSchemas(SHAPES);
  return routes.flatMap((route) => {
    const { response, body } = route;
    if (route.group !== group || response.kind !== 'resource') return [];
    return {
      name: response.operationId,
      method: route.method,
      path: route.path.replace(/:(\w+)/g, '{$1}'),
      doc: route.doc,
      isChange: route.mutates,
      status: response.status,
      query: parameters(route, 'query')
        .filter(({ name }) => name !== 'dryRun')
        .map(({ name, description, schema }) => ({
          name: String(name),
          type: typeText(schema as Parameters<typeof typeText>[0]),
          description: String(description),
        })),
      body: body === null ? null : typeText(refer(jsonSchema(body, 'input'))),
      answer: response.status === 204 ? null : typeText(refer(jsonSchema(response.schema, 'output'))),
    };
  });
}

/** Every named shape as a type of TypeScript, one property per line. */
export const describeShapes = (): readonly (readonly [name: string, type: string])[] =>
  Object.entries(nameSchemas(SHAPES).components).map(([name, schema]) => [name, typeText(schema, 0)]);
