import { CLUSTERS } from './clusters.ts';
import { INSTANCES } from './instances.ts';
import { NODE } from './node.ts';
import { OPERATIONS_V2 } from './operations.ts';
import { RECOVERIES } from './recoveries.ts';
import type { RouteContract } from './route-contract.ts';

/** The whole of /api/v2 by the names of its operations: the table that router, client, OpenAPI and docs/api-v2.md are derived from. */
export const V2 = {
  ...CLUSTERS,
  ...INSTANCES,
  ...OPERATIONS_V2,
  ...RECOVERIES,
  ...NODE,
} as const satisfies Readonly<Record<string, RouteContract>>;
export type V2 = typeof V2;
export type V2Name = keyof V2;
