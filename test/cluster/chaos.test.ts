import { describe, expect, it } from 'vitest';
import { LAB_USERS, waitFor } from '../../lab/index.ts';
import { FAULTS, type Fault } from '../support/chaos/faults.ts';
import { type ChaosScene, describeServers, pick } from '../support/chaos/scene.ts';
import { rowsEverywhere, settle } from '../support/chaos/settle.ts';
import { rounds } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { randomFrom } from '../support/random-moves.ts';
import { expectNoneLost, missingFrom } from '../support/safety.ts';

const ROUNDS = rounds(1, 20);
/** The short form always tells the same story: what chance finds is for the long one. */
const SEED = Number(process.env.ORCHESTRATOR_SEED ?? rounds(8, 1 + Math.floor(Math.random() * 1_000_000)));
const ROUND_MS = 150_000;

/** Every server acknowledges; the source's side is the primary's alone: a replica that waits for acknowledgements itself applies nothing. */
const ACKNOWLEDGES = {
  'mysql-9.7': ['--loose-rpl-semi-sync-replica-enabled=1'],
  'mariadb-10.11': ['--rpl-semi-sync-slave-enabled=1', '--rpl-semi-sync-master-wait-point=AFTER_SYNC'],
} as const;

describe.each([
  { flavour: 'mysql-9.7', semiSync: true, seed: SEED },
  { flavour: 'mariadb-10.11', semiSync: true, seed: SEED + 1 },
  { flavour: 'mysql-5.6', semiSync: false, seed: SEED + 2 },
] as const)(
  'one fault after the other on $flavour (semi-sync: $semiSync; seed $seed)',
  ({ flavour, semiSync, seed }) => {
    const scene = useScene({
      flavour,
      tree: '1(2,3,4)',
      proxied: true,
      settings: ['--slave-net-timeout=4'],
      ...(flavour === 'mysql-5.6'
        ? {}
        : { semiSync: { timeoutMs: 3_600_000 }, settings: ['--slave-net-timeout=4', ...ACKNOWLEDGES[flavour]] }),
    });

    it(
      `${ROUNDS} times leaves one primary with every acknowledged row, and all others below it`,
      async () => {
        const program = await scene.start({
          RecoveryPeriodBlockSeconds: 1,
          // MariaDB: who received rows on a connection that broke does not acknowledge them.
          RecoverLockedSemiSyncMaster: true,
          ReasonableLockedSemiSyncMasterSeconds: 2,
          // A successor that dies and is started again comes back closed.
          RecoverNonWriteableMaster: true,
          MySQLReplicationUser: LAB_USERS.replication.user,
          MySQLReplicationPassword: LAB_USERS.replication.password,
        });
        const story: string[] = [];
        const chaos: ChaosScene = {
          topology: scene.topology,
          program,
          random: randomFrom(seed),
          tell: (line) => void story.push(`${new Date().toISOString()} ${line}`),
        };
        let primary = scene.topology.primary;
        for (let round = 1; round <= ROUNDS; round += 1) {
          const fault = pick<Fault>(chaos, FAULTS);
          chaos.tell(`${round}: server ${primary.number} is the primary; ${fault.name}`);
          try {
            const writer = scene.topology.follow({ connections: 3, intervalMs: 2, server: primary.number });
            await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
            await fault.strike(chaos, primary);
            const now = await settle(chaos);
            const before = writer.acknowledged.length;
            await waitFor(() => writer.acknowledged.slice(before).some(({ server }) => server === now.number), {
              what: `writes on server ${now.number}`,
            });
            const { acknowledged, longestGapMs } = await writer.stop();
            const rows = await rowsEverywhere(chaos, now);
            const lost = missingFrom(
              acknowledged.map(({ id }) => id),
              rows,
            );
            chaos.tell(
              `server ${now.number} is the primary; ${acknowledged.length} rows acknowledged, ${lost.length} of them lost, longest gap ${Math.round(longestGapMs)} ms`,
            );
            if (fault.aftermath === 'failover') expect(now.number).not.toBe(primary.number);
            if (fault.aftermath === 'same-primary') expect(now.number).toBe(primary.number);
            // Without semi-sync a primary may take with it what nobody had received; see also crashesAcknowledger.
            const isPromised = semiSync && !(fault.crashesAcknowledger === true && flavour === 'mysql-9.7');
            if (isPromised || now === primary) expectNoneLost(lost, new Set());
            primary = now;
          } catch (thrown) {
            throw new Error(`${String(thrown)}\n${story.join('\n')}\n${await describeServers(chaos)}`);
          }
        }
        console.log(story.join('\n'));
      },
      ROUNDS * ROUND_MS,
    );
  },
);
