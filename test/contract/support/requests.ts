import { CLUSTER } from './fake-orchestrator.ts';

/** What stands for the parameters of a path when nothing else is told. */
const VALUES: Readonly<Record<string, string>> = {
  host: '10.0.0.1',
  port: '11',
  belowHost: '10.0.0.1',
  belowPort: '12',
  seconds: '30',
  process: '7',
  logFile: 'bin.000001',
  logPos: '4',
  uid: 'op-1',
  owner: 'ann',
  reason: 'test',
  duration: '30s',
  promotionRule: 'prefer',
  virtualname: 'vip.example.com',
  maintenanceKey: '2',
  tagName: 'role',
  tagValue: 'backup',
  candidateHost: '10.0.0.1',
  candidatePort: '11',
  designatedHost: '10.0.0.1',
  designatedPort: '11',
  clusterHint: 'shop',
  clusterAlias: 'shop',
  clusterName: CLUSTER,
  recoveryId: '7',
  pool: 'read',
  command: 'hello',
  seedId: '4',
  targetHost: '10.0.0.1',
  sourceHost: '10.0.0.2',
  queue: 'DEFAULT',
};

/** What is about the replicas of a server wants one that has some. */
const WITH_REPLICAS: Readonly<Record<string, string>> = { ...VALUES, port: '1' };

/** A request for a path of the route table; its parameters are those of the invented fleet. */
export const requestFor = (path: string): string =>
  path.replace(/:(\w+)/g, (_, name: string) => {
    const value = (path.includes('/regroup-') ? WITH_REPLICAS : VALUES)[name];
    if (value === undefined) throw new Error(`what stands for :${name}?`);
    return value;
  });
