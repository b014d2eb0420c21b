import type { ReplicationCredentials } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import { type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { isSetAside, replicasOf } from '../../model/server-record.ts';
import { type Evidence, NO_EVIDENCE } from '../../plan/operations/input.ts';
import {
  isTakeover,
  type OperationKind,
  type OperationRequest,
  TAKEOVER_KINDS,
} from '../../plan/operations/request.ts';
import type { Inquiry, InquiryAnswers, Servers } from '../ports.ts';
import type { GatherDeps } from './gather.ts';

const INQUIRY_DEADLINE_MS = 5_000;

/** Operations that give a server an account it does not have, or another one. */
const NEEDS_CREDENTIALS: readonly OperationKind[] = [
  'change-master-credentials',
  'make-co-master',
  'take-master',
  ...TAKEOVER_KINDS,
];

/** Asks what planners need beside the readings, for the kinds of operation that need it. */
export async function gatherEvidence(
  request: OperationRequest,
  deps: GatherDeps,
  configured: ReplicationCredentials | null,
): Promise<Evidence> {
  const instance = deps.recordOf(request.instance)?.instance;
  if (instance == null) return NO_EVIDENCE;
  const isAccountChange = request.kind === 'change-master-credentials';
  const credentials = NEEDS_CREDENTIALS.includes(request.kind)
    ? await credentialsOf(witnesses(instance, request, deps), deps.servers, configured, isAccountChange)
    : null;
  return {
    equivalent: await equivalentOf(request, deps),
    blockedGtid: request.kind === 'skip-query' ? await ask(deps.servers, instance, 'blocked-transaction') : null,
    credentials,
    ...(isTakeover(request.kind) ? { credentialsRefusal: await refusalOf(credentials, request, deps) } : {}),
    ...(request.kind === 'set-writeable' ? { isDeposed: await deps.wasReplaced(request.instance) } : {}),
    ...(isAccountChange ? { formerCredentials: await ask(deps.servers, instance, 'stored-credentials') } : {}),
  };
}

/** The account is proven on the designated server before anything is done (design §4). */
async function refusalOf(
  account: ReplicationCredentials | null,
  { destination }: OperationRequest,
  { recordOf, servers }: GatherDeps,
): Promise<string | null> {
  const designated = destination === null ? null : (recordOf(destination)?.instance ?? null);
  if (account === null || designated === null) return null;
  const outcome = await servers.inquire(designated, 'account-refusal', { deadlineMs: INQUIRY_DEADLINE_MS, account });
  return outcome.kind === 'answered' ? outcome.answer : outcome.failure.message;
}

/** The servers that may know the account: the one itself, its source, and where the operation goes; for a takeover all replicas. */
function witnesses(instance: Instance, { destination, kind }: OperationRequest, deps: GatherDeps): readonly Instance[] {
  if (isTakeover(kind)) {
    const replicas = replicasOf(instance.key, deps.records()).flatMap((record) =>
      record.instance === null || isSetAside(record) ? [] : [record.instance],
    );
    const designated = replicas.filter(({ key }) => destination !== null && sameKey(key, destination));
    return [...designated, ...replicas.filter((one) => !designated.includes(one))];
  }
  const keys = [destination, instance.replication?.source ?? null].filter((key): key is InstanceKey => key !== null);
  return [instance, ...keys.flatMap((key) => deps.recordOf(key)?.instance ?? [])];
}

/**
 * The replication account, in the order of design §4: the query, mysql.slave_master_info, the configuration. Where another account is
 * wanted (`isChange`), what is stored comes last: that is the one which the replica has.
 */
export async function credentialsOf(
  from: readonly Instance[],
  servers: Servers,
  configured: ReplicationCredentials | null,
  isChange = false,
): Promise<ReplicationCredentials | null> {
  for (const inquiry of ['queried-credentials', 'stored-credentials'] as const) {
    for (const instance of from) {
      const found = await ask(servers, instance, inquiry);
      if (found !== null) return found;
    }
    if (isChange && configured !== null) return configured;
  }
  return configured;
}

/** What a server does not tell is as if it did not know. */
async function ask<I extends Inquiry>(
  servers: Servers,
  instance: Instance,
  inquiry: I,
): Promise<InquiryAnswers[I] | null> {
  const outcome = await servers.inquire(instance, inquiry, { deadlineMs: INQUIRY_DEADLINE_MS });
  return outcome.kind === 'answered' ? outcome.answer : null;
}

async function equivalentOf(request: OperationRequest, deps: GatherDeps): Promise<Evidence['equivalent']> {
  const { kind, instance, destination } = request;
  if (kind !== 'relocate' && kind !== 'move-equivalent') return null;
  const replication = deps.recordOf(instance)?.instance?.replication;
  if (replication == null || destination === null || replication.positioning !== 'coordinates') return null;
  const place = { key: replication.source, coordinates: replication.executedCoordinates };
  const known = await deps.equivalences.find(place);
  return known.find(({ key }) => sameKey(key, destination))?.coordinates ?? null;
}
