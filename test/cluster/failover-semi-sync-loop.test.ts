import { describe, expect, it } from 'vitest';
import { type LabServer, waitFor } from '../../lab/index.ts';
import { expectOneCluster, rounds, stepsOf, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectSameData } from '../support/operations-checks.ts';
import { rejoin } from '../support/rejoin.ts';
import { acknowledgersOf, SEMI_SYNC_FLAVOURS, wordsOf } from '../support/semi-sync.ts';

const AN_HOUR_MS = 3_600_000;
const ROUND_MS = 60_000;

describe.each(SEMI_SYNC_FLAVOURS)('a semi-synchronous primary that is killed again and again on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3)', semiSync: { timeoutMs: AN_HOUR_MS } });
  const kills = rounds(flavour === 'mysql-9.7' ? 2 : 1, 20);
  const { source: word } = wordsOf(flavour);

  async function isWaiting(server: LabServer): Promise<boolean> {
    const [row] = await server.query(
      `SELECT @@global.rpl_semi_sync_${word}_enabled AS is_on, @@global.rpl_semi_sync_${word}_wait_point AS point`,
    );
    return Number(row?.is_on) === 1 && row?.point === 'AFTER_SYNC';
  }

  const title = `has never told OK to a client whose row its successor lacks (${kills} kills, the servers reused)`;
  it(title, { timeout: kills * ROUND_MS }, async () => {
    const program = await scene.start({ RecoveryPeriodBlockSeconds: 1 });
    const { topology } = scene;
    let { primary } = topology;
    await waitFor(async () => (await acknowledgersOf(flavour, primary)) === 2, { what: 'both to acknowledge' });
    const writer = topology.follow({ connections: 4, statementTimeoutMs: 10_000 });
    const on = (server: LabServer): number => writer.acknowledged.filter((row) => row.server === server.number).length;
    const newest = new Map<LabServer, string>();
    const told: string[] = [];
    for (let kill = 1; kill <= kills; kill += 1) {
      const dead = primary;
      expect(await isWaiting(dead), `server ${dead.number} waits for acknowledgements before kill ${kill}`).toBe(true);
      const before = on(dead);
      await waitFor(() => on(dead) >= before + 100, { what: `100 rows before kill ${kill}` });
      await dead.kill();
      const { successor, recovery } = await waitRecovered(program, topology, dead, 30_000, newest.get(dead));
      newest.set(dead, recovery.UID);
      const since = on(successor);
      await waitFor(() => on(successor) >= since + 20, { what: `writes on the successor after kill ${kill}` });
      const acknowledged = [...writer.acknowledged];
      const steps = (await stepsOf(program, recovery.UID)).join('\n');
      expect(await topology.lostWrites(successor.number, acknowledged), `kill ${kill}\n${steps}`).toEqual([]);
      const own = await rejoin(program, topology, dead, successor);
      told.push(`${dead.number}→${successor.number} ${acknowledged.length} (${own.length})`);
      primary = successor;
    }
    const { acknowledged } = await writer.stop();
    console.log(`${flavour}: kills, rows acknowledged so far (rows that only the dead had): ${told.join(', ')}`);
    await expectOneCluster(topology, primary, scene.others(primary));
    await expectSameData(topology, primary);
    expect(await isWaiting(primary)).toBe(true);
    expect(await topology.lostWrites(primary.number, acknowledged)).toEqual([]);
  });
});
