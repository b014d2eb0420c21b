import type { LoadedConfig } from '../config/load.ts';
import type { AddressLookup, KvOutlet } from '../engine/ports.ts';

/** The key-value stores that the configuration names, each imported only when it is used. They connect when first written to. */
export async function openKeyValueStores({ config }: LoadedConfig): Promise<{
  readonly outlets: readonly KvOutlet[];
  readonly lookup: AddressLookup;
}> {
  const outlets: KvOutlet[] = [];
  if (config.ConsulAddress !== '') {
    const { createConsul } = await import('../outlet/kv/consul.ts');
    outlets.push(
      createConsul({
        address: config.ConsulAddress,
        scheme: config.ConsulScheme,
        token: config.ConsulAclToken,
        usesTransactions: config.ConsulKVStoreProvider === 'consul-txn',
        maxPerTransaction: config.ConsulMaxKVsPerTransaction,
        isDistributed: config.ConsulCrossDataCenterDistribution,
      }),
    );
  }
  if (config.ZkAddress !== '') {
    const { createZookeeper } = await import('../outlet/kv/zookeeper.ts');
    outlets.push(createZookeeper(config.ZkAddress));
  }
  if (config.KVEtcdAddress !== '') {
    const { createEtcd } = await import('../outlet/kv/etcd.ts');
    const endpoints = config.KVEtcdAddress.split(',').map((endpoint) => endpoint.trim());
    outlets.push(createEtcd({ endpoints, user: config.KVEtcdUser, password: config.KVEtcdPassword }));
  }
  const { createHostAddresses } = await import('../metadata/host-addresses.ts');
  return { outlets, lookup: createHostAddresses() };
}
