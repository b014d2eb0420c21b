import { describe, expect, it } from 'vitest';
import type { LabServer } from '../../lab/index.ts';
import { openOperator } from '../support/operations.ts';
import { replicationSettings, waitAccount } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';

const TREE = '2>1 3>2';

describe('replication by TLS on mysql-9.7', () => {
  const scene = useOperationsScene({ flavour: 'mysql-9.7', tree: '1(2,3)' });

  const isEncrypted = async (server: LabServer): Promise<boolean> =>
    (await server.replicaStatus())?.Source_SSL_Allowed === 'Yes';

  it('stays so when a replica is moved, and when it is given another account', async () => {
    const replica = scene.server(3);
    await scene.topology.primary.query("CREATE USER 'tls'@'%' IDENTIFIED BY 'second' REQUIRE SSL");
    await scene.topology.primary.query("GRANT REPLICATION SLAVE ON *.* TO 'tls'@'%'");
    await replica.query('STOP REPLICA');
    await replica.query("CHANGE REPLICATION SOURCE TO SOURCE_SSL=1, SOURCE_TLS_VERSION='TLSv1.3'");
    await replica.query('START REPLICA');
    await scene.topology.waitReplicating(3);
    await waitAccount(scene.server(2), 'tls');
    const before = await replicationSettings('mysql-9.7', replica);
    await scene.operator.discoverAll();
    await scene.write();
    await scene.progress();
    await scene.operator.done('relocate', 3, 2);
    await scene.progress();
    expect(await replicationSettings('mysql-9.7', replica)).toEqual(before);
    const operator = await openOperator(scene.topology, {
      config: { ReplicationCredentialsQuery: "SELECT 'tls', 'second'" },
    });
    try {
      await operator.done('change-master-credentials', 3);
    } finally {
      await operator.close();
    }
    await scene.progress();
    await scene.settle(TREE);
    expect(await isEncrypted(replica)).toBe(true);
    expect(await replica.replicaStatus()).toMatchObject({ Source_User: 'tls', Source_TLS_Version: 'TLSv1.3' });
  });
});
