import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { INSTANCES } from '../contract/v2/instances.ts';
import type { RequestInfo } from '../route.ts';
import { actor } from '../routes/common.ts';
import { clusterNamed, isoOfStored, isoTime, knownServer, would } from './common.ts';
import type { Implementations } from './define.ts';
import { instancePage, shapeContext, sortName } from './instance-listing.ts';
import { instanceShape } from './instance-shape.ts';
import { mapPage, pageOfSorted } from './page.ts';
import { badField, ProblemError } from './problem.ts';

interface Server {
  readonly host: string;
  readonly port: number;
}

const keyOf = (info: RequestInfo, params: Server) => knownServer(info, params).key;
const nameOf = (info: RequestInfo, params: Server): string => formatKey(keyOf(info, params));

const LONGEST_TAG = 128;

/** Tags are read back from texts like `a=b,~c`; a name that could not be asked for is not taken. */
function tagName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > LONGEST_TAG || /[=,~]/.test(trimmed))
    return badField('path.name', 'bad-tag', `a tag has a name of at most ${LONGEST_TAG} letters, without = , and ~`);
  return trimmed;
}

const tagsOf = (info: RequestInfo, params: Server) => ({ tags: { ...knownServer(info, params).intent.tags } });

export const instances: Implementations<typeof INSTANCES> = {
  listInstances: {
    handle(info, { query }) {
      const fleet = info.services.orchestrator.fleet();
      const { cluster, ...filter } = query;
      const records =
        cluster === undefined ? fleet.records : fleet.recordsOfCluster(clusterNamed(info, cluster).clusterName);
      return instancePage(info, records, filter);
    },
  },
  discoverInstance: {
    async handle(info, { body }) {
      return instanceShape(await info.services.orchestrator.discover(body), shapeContext(info));
    },
    location: ({ key }) => `/instances/${encodeURIComponent(key.hostname)}/${key.port}`,
    preview: (_, { body }) => would(WOULD.discover(formatKey(body))),
  },
  getInstance: { handle: (info, { params }) => instanceShape(knownServer(info, params), shapeContext(info)) },
  forgetInstance: {
    async handle(info, { params }) {
      await info.services.orchestrator.forget(keyOf(info, params));
      return null;
    },
    preview: (info, { params }) => would(WOULD.forget(nameOf(info, params))),
  },
  beginDowntime: {
    async handle(info, { params, body: { owner = actor(info), reason, durationSeconds } }) {
      const key = keyOf(info, params);
      const beginAtMs = info.services.clock.now();
      await info.services.orchestrator.beginDowntime(key, owner, reason, durationSeconds);
      return { owner, reason, beginAt: isoTime(beginAtMs), endAt: isoTime(beginAtMs + durationSeconds * 1000) };
    },
    preview: (info, { params, body: { owner = actor(info), reason, durationSeconds } }) =>
      would(WOULD.beginDowntime(nameOf(info, params), owner, reason, durationSeconds)),
  },
  endDowntime: {
    async handle(info, { params }) {
      await info.services.orchestrator.endDowntime(keyOf(info, params));
      return null;
    },
    preview: (info, { params }) => would(WOULD.endDowntime(nameOf(info, params))),
  },
  beginMaintenance: {
    async handle(info, { params, body: { owner = actor(info), reason, durationSeconds } }) {
      const key = keyOf(info, params);
      const { registrations } = info.services.orchestrator;
      const outcome = await registrations.beginMaintenance(key, owner, reason, durationSeconds);
      if (outcome.kind === 'begun') return { key, owner, reason, beganAt: isoTime(info.services.clock.now()) };
      const { by } = outcome;
      const detail = `${formatKey(key)} is in maintenance since ${by.beganAt}, by ${by.owner}: ${by.reason}`;
      throw new ProblemError({ slug: 'locked', detail });
    },
    preview: (info, { params, body: { owner = actor(info), reason, durationSeconds } }) =>
      would(WOULD.beginMaintenance(nameOf(info, params), owner, reason, durationSeconds)),
  },
  endMaintenance: {
    async handle(info, { params }) {
      await info.services.orchestrator.registrations.endMaintenance(keyOf(info, params));
      return null;
    },
    preview: (info, { params }) => would(WOULD.endMaintenance(nameOf(info, params))),
  },
  listMaintenances: {
    async handle({ services }, { query }) {
      const page = pageOfSorted(await services.orchestrator.registrations.maintenances(), query, ({ key }) =>
        sortName(key),
      );
      return mapPage(page, ({ key, owner, reason, beganAt }) => ({
        key,
        owner,
        reason,
        beganAt: isoOfStored(beganAt),
      }));
    },
  },
  getTags: { handle: (info, { params }) => tagsOf(info, params) },
  putTag: {
    async handle(info, { params, body: { value } }) {
      await info.services.orchestrator.registrations.putTag(keyOf(info, params), tagName(params.name), value);
      return tagsOf(info, params);
    },
    preview: (info, { params, body: { value } }) =>
      would(WOULD.tag(nameOf(info, params), `${tagName(params.name)}=${value}`)),
  },
  removeTag: {
    async handle(info, { params }) {
      const tag = { name: params.name, value: null };
      await info.services.orchestrator.registrations.removeTag(keyOf(info, params), tag);
      return null;
    },
    preview(info, { params }) {
      const { tags } = tagsOf(info, params);
      return would(WOULD.untag(params.name, Object.hasOwn(tags, params.name) ? 1 : 0));
    },
  },
  putPromotionRule: {
    async handle(info, { params, body: { promotionRule } }) {
      const key = keyOf(info, params);
      await info.services.orchestrator.registrations.registerCandidate(key, promotionRule);
      return { key, promotionRule };
    },
    preview: (info, { params, body: { promotionRule } }) =>
      would(WOULD.registerCandidate(nameOf(info, params), promotionRule)),
  },
};
