import type { Finding } from './replay.ts';

/** Where this program answers otherwise than the existing one did, on purpose. A line that nothing needs any more fails. */
export interface OnPurpose {
  /** Requests it is about, or commands: `cli -c …`, `client -c …`. */
  readonly get: RegExp;
  /** Places in the answer; see Deviation.path. */
  readonly path: RegExp;
  readonly why: string;
  /** What is answered instead, as the finding tells it; anything when absent. */
  readonly now?: RegExp;
}

const line = (get: RegExp, path: RegExp, why: string, now?: RegExp): OnPurpose => ({
  get,
  path,
  why,
  ...(now === undefined ? {} : { now }),
});

const EVERY = /./;
/** What an operation on one server answers with: the server, as read when it was done. */
const OPERATIONS =
  /^\/api\/(?:stop-replica|start-replica|set-read-only|set-writeable|flush-binary-logs|purge-binary-logs|detach-replica|reattach-replica|move-up|move-below|repoint-replicas|take-siblings|make-co-master|reset-replica)/;

export const ON_PURPOSE: readonly OnPurpose[] = [
  line(
    EVERY,
    /(?:^|\.)(?:LastSeenTimestamp|FirstSeenActive|LastSeenActive|BeginTimestamp)$/,
    'times are written YYYY-MM-DD hh:mm:ss (UTC) whatever the backend; the old one writes RFC 3339 with SQLite only',
  ),
  line(
    EVERY,
    /(?:^|\.)ReplicationSSLVerifyServerCert\.Valid$/,
    'the TLS settings of replication are shown in listings too, where they were blank',
  ),
  line(
    EVERY,
    /(?:^|\.)ReplicationGetSourcePublicKey\.Valid$/,
    'whether the public key is asked for is shown where the server tells it',
  ),
  line(/^\/api\/(?:health|status)$/, /\.AppVersion$/, 'the version is known, also of a build from source'),
  line(/^\/api\/(?:health|status)$/, /\.Command$/, 'a service says that it is one'),
  line(/^\/api\/(?:health|status)$/, /\.ActiveNode\.DBBackend$/, 'the active node is described as the others are'),
  line(
    /^\/api\/hostname-resolve-cache$/,
    /^Details$/,
    'a name that is not resolved is not in the cache of resolved names',
  ),
  line(
    OPERATIONS,
    /\.FlavorName$/,
    'the server is answered whole; the old one has read only a part of it at that time',
  ),
  line(OPERATIONS, /\.LastSeenTimestamp$|\.SecondsSinceLastSeen\.Valid$/, 'it was seen just then'),
  line(OPERATIONS, /\.Problems$/, 'its problems are told'),
  line(
    OPERATIONS,
    /\.RelaylogCoordinates\.Type$/,
    'coordinates of a relay log are of that type, also where there is none',
  ),
  line(OPERATIONS, /\.(?:IsCandidate|PromotionRule)$/, 'what people decided about it is told'),
  line(/^\/api\/make-co-master/, /\.(?:IsCoMaster|SlaveHosts|Replicas)$/, 'it is read after it became one'),
  line(/^\/api\/clusters-info$/, /\.ClusterAlias$/, 'an alias holds at once, not from the next round on'),
  line(/^\/api\/(?:topology|master)\/demo$/, /^\(status\)$|^Code$|^Message$|^Details$|^$/, 'an alias holds at once'),
  line(/^\/api\/take-siblings/, /^Details\.(?:SlaveHosts|Replicas)$/, 'it is read after the siblings came'),
  line(
    /^\/api\/relocate-replicas/,
    /./,
    'when some can be moved and some cannot, the answer tells both; the old one moves some and answers that all failed',
    /^200$|^"OK"$|^"Relocated 1 replicas of 127\.0\.0\.1:10102 below 127\.0\.0\.1:10100; 1 errors: 127\.0\.0\.1:10103: |^\[\{"Key"/,
  ),
  line(
    /^\/api\/detach-replica/,
    /\.(?:ReplicationIOThreadState|LastIOError)$/,
    'the receiver of a detached replica is not started: it could reach nobody',
  ),
  line(
    /^\/api\/(?:move-up|move-below|repoint-replicas)\//,
    /\.UsingOracleGTID$/,
    'a replica by GTID stays one, whatever moves it',
    /^true$/,
  ),
  line(
    /^\/api\/discover\/127\.0\.0\.1\/1$/,
    /^Message$/,
    'errors of a connection name the server, what is wrong, and what can be done',
    /^"127\.0\.0\.1:1 refused the connection: .*check host and port"$/,
  ),
  line(/^\/api\/bulk-promotion-rules$/, /^/, 'it works; the old one fails with SQLite'),
  line(
    /^\/api\/submit-masters-to-kv-stores$/,
    /^Message$|^Details$/,
    'a cluster without an alias is not published: its name changes with every failover',
    /^"Submitted 0 masters"$|^\[\]$/,
  ),
  line(/^cli -c dump-config/, /^$/, 'there are more keys'),
  line(
    /^cli -c dump-config/,
    /Processes\.\[\]$/,
    'the hooks of the recorded machine write to where nobody has a folder (scene.ts)',
    / >> \/dev\/null\/recovery\.log"$/,
  ),
  line(/^cli -c dump-config/, /Password$/, 'secrets are not printed', /^"\*\*\*"$/),
  line(/^cli -c resolve/, /./, 'an address is its own name', /^(?:127\.0\.0\.1:10100\n|0|)$/),
  line(
    /^cli -c internal-suggest-promoted-replacement/,
    /^\(exit code\)$|^\(said\)$/,
    'without -d it says what is missing; the old one crashes',
    /^1$|^FATAL Cannot deduce destination/,
  ),
  line(
    /^cli -c (?:which-instance|relocate|forget)/,
    /^\(said\)$/,
    'what to do is said behind the historic words',
    /^FATAL (?:.*(?:Instance not found|instance \S+ not found).*; -c all-instances lists |Cannot deduce destination: name it with -d )/,
  ),
  line(/^cli -c which-downtimed-instances$/, /^\(said\)$/, 'a cluster nobody asked for is not missed', /^$/),
  line(
    /^client -c take-siblings/,
    /^\(output\)$/,
    'why a replica cannot be moved is told by the rule that would have to change',
    /too complex; .* 127\.0\.0\.1:10103 can come below 127\.0\.0\.1:10101 by coordinates only/,
  ),
  line(
    /^client -c graceful-master-takeover-auto/,
    /^\(output\)$/,
    'a takeover takes siblings along that go by file and position; here its hook, which writes to a folder that is not there, fails before anything is moved',
    /^OnFailureDetectionProcesses failed: .*; nothing was changed/,
  ),
];

/** The first line that covers a finding; null when it is not on purpose, or not answered as the line says. */
export const purposeOf = (
  lines: readonly OnPurpose[],
  { get, path, answered }: Pick<Finding, 'get' | 'path' | 'answered'>,
): OnPurpose | null => {
  const found = lines.find((entry) => entry.get.test(get) && entry.path.test(path));
  return found === undefined || found.now?.test(answered) === false ? null : found;
};
