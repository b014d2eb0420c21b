#!/usr/bin/env node
/**
 * A pretended orchestrator, for work on the page only: serves dist/web and an invented fleet, and kills a primary on demand.
 *   node web/dev/fake-server.mjs [--port 3100] [--prefix /orc] [--servers 30]
 *   curl localhost:3100/fake/kill      a failover happens        curl localhost:3100/fake/return   the dead one comes back
 *   curl localhost:3100/fake/break     one applier stops         curl localhost:3100/fake/reset    as in the beginning
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : process.argv[at + 1];
};
const PORT = Number(option('port', '3100'));
const PREFIX = option('prefix', '');
const SERVERS = Number(option('servers', '4'));
const DIST = join(import.meta.dirname, '../../dist/web');
const HOST = '127.0.0.1';
const BASE = 10100;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const key = (port) => (port === 0 ? { Hostname: '', Port: 0 } : { Hostname: HOST, Port: port });
const name = (port) => `${HOST}:${port}`;
let servers = new Map();
let recoveries = [];
let steps = [];
let explanations = new Map();
let version = 1;
let nextId = 1;
const readers = new Set();

function instance(port, source) {
  const isReplica = source !== 0;
  const bin = { LogFile: 'bin.000001', LogPos: 649, Type: 0 };
  return {
    Key: key(port),
    InstanceAlias: '',
    Uptime: 5400,
    ServerID: port,
    ServerUUID: `eabc0890-e566-11f1-83f5-02fc0000${port}`,
    Version: '9.7.4-2',
    VersionComment: '(Debian)',
    FlavorName: 'MySQL',
    ReadOnly: isReplica,
    Binlog_format: 'ROW',
    BinlogRowImage: 'FULL',
    LogBinEnabled: true,
    LogReplicationUpdatesEnabled: true,
    SelfBinlogCoordinates: bin,
    MasterKey: key(source),
    IsDetachedMaster: false,
    ReplicationSQLThreadState: isReplica ? 1 : -1,
    ReplicationIOThreadState: isReplica ? 1 : -1,
    HasReplicationFilters: false,
    GTIDMode: 'ON',
    UsingOracleGTID: isReplica,
    UsingMariaDBGTID: false,
    UsingPseudoGTID: false,
    ReadBinlogCoordinates: bin,
    ExecBinlogCoordinates: bin,
    RelaylogCoordinates: { ...bin, LogFile: 'relay.000002', Type: 1 },
    LastSQLError: '',
    LastIOError: '',
    SecondsBehindMaster: { Int64: 0, Valid: isReplica },
    ReplicationLagSeconds: { Int64: 0, Valid: isReplica },
    SQLDelay: 0,
    ExecutedGtidSet: 'e9ba0dc7-e566-11f1-ad12-02fc00000001:1-48213',
    GtidPurged: '',
    GtidErrant: '',
    Replicas: [],
    ClusterName: name(BASE),
    DataCenter: '',
    Region: '',
    PhysicalEnvironment: '',
    ReplicationDepth: isReplica ? 1 : 0,
    IsCoMaster: false,
    HasReplicationCredentials: isReplica,
    SemiSyncMasterEnabled: false,
    SemiSyncReplicaEnabled: false,
    SemiSyncMasterTimeout: 0,
    SemiSyncMasterWaitForReplicaCount: 0,
    SemiSyncMasterStatus: false,
    SemiSyncMasterClients: 0,
    SemiSyncReplicaStatus: false,
    LastSeenTimestamp: new Date().toISOString(),
    IsLastCheckValid: true,
    IsUpToDate: true,
    IsRecentlyChecked: true,
    SecondsSinceLastSeen: { Int64: 1, Valid: true },
    PromotionRule: 'neutral',
    IsDowntimed: false,
    DowntimeReason: '',
    DowntimeOwner: '',
    DowntimeEndTimestamp: '',
    AllowTLS: true,
    Problems: [],
    LastDiscoveryLatency: 4_100_000,
  };
}

function reset() {
  servers = new Map([[BASE, instance(BASE, 0)]]);
  for (let port = BASE + 1; port < BASE + SERVERS; port += 1) {
    const under = port === BASE + 3 ? BASE + 2 : SERVERS > 12 && port % 9 === 0 ? BASE + 2 : BASE;
    servers.set(port, instance(port, under));
  }
  recoveries = [];
  steps = [];
  explanations = new Map();
  explain(name(BASE), 'healthy', `${name(BASE)} answers and ${SERVERS - 1} replicas follow it: nothing to do.`);
  tellFleet(name(BASE));
}

const change = (port, changes) => servers.set(port, { ...servers.get(port), ...changes });
const send = (event) => {
  for (const reader of readers) reader.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
};
function tellFleet(clusterName) {
  version += 1;
  send({ kind: 'fleet', clusterName, version });
}
function explain(clusterName, verdict, sentence) {
  const explanation = { clusterName, primary: null, verdict, sentence, atMs: Date.now() };
  explanations.set(clusterName, explanation);
  send({ kind: 'explanation', explanation });
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const stamp = () => new Date().toISOString().slice(0, 19).replace('T', ' ');

/** The writable head dies; its first replica takes over, the others follow one after another. */
async function kill(pace) {
  const old = [...servers.values()].find(
    (server) => server.MasterKey.Port === 0 && server.IsLastCheckValid && !server.IsDowntimed,
  );
  if (old === undefined) return;
  const oldName = name(old.Key.Port);
  const uid = `1792-${nextId}`;
  const step = (message) => {
    steps.push({ Id: nextId++, RecoveryUID: uid, AuditAt: stamp(), Message: message });
    send({ kind: 'recovery-step', uid, clusterName: oldName, atMs: Date.now(), message });
  };
  change(old.Key.Port, {
    IsLastCheckValid: false,
    Problems: ['last_check_invalid'],
    SecondsSinceLastSeen: { Int64: 2, Valid: true },
  });
  const followers = [...servers.values()].filter((server) => server.MasterKey.Port === old.Key.Port);
  for (const { Key } of followers)
    change(Key.Port, {
      ReplicationIOThreadState: 2,
      LastIOError: `error reconnecting to source 'repl@${oldName}' - 2003`,
      Problems: ['not_replicating'],
    });
  explain(
    oldName,
    'suspected',
    `${oldName} ended the connection; two fresh connects were refused; asking its replicas.`,
  );
  tellFleet(oldName);
  await sleep(pace);
  const recovery = {
    Id: nextId++,
    UID: uid,
    AnalysisEntry: {
      AnalyzedInstanceKey: old.Key,
      Analysis: 'DeadMaster',
      Description: '',
      StructureAnalysis: null,
      IsDowntimed: false,
      CountReplicas: followers.length,
      ClusterDetails: { ClusterName: oldName, ClusterAlias: oldName },
    },
    SuccessorKey: key(0),
    IsActive: true,
    IsSuccessful: false,
    LostReplicas: [],
    ParticipatingInstanceKeys: [],
    AllErrors: [''],
    RecoveryStartTimestamp: stamp(),
    RecoveryEndTimestamp: '',
    ProcessingNodeHostname: 'vm',
    Acknowledged: false,
    AcknowledgedAt: '',
    AcknowledgedBy: '',
    AcknowledgedComment: '',
  };
  recoveries.unshift(recovery);
  send({ kind: 'recovery', uid, clusterName: oldName, state: 'started' });
  explain(
    oldName,
    'recovering',
    `${oldName} is dead: refused twice, and ${followers.length} of ${followers.length} replicas lost it.`,
  );
  step(`Recovery registered for ${oldName}`);
  await sleep(pace);
  const successor = followers.find(({ Key }) => Key.Port !== BASE + 2) ?? followers[0];
  const newName = name(successor.Key.Port);
  step(`${newName} has received most: chosen as successor`);
  step(`${newName} drained: everything received is executed`);
  const isBelow = (port, top) => port === top || (port !== 0 && isBelow(servers.get(port)?.MasterKey.Port ?? 0, top));
  const members = [...servers.keys()].filter((port) => port !== old.Key.Port && isBelow(port, old.Key.Port));
  change(successor.Key.Port, {
    MasterKey: key(0),
    ReadOnly: false,
    ReplicationIOThreadState: -1,
    ReplicationSQLThreadState: -1,
    LastIOError: '',
    Problems: [],
    ReplicationDepth: 0,
  });
  for (const port of members) change(port, { ClusterName: newName });
  change(old.Key.Port, {
    IsDowntimed: true,
    DowntimeReason: 'lost-in-recovery',
    DowntimeOwner: 'orchestrator',
    DowntimeEndTimestamp: '2027-11-21 06:00:00',
  });
  step(`${newName} is writable`);
  tellFleet(oldName);
  tellFleet(newName);
  for (const { Key } of followers.filter(({ Key }) => Key.Port !== successor.Key.Port)) {
    await sleep(Math.min(pace, 2000 / followers.length));
    change(Key.Port, { MasterKey: successor.Key, ReplicationIOThreadState: 1, LastIOError: '', Problems: [] });
    step(`${name(Key.Port)} follows ${newName}`);
    tellFleet(newName);
  }
  Object.assign(recovery, {
    SuccessorKey: successor.Key,
    IsSuccessful: true,
    IsActive: false,
    RecoveryEndTimestamp: stamp(),
  });
  send({ kind: 'recovery', uid, clusterName: oldName, state: 'succeeded' });
  explain(newName, 'recovered', `${oldName} was replaced by ${newName}; ${followers.length - 1} replicas follow it.`);
}

const actions = {
  kill: (url) => kill(Number(url.searchParams.get('pace') ?? '400')),
  return() {
    for (const [port, server] of servers) {
      if (server.DowntimeReason === 'lost-in-recovery')
        change(port, { IsLastCheckValid: true, ReadOnly: true, Problems: [] });
    }
    tellFleet(name(BASE));
  },
  break() {
    const port = [...servers.keys()].at(-1);
    change(port, {
      ReplicationSQLThreadState: 0,
      LastSQLError: "Error 'Duplicate entry '7' for key 't.PRIMARY'' on query",
      Problems: ['not_replicating'],
    });
    change(port - 1, { ReplicationLagSeconds: { Int64: 95, Valid: true }, Problems: ['replication_lag'] });
    if (SERVERS > 8) {
      change(port - 2, {
        IsDowntimed: true,
        DowntimeReason: 'upgrade <b>tonight</b>',
        DowntimeOwner: 'ann',
        DowntimeEndTimestamp: '2026-11-22 06:00:00',
      });
      change(port - 3, { ReplicationSQLThreadState: 0, ReplicationIOThreadState: 0, Problems: ['not_replicating'] });
      change(port - 4, { GtidErrant: 'e9ba0dc7-e566-11f1-ad12-02fc00000001:7', Problems: ['errant_gtid'] });
    }
    tellFleet(servers.get(port).ClusterName);
  },
  reset,
};

function clusterNames() {
  return [...new Set([...servers.values()].map((server) => server.ClusterName))];
}
const membersOf = (cluster) => [...servers.values()].filter((server) => server.ClusterName === cluster);
const ok = (Message, Details = null) => ({ Code: 'OK', Message, Details });

function api(path, url) {
  const parts = path.split('/').map(decodeURIComponent);
  const [route, first, second, third] = parts;
  if (route === 'clusters-info') {
    return clusterNames().map((cluster) => ({
      ClusterName: cluster,
      ClusterAlias: cluster === name(BASE) ? 'orders' : cluster,
      ClusterDomain: '',
      CountInstances: membersOf(cluster).length,
      HeuristicLag: 0,
      HasAutomatedMasterRecovery: true,
      HasAutomatedIntermediateMasterRecovery: false,
    }));
  }
  if (route === 'problems')
    return [...servers.values()].filter((server) => server.Problems.length > 0 && !server.IsDowntimed);
  if (route === 'explanations') return [...explanations.values()];
  if (route === 'web-settings')
    return {
      urlPrefix: PREFIX,
      webMessage: '',
      removeTextFromHostnameDisplay: '',
      userId: '',
      isAuthorizedForAction: true,
    };
  if (route === 'deposed-primaries') {
    return [...servers.values()]
      .filter((server) => server.DowntimeReason === 'lost-in-recovery')
      .map((server) => ({
        key: { hostname: HOST, port: server.Key.Port },
        clusterName: name(server.Key.Port),
        successor: null,
        deposedAtMs: Date.now(),
        fencedAtMs: null,
      }));
  }
  if (route === 'check-global-recoveries') return ok('Global recoveries enabled', 'enabled');
  if (route === 'cluster' && first === 'instance') return membersOf(servers.get(Number(third))?.ClusterName);
  if (route === 'cluster') return membersOf(first).length > 0 ? membersOf(first) : undefined;
  if (route === 'instance') return servers.get(Number(second));
  if (route === 'replication-analysis') return ok('Analysis', []);
  if (route === 'audit-recovery' && first === 'cluster')
    return recoveries.filter((recovery) => recovery.AnalysisEntry.ClusterDetails.ClusterName === second);
  if (route === 'audit-recovery') return recoveries;
  if (route === 'audit-recovery-steps') return steps.filter((step) => step.RecoveryUID === first);
  if (route === 'ack-recovery' && first === 'uid') {
    const recovery = recoveries.find((entry) => entry.UID === second);
    Object.assign(recovery ?? {}, {
      Acknowledged: true,
      AcknowledgedAt: stamp(),
      AcknowledgedBy: 'ann',
      AcknowledgedComment: url.searchParams.get('comment'),
    });
    return ok('Acknowledged recovery', second);
  }
  return undefined;
}

async function file(path) {
  const safe = normalize(path).replace(/^(\.\.[/\\])+/, '');
  try {
    return { body: await readFile(join(DIST, safe)), type: TYPES[extname(safe)] ?? 'application/octet-stream' };
  } catch {
    const html = await readFile(join(DIST, 'index.html'), 'utf8');
    return { body: html.replace('<base href="/" />', `<base href="${PREFIX}/" />`), type: 'text/html' };
  }
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  const path = url.pathname.slice(PREFIX.length + 1);
  if (path === 'api/live') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(': hello\n\n');
    readers.add(response);
    request.on('close', () => readers.delete(response));
    return;
  }
  if (path.startsWith('fake/')) {
    void actions[path.slice(5)]?.(url);
    response.end('done\n');
    return;
  }
  if (path.startsWith('api/')) {
    const answer = api(path.slice(4), url);
    const body = JSON.stringify(
      answer ?? { Code: 'ERROR', Message: `Unable to determine cluster name. clusterHint=${path}`, Details: null },
    );
    const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else
      response
        .writeHead(answer === undefined ? 500 : 200, { 'Content-Type': 'application/json', ETag: etag })
        .end(body);
    return;
  }
  void file(path === '' || path.startsWith('web') ? 'index.html' : path).then(({ body, type }) => {
    const text =
      type === 'text/html' ? body.toString().replace('<base href="/" />', `<base href="${PREFIX}/" />`) : body;
    response.writeHead(200, {
      'Content-Type': type,
      'Content-Security-Policy': "default-src 'self'; base-uri 'self'; img-src 'self' data:",
    });
    response.end(text);
  });
});
reset();
server.listen(PORT, () => process.stdout.write(`http://localhost:${PORT}${PREFIX}/\n`));
