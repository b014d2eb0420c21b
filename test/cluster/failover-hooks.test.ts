import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAVOURS, type LabServer, waitFor } from '../../lab/index.ts';
import { expectOneCluster, replicaState, waitDiscovered, waitEnded, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { linesOf } from '../support/lines-of.ts';
import { isWritable } from '../support/safety.ts';

const PLACEHOLDERS = [
  'failureType',
  'instanceType',
  'isMaster',
  'isCoMaster',
  'failureDescription',
  'command',
  'failedHost',
  'failedPort',
  'failureCluster',
  'failureClusterAlias',
  'failureClusterDomain',
  'countReplicas',
  'countSlaves',
  'isDowntimed',
  'autoMasterRecovery',
  'autoIntermediateMasterRecovery',
  'orchestratorHost',
  'recoveryUID',
  'isSuccessful',
  'lostReplicas',
  'lostSlaves',
  'countLostReplicas',
  'replicaHosts',
  'slaveHosts',
  'successorHost',
  'successorPort',
  'successorBinlogCoordinates',
  'successorAlias',
];
/** Every placeholder but countLostReplicas and the three old spellings has a variable. */
const VARIABLES = [
  'FAILURE_TYPE',
  'INSTANCE_TYPE',
  'IS_MASTER',
  'IS_CO_MASTER',
  'FAILURE_DESCRIPTION',
  'COMMAND',
  'FAILED_HOST',
  'FAILED_PORT',
  'FAILURE_CLUSTER',
  'FAILURE_CLUSTER_ALIAS',
  'FAILURE_CLUSTER_DOMAIN',
  'COUNT_REPLICAS',
  'IS_DOWNTIMED',
  'AUTO_MASTER_RECOVERY',
  'AUTO_INTERMEDIATE_MASTER_RECOVERY',
  'ORCHESTRATOR_HOST',
  'RECOVERY_UID',
  'IS_SUCCESSFUL',
  'LOST_REPLICAS',
  'REPLICA_HOSTS',
];
const SUCCESSOR_VARIABLES = ['SUCCESSOR_HOST', 'SUCCESSOR_PORT', 'SUCCESSOR_BINLOG_COORDINATES', 'SUCCESSOR_ALIAS'];

const LISTS = [
  'OnFailureDetectionProcesses',
  'PreFailoverProcesses',
  'PostMasterFailoverProcesses',
  'PostFailoverProcesses',
  'PostUnsuccessfulFailoverProcesses',
];

describe.each(FLAVOURS)('the hooks of a failover on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3)' });

  /** Where the hooks of the running program write: its own folder, known to them by the folder they are told. */
  const notes = (name: string): string => join(scene.topology.dir, name);
  /** One hook per list, which notes its placeholders and its variables. */
  function noting(prefix: string): Record<string, string[]> {
    const placeholders = PLACEHOLDERS.map((name) => `${name}={${name}}`).join(';');
    return Object.fromEntries(
      LISTS.map((list) => [
        list,
        [
          `env | grep ^ORC_ | sort > ${notes(`${prefix}.${list}`)}; echo '${list};${placeholders}' >> ${notes(`${prefix}.order`)}`,
        ],
      ]),
    );
  }

  const valueIn = (line: string, name: string): string | undefined =>
    line
      .split(';')
      .find((part) => part.startsWith(`${name}=`))
      ?.slice(name.length + 1);

  it('run in order, with every placeholder and variable; a failing detection hook only delays', async () => {
    const config = noting('all');
    config.OnFailureDetectionProcesses?.push('exit 3');
    const program = await scene.start(config);
    const dead = scene.topology.primary;
    await dead.kill();
    const { successor, recovery } = await waitRecovered(program, scene.topology, dead);
    await waitFor(() => linesOf(notes('all.order')).length >= 4, { what: 'four hooks' });
    const lines = linesOf(notes('all.order'));
    expect(lines.map((line) => line.split(';')[0])).toEqual(LISTS.slice(0, 4));

    for (const line of lines) {
      const isPost = line.startsWith('Post');
      const unreplaced = PLACEHOLDERS.filter((name) => valueIn(line, name) === `{${name}}`);
      expect(unreplaced).toEqual(isPost ? [] : PLACEHOLDERS.filter((name) => name.startsWith('successor')));
      expect(valueIn(line, 'failureType')).toBe('DeadMaster');
      expect(valueIn(line, 'instanceType')).toBe('master');
      expect(valueIn(line, 'failedHost')).toBe('127.0.0.1');
      expect(valueIn(line, 'failedPort')).toBe(String(dead.port));
      expect(valueIn(line, 'countReplicas')).toBe('2');
      expect(valueIn(line, 'isSuccessful')).toBe(String(isPost));
      expect(valueIn(line, 'replicaHosts')?.split(',').toSorted()).toEqual(
        scene.others(dead).map(({ port }) => `127.0.0.1:${port}`),
      );
      if (!line.startsWith('OnFailureDetection')) expect(valueIn(line, 'recoveryUID')).toBe(recovery.UID);
      if (isPost) expect(valueIn(line, 'successorPort')).toBe(String(successor.port));
      if (isPost) expect(valueIn(line, 'successorBinlogCoordinates')).toMatch(/^mysql-bin\.\d+:\d+$/);
    }
    for (const list of LISTS.slice(0, 4)) {
      const names = linesOf(notes(`all.${list}`)).map((line) => line.slice('ORC_'.length, line.indexOf('=')));
      const wanted = list.startsWith('Post') ? [...VARIABLES, ...SUCCESSOR_VARIABLES] : VARIABLES;
      expect(names.toSorted(), list).toEqual(wanted.toSorted());
    }
    expect(linesOf(notes('all.PostFailoverProcesses'))).toContain(`ORC_SUCCESSOR_PORT=${successor.port}`);
    await expectOneCluster(scene.topology, successor, scene.others(dead, successor));
  });

  it('abort the failover when PreFailover hangs: nothing is changed, and after an acknowledgement it is tried again', async () => {
    const [allowed, pid] = [notes('allowed'), notes('hook.pid')];
    const program = await scene.start({
      HookTimeoutSeconds: 1,
      PreFailoverProcesses: [`echo $$ > ${pid}; test -e ${allowed} || sleep 600`],
      PostUnsuccessfulFailoverProcesses: [
        `echo '{failureType} {isSuccessful} {successorHost}' >> ${notes('unsuccessful')}`,
      ],
    });
    const dead = scene.topology.primary;
    await dead.kill();
    const failed = await waitEnded(program, dead);
    expect(failed).toMatchObject({ IsSuccessful: false, SuccessorKey: { Port: 0 } });
    expect(failed.AllErrors.join()).toMatch(/HookTimeoutSeconds/);
    await waitFor(() => linesOf(notes('unsuccessful')).length > 0, { what: 'the PostUnsuccessful hook' });
    expect(linesOf(notes('unsuccessful'))).toEqual(['DeadMaster false {successorHost}']);
    const hook = Number(readFileSync(pid, 'utf8'));
    await waitFor(() => !isRunning(hook), { what: 'the hung hook to be gone' });
    for (const server of scene.others(dead)) await expectLooking(server, dead);

    writeFileSync(allowed, '');
    await program.api(`ack-recovery/uid/${encodeURIComponent(failed.UID)}?comment=hook+repaired`);
    const { successor } = await waitRecovered(program, scene.topology, dead, 30_000, failed.UID);
    await expectOneCluster(scene.topology, successor, scene.others(dead, successor));
  });

  it('abort the failover when PreFailover fails; the primary that returns is followed again', async () => {
    const program = await scene.start({ PreFailoverProcesses: ['exit 1'] });
    const dead = scene.topology.primary;
    await dead.kill();
    const failed = await waitEnded(program, dead);
    expect(failed).toMatchObject({ IsSuccessful: false });
    expect(failed.AllErrors.join()).toMatch(/exit code 1/);
    await dead.restart({ readOnly: false });
    await expectOneCluster(scene.topology, dead, scene.others(dead));
    await waitDiscovered(program, scene.topology);
    expect(await program.api('deposed-primaries')).toEqual([]);
    expect(await isWritable(dead)).toBe(true);
  });

  /** Its receiver was not left stopped: it tries to reach its source, and its applier runs. */
  async function expectLooking(server: LabServer, source: LabServer): Promise<void> {
    // A receiver that has just been started is "Preparing" on MariaDB.
    await expect
      .poll(() => replicaState(flavour, server), { timeout: 10_000 })
      .toEqual({ sourcePort: source.port, receiver: 'Connecting', applier: 'Yes' });
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
