import { setTimeout as sleep } from 'node:timers/promises';
import { type LabServer, waitFor } from '../../../lab/index.ts';
import { connectReplica } from '../../../lab/replication.ts';
import { readOnlyArgs } from '../../../lab/server-args.ts';
import { executedOf, replicaState, waitFollows } from '../checks.ts';
import { isWritable, SafetyViolation } from '../safety.ts';
import { allOf, type ChaosScene, restartAs, writableNow } from './scene.ts';

/** Within this time all must be well again; the standard suites of this kind allow two minutes. */
const CONVERGE_MS = 60_000;
const STABLE_MS = 1_000;
/** A replica that does not follow by itself by then was left out, and is an operator's work. */
const FOLLOW_MS = 4_000;

interface Known {
  readonly Key: { readonly Port: number };
  readonly MasterKey: { readonly Port: number };
  readonly IsLastCheckValid: boolean;
}

/**
 * After a fault: everything is started and connected again; exactly one server must come to take writes and stay the only one; what
 * does not follow it by then is rejoined as an operator would; the program must know the whole tree. Gives the primary.
 */
export async function settle(scene: ChaosScene): Promise<LabServer> {
  await revive(scene);
  const primary = await theOneWritable(scene);
  const left = await Promise.all(
    allOf(scene)
      .filter((server) => server !== primary)
      .map(async (server) => ((await followsSoon(scene, server, primary)) ? null : server)),
  );
  for (const server of left) if (server !== null) await rejoin(scene, server, primary);
  await knownWhole(scene, primary);
  await scene.program.api('ack-all-recoveries?comment=chaos');
  for (const { port } of allOf(scene)) await scene.program.api(`end-downtime/127.0.0.1/${port}`);
  return primary;
}

async function revive(scene: ChaosScene): Promise<void> {
  await Promise.all(
    allOf(scene).map(async (server) => {
      await server.proxy?.heal();
      if (server.isPaused()) server.resume();
      if (!server.isAlive()) await restartAs(scene, server, 'replica');
    }),
  );
}

function theOneWritable(scene: ChaosScene): Promise<LabServer> {
  let seen = '';
  return waitFor(
    async () => {
      const [first] = await writableNow(scene);
      const since = performance.now();
      while (performance.now() - since < STABLE_MS) {
        const now = await writableNow(scene);
        seen = now.map(({ number }) => number).join(' and ');
        if (now.length !== 1 || now[0] !== first) return null;
        await sleep(50);
      }
      return first;
    },
    {
      what: 'exactly one server to take writes',
      deadlineMs: CONVERGE_MS,
      explain: () => `writable: ${seen || 'none'}`,
    },
  );
}

async function followsSoon(scene: ChaosScene, server: LabServer, primary: LabServer): Promise<boolean> {
  const { flavour } = scene.topology;
  const giveUpAt = performance.now() + FOLLOW_MS;
  do {
    const state = await replicaState(flavour, server);
    if (state?.sourcePort === primary.port && state.receiver === 'Yes' && state.applier === 'Yes') return true;
    await sleep(100);
  } while (performance.now() < giveUpAt);
  return false;
}

/** A server that holds nothing of its own is told its source; any other is built anew. */
async function rejoin(scene: ChaosScene, server: LabServer, primary: LabServer): Promise<void> {
  const { flavour, spec } = scene.topology;
  const isClean = flavour !== 'mariadb-10.11' && (await hasNothingOfItsOwn(scene, server, primary));
  scene.tell(`server ${server.number} is rejoined${isClean ? '' : ', built anew'}`);
  if (isClean) {
    await server.query(flavour === 'mysql-9.7' ? 'STOP REPLICA' : 'STOP SLAVE');
    await server.query(flavour === 'mysql-9.7' ? 'RESET REPLICA ALL' : 'RESET SLAVE ALL');
  } else {
    await server.startAfresh();
    // The writes of its former lives would not be sent back to the id under which they were made.
    await server.query(`SET GLOBAL server_id=${freshServerId(server)}`);
  }
  for (const argument of readOnlyArgs(flavour, true)) {
    const [name = '', value = ''] = argument.slice(2).split('=');
    await server.query(`SET GLOBAL ${name.replaceAll('-', '_')}=${value}`);
  }
  // Started as a source it would wait for acknowledgements of what it applies.
  const sourceSide = { 'mysql-9.7': 'source', 'mariadb-10.11': 'master', 'mysql-5.6': null }[flavour];
  if (sourceSide !== null)
    await server.query(`SET GLOBAL rpl_semi_sync_${sourceSide}_enabled=0`).catch(() => undefined);
  await connectReplica(flavour, server, primary, spec.gtid);
  await waitFollows(flavour, server, primary);
}

/** Never given before, nor to another server. */
const freshServerId = ({ number }: LabServer): number => (Math.floor(Date.now() / 1_000) % 100_000_000) * 10 + number;

async function hasNothingOfItsOwn({ topology }: ChaosScene, server: LabServer, primary: LabServer): Promise<boolean> {
  const own = await executedOf(topology.flavour, server);
  const [row] = await primary.query('SELECT GTID_SUBTRACT(?, @@global.gtid_executed) AS errant', [own]);
  return row?.errant === '';
}

async function knownWhole({ program, topology }: ChaosScene, primary: LabServer): Promise<void> {
  await program.waitFor(`the program to know all servers below server ${primary.number}`, async () => {
    const known = await program.api<Known[]>(`cluster/127.0.0.1:${primary.port}`);
    if (!Array.isArray(known) || known.length !== topology.servers.size) return null;
    return known.every(
      ({ Key, MasterKey, IsLastCheckValid }) =>
        IsLastCheckValid && (Key.Port === primary.port || MasterKey.Port === primary.port),
    );
  });
  await program.waitFor('no deposed primary to be watched any more', async () => {
    const deposed = await program.api<unknown[]>('deposed-primaries');
    return deposed.length === 0;
  });
}

/** All servers hold the same rows, only the primary takes writes. No writer may run. */
export async function rowsEverywhere(scene: ChaosScene, primary: LabServer): Promise<ReadonlySet<number>> {
  const sums = new Map<number, string>();
  const read = async (server: LabServer): Promise<string> => {
    const [row] = await server.query(
      'SELECT COUNT(*) AS n, COALESCE(SUM(CRC32(CONCAT(id, who, payload))), 0) AS s FROM app.t',
    );
    return `${row?.n} rows, sum ${row?.s}`;
  };
  const wanted = await read(primary);
  for (const server of allOf(scene)) {
    if (server === primary) continue;
    await waitFor(
      async () => {
        sums.set(server.number, await read(server));
        return sums.get(server.number) === wanted;
      },
      {
        what: `server ${server.number} to hold the rows of server ${primary.number} (${wanted})`,
        deadlineMs: CONVERGE_MS,
        explain: () => sums.get(server.number) ?? '',
      },
    );
    if (await isWritable(server))
      throw new SafetyViolation(`server ${server.number} takes writes beside ${primary.number}`);
  }
  return new Set((await primary.query('SELECT id FROM app.t')).map(({ id }) => Number(id)));
}
