import type { ReplicationCredentials, ServerCommand } from '../../../model/command.ts';
import type { Positioning } from '../../../model/instance.ts';
import type { InstanceKey } from '../../../model/instance-key.ts';
import type { Member } from '../input.ts';

/** A server without a source gets one, with the connection profile of `like`, a replica of the same cluster. */
export function followCommand(
  like: Member,
  source: InstanceKey,
  positioning: Positioning,
  credentials: ReplicationCredentials,
): ServerCommand {
  const profile = like.instance.replication?.profile;
  return {
    kind: 'change-source',
    source,
    receiverOnly: false,
    positioning,
    credentials,
    ...(profile === undefined ? {} : { profile }),
  };
}
