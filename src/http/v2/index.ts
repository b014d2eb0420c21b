import type { Route } from '../route.ts';
import { clusters } from './clusters.ts';
import { routesOfV2 } from './define.ts';
import { docsRoute } from './docs-page.ts';
import { instances } from './instances.ts';
import { node } from './node.ts';
import { operations } from './operations.ts';
import { recoveries } from './recoveries.ts';

const resources = routesOfV2({
  ...clusters,
  ...instances,
  ...operations,
  ...recoveries,
  ...node,
});

/** The good surface beside the old one: every contract of http/contract/v2 with what keeps it, and the page that shows them. */
export const v2Routes: readonly Route[] = [...resources, docsRoute(resources)];
