import type { ReplicationCredentials } from '../../../model/command.ts';
import type { ConnectionProfile, Positioning } from '../../../model/instance.ts';
import type { Objection, Step } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import { startAppliedStep, startReceiverStep } from '../../steps/replica.ts';
import type { Destination } from '../../steps/types.ts';
import type { Member, OperationInput } from '../input.ts';

/** With which account a server logs in at its source. stored: with the one it has. */
export type Account =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'given';
      readonly credentials: ReplicationCredentials;
      /** TLS, retry and heartbeat of a replica of the same cluster. */
      readonly profile: ConnectionProfile | null;
    };

/** The account for a server that is to become a replica: its own, else the known one, with the connection profile of `like`. */
export function accountFor(member: Member, like: Member, input: OperationInput): Account | Objection {
  if ((member.instance.replication?.profile.user ?? '') !== '') return { kind: 'stored' };
  const { credentials } = input.evidence;
  if (credentials === null) {
    return {
      subject: member.name,
      rule: 'no-credentials',
      explanation: `no replication account is known with which ${member.name} could follow ${like.name}: set ReplicationCredentialsQuery, or keep it in mysql.slave_master_info of ${like.name}, or set MySQLReplicationUser and MySQLReplicationPassword`,
    };
  }
  return { kind: 'given', credentials, profile: like.instance.replication?.profile ?? null };
}

/**
 * A server without a source gets one and replicates. Undone by forgetting the source again. `at` names the note that tells where to
 * read on, for positioning by coordinates.
 */
export function becomeReplicaSteps(
  stage: string,
  member: Member,
  to: Destination,
  positioning: Positioning,
  account: Account,
  at: string | null,
): Step[] {
  const why = `${member.name} follows ${to.name}`;
  const source = to.address ?? to.key;
  const given = account.kind === 'given' ? account : null;
  const change = commandStep(
    stage,
    member,
    {
      kind: 'change-source',
      source,
      receiverOnly: false,
      positioning,
      credentials: given?.credentials ?? null,
      ...(given?.profile == null ? {} : { profile: given.profile }),
    },
    why,
    {
      requires: { kind: 'has-no-source' },
      ensures: { kind: 'has-source', source },
      undo: [
        commandStep(stage, member, { kind: 'forget-source' }, `${member.name} has no source, as before`, {
          requires: { kind: 'receiver-stopped' },
          ensures: { kind: 'has-no-source' },
          isDestructive: true,
        }),
      ],
      ...(at === null ? {} : { at }),
    },
  );
  return [change, startAppliedStep(stage, member, why), startReceiverStep(stage, member, to)];
}
