import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { commandInClosure } from '../servers/binaries.ts';
import { type Progress, stderrProgress } from '../servers/cache.ts';
import { obtainService } from './fetch-service.ts';
import { type LabService, startService } from './service.ts';

/** Fetches etcd 3.4 of Debian 12; gives the root of what was unpacked. */
export const prepareEtcd = (progress: Progress = stderrProgress): Promise<string> =>
  obtainService({ name: 'etcd-3.4', product: 'etcd 3.4', packages: ['etcd-server'] }, progress);

/** One etcd, a cluster of itself. */
export async function startEtcd(): Promise<LabService> {
  const root = await prepareEtcd();
  const port = await freePort();
  let peerPort = await freePort();
  while (peerPort === port) peerPort = await freePort();
  const [client, peer] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${peerPort}`];
  return startService({
    name: 'etcd',
    port,
    command: (dir) => [
      ...commandInClosure(root, join(root, 'usr/bin/etcd')),
      `--name=lab`,
      `--data-dir=${join(dir, 'data')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=lab=${peer}`,
      '--unsafe-no-fsync',
    ],
    isUp: async () => {
      const response = await fetch(`${client}/health`, { signal: AbortSignal.timeout(1_000) }).catch(() => null);
      return response !== null && (await response.text()).includes('"true"');
    },
  });
}
