import type { NodeHealth } from '../../engine/ports.ts';
import { type InstanceKey, parseKey } from '../../model/instance-key.ts';
import type { NODE } from '../contract/v2/node.ts';
import { isProblemSlug, PROBLEM_TYPES, type ProblemSlug } from '../contract/v2/problem.ts';
import { isoOfStored, keyOrNull, textOrNull } from './common.ts';
import type { Implementations } from './define.ts';
import { mapPage, pageOfStored } from './page.ts';
import { notThere, ProblemError } from './problem.ts';

const NO_PORT_GIVEN = 3306;

const nodeShape = ({ hostname, version, firstSeenActive, lastSeenActive }: NodeHealth) => ({
  hostname,
  version,
  firstSeenAt: isoOfStored(firstSeenActive),
  lastSeenAt: isoOfStored(lastSeenActive),
});

const typeShape = (slug: ProblemSlug) => ({ slug, ...PROBLEM_TYPES[slug] });

export const node: Implementations<typeof NODE> = {
  getStatus: {
    async handle({ services }) {
      const report = await services.orchestrator.health();
      if (!report.isHealthy)
        throw new ProblemError({
          slug: 'unavailable',
          code: 'unhealthy',
          detail: report.error ?? 'the node is not well',
        });
      return {
        hostname: report.hostname,
        version: services.settings.programVersion,
        isActiveNode: report.isActiveNode,
        activeNode: nodeShape(report.activeNode),
        availableNodes: report.availableNodes.map(nodeShape),
      };
    },
  },
  listAudit: {
    async handle({ services }, { query: { instance, ...page } }) {
      const filter: { readonly key?: InstanceKey } =
        instance === undefined ? {} : { key: parseKey(instance, NO_PORT_GIVEN) };
      const read = (range: { readonly limit: number; readonly beforeId?: number }) =>
        services.orchestrator.auditLog({ ...filter, ...range });
      return mapPage(await pageOfStored(page, read, ({ auditId }) => auditId), (record) => ({
        id: record.auditId,
        at: isoOfStored(record.at),
        type: record.type,
        key: keyOrNull(record.key),
        clusterName: textOrNull(record.clusterName),
        message: record.message,
      }));
    },
  },
  listProblemTypes: {
    handle: () => ({ items: (Object.keys(PROBLEM_TYPES) as ProblemSlug[]).map(typeShape) }),
  },
  getProblemType: {
    handle: (_, { params: { slug } }) =>
      isProblemSlug(slug) ? typeShape(slug) : notThere('unknown-problem-type', 'see /api/v2/problems for all types'),
  },
  getOpenApi: { handle: ({ services }) => services.openApiV2() as { openapi: string } },
};
