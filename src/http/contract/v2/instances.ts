import * as z from 'zod';
import { POSITIONINGS, THREAD_STATES } from '../../../model/instance.ts';
import { PROBLEMS } from '../../../model/problems.ts';
import { REGISTRABLE_PROMOTION_RULES } from '../../../model/promotion-rule.ts';
import { PROMOTION_RULES } from '../../../model/server-record.ts';
import { FLAVOURS } from '../../../model/version.ts';
import { changing, reading } from './route-contract.ts';
import { KeyInBody, KeyV2, pageOf, pageQuery, serverPath, time } from './values.ts';

const group = 'Instances';
const place = z.object({ file: z.string(), position: z.int() });
const thread = z.object({
  state: z.enum(THREAD_STATES),
  errorNumber: z.int().nullable(),
  errorText: z.string().nullable(),
});

export const DowntimeV2 = z.object({ owner: z.string(), reason: z.string(), beginAt: time, endAt: time });

/** One server. What only a reading can tell is null until it answered for the first time. */
export const InstanceV2 = z.object({
  key: KeyV2,
  alias: z.string().nullable(),
  clusterName: z.string(),
  clusterAlias: z.string(),
  depth: z.int().describe('0 for the top of its tree'),
  source: KeyV2.nullable(),
  replicas: z.array(KeyV2),
  isPrimary: z.boolean(),
  isCoPrimary: z.boolean(),
  serverId: z.int().nullable(),
  serverUuid: z.string().nullable(),
  version: z.object({ text: z.string(), flavour: z.enum(FLAVOURS) }).nullable(),
  uptimeSeconds: z.number().nullable(),
  isReadOnly: z.boolean().nullable(),
  isSuperReadOnly: z.boolean().nullable(),
  dataCenter: z.string().nullable(),
  region: z.string().nullable(),
  environment: z.string().nullable(),
  binaryLog: z
    .object({
      isEnabled: z.boolean(),
      format: z.string(),
      rowImage: z.string().nullable(),
      logsReplicaUpdates: z.boolean(),
      coordinates: place.nullable(),
    })
    .nullable(),
  gtid: z
    .object({
      mode: z.string().nullable(),
      executed: z.string(),
      purged: z.string(),
      errant: z.string().describe('Executed here and not at its source; empty when none'),
    })
    .nullable(),
  replication: z
    .object({
      isReplicating: z.boolean(),
      isDetached: z.boolean(),
      receiver: thread,
      applier: thread,
      positioning: z.enum(POSITIONINGS),
      read: place,
      executed: place,
      secondsBehind: z.number().nullable().describe('As the replica itself says'),
      delaySeconds: z.number(),
      hasFilters: z.boolean(),
    })
    .nullable(),
  lagSeconds: z.number().nullable(),
  semiSync: z
    .object({
      isAvailable: z.boolean(),
      isSourceEnabled: z.boolean(),
      isSourceActive: z.boolean(),
      isReplicaEnabled: z.boolean(),
      isReplicaActive: z.boolean(),
      waitForReplicaCount: z.int(),
    })
    .nullable(),
  groupReplication: z.object({ groupName: z.string(), memberState: z.string(), memberRole: z.string() }).nullable(),
  check: z.object({
    isValid: z.boolean(),
    lastAttemptAt: time.nullable(),
    lastCheckedAt: time.nullable(),
    lastSeenAt: time.nullable(),
    failure: z.string().nullable(),
  }),
  problems: z.array(z.enum(PROBLEMS)),
  downtime: DowntimeV2.nullable(),
  isInMaintenance: z.boolean(),
  promotionRule: z.enum(PROMOTION_RULES),
  tags: z.record(z.string(), z.string()),
});
export type InstanceV2 = z.infer<typeof InstanceV2>;

/** What instances are chosen by; all that is told must hold. */
export const instanceFilter = pageQuery.extend({
  cluster: z.string().optional().describe('Name or alias of a cluster, in full'),
  match: z.string().optional().describe('Regular expression on `host:port`'),
  dataCenter: z.string().optional().describe('Data centre, in full'),
  tag: z.string().optional().describe('`a,b=c,~d`: has tag a, tag b of value c, and no tag d'),
  problem: z
    .enum([...PROBLEMS, 'any'])
    .optional()
    .describe('Has this problem; `any`: has one'),
});

export const MaintenanceV2 = z.object({
  key: KeyV2,
  owner: z.string(),
  reason: z.string(),
  beganAt: time.nullable(),
});

const reason = z.string().trim().min(1).max(1000);
const owner = z.string().trim().min(1).max(120).optional().describe('Whoever is logged in when left out');
const DAY_SECONDS = 86_400;
const Tags = z.object({ tags: z.record(z.string(), z.string()) });
const tagPath = serverPath.extend({ name: z.string().min(1).describe('Name of the tag') });

export const INSTANCES = {
  listInstances: reading({
    path: '/api/v2/instances',
    group,
    doc: 'Servers, by address.',
    query: instanceFilter,
    response: pageOf(InstanceV2),
  }),
  discoverInstance: changing({
    method: 'POST',
    path: '/api/v2/instances',
    group,
    doc: 'Reads a server now and takes it into the fleet; its replicas and its source follow in the background.',
    body: KeyInBody,
    status: 201,
    response: InstanceV2,
  }),
  getInstance: reading({
    path: '/api/v2/instances/:host/:port',
    group,
    doc: 'One server, as last read.',
    params: serverPath,
    response: InstanceV2,
  }),
  forgetInstance: changing({
    method: 'DELETE',
    path: '/api/v2/instances/:host/:port',
    group,
    doc: 'Forgets a server.',
    params: serverPath,
    status: 204,
    response: z.null(),
  }),
  beginDowntime: changing({
    method: 'PUT',
    path: '/api/v2/instances/:host/:port/downtime',
    group,
    doc: 'Says that a server is not to be counted on for a while: no recovery is begun for it. Replaces a downtime that it has.',
    params: serverPath,
    body: z.strictObject({
      owner,
      reason,
      durationSeconds: z
        .int()
        .min(1)
        .max(365 * DAY_SECONDS),
    }),
    response: DowntimeV2,
  }),
  endDowntime: changing({
    method: 'DELETE',
    path: '/api/v2/instances/:host/:port/downtime',
    group,
    doc: 'Ends the downtime of a server, if it has one.',
    params: serverPath,
    status: 204,
    response: z.null(),
  }),
  beginMaintenance: changing({
    method: 'PUT',
    path: '/api/v2/instances/:host/:port/maintenance',
    group,
    doc: 'Locks a server: no operation touches it, and it is left out of the analysis. 409 when somebody else holds it.',
    params: serverPath,
    body: z.strictObject({
      owner,
      reason,
      durationSeconds: z
        .int()
        .min(1)
        .max(30 * DAY_SECONDS),
    }),
    response: MaintenanceV2,
  }),
  endMaintenance: changing({
    method: 'DELETE',
    path: '/api/v2/instances/:host/:port/maintenance',
    group,
    doc: 'Lifts the lock of a server, if it has one.',
    params: serverPath,
    status: 204,
    response: z.null(),
  }),
  listMaintenances: reading({
    path: '/api/v2/maintenances',
    group,
    doc: 'The locks that hold now, those of operations under way among them.',
    query: pageQuery,
    response: pageOf(MaintenanceV2),
  }),
  getTags: reading({
    path: '/api/v2/instances/:host/:port/tags',
    group,
    doc: 'The tags of a server.',
    params: serverPath,
    response: Tags,
  }),
  putTag: changing({
    method: 'PUT',
    path: '/api/v2/instances/:host/:port/tags/:name',
    group,
    doc: 'Sets a tag of a server.',
    params: tagPath,
    body: z.strictObject({ value: z.string().default('') }),
    response: Tags,
  }),
  removeTag: changing({
    method: 'DELETE',
    path: '/api/v2/instances/:host/:port/tags/:name',
    group,
    doc: 'Removes a tag from a server, if it has it.',
    params: tagPath,
    status: 204,
    response: z.null(),
  }),
  putPromotionRule: changing({
    method: 'PUT',
    path: '/api/v2/instances/:host/:port/promotion-rule',
    group,
    doc: 'Says whether a server is to be promoted; it holds for CandidateInstanceExpireMinutes.',
    params: serverPath,
    body: z.strictObject({ promotionRule: z.enum(REGISTRABLE_PROMOTION_RULES) }),
    response: z.object({ key: KeyV2, promotionRule: z.enum(PROMOTION_RULES) }),
  }),
} as const;
