import { existsSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { delimiter, join } from 'node:path';
import { LabError } from '../error.ts';
import { freePort } from '../free-port.ts';
import { type Progress, stderrProgress } from '../servers/cache.ts';
import { obtainService } from './fetch-service.ts';
import { type LabService, startService } from './service.ts';

/** The Java archives it needs, by the Debian package they are in. */
const ARCHIVES: Readonly<Record<string, readonly string[]>> = {
  'libzookeeper-java': ['zookeeper', 'zookeeper-jute'],
  'libslf4j-java': ['slf4j-api', 'slf4j-simple'],
  'libnetty-java': ['netty-all'],
  'libcommons-cli-java': ['commons-cli'],
  'libcommons-io-java': ['commons-io'],
  'libdropwizard-metrics-java': ['metrics-core'],
  'libsnappy-java': ['snappy-java'],
};

/** Fetches ZooKeeper 3.8 of Debian 12, a set of Java archives; gives the root of what was unpacked. */
export const prepareZookeeper = (progress: Progress = stderrProgress): Promise<string> =>
  obtainService(
    { name: 'zookeeper-3.8', product: 'ZooKeeper 3.8', packages: [], bare: Object.keys(ARCHIVES) },
    progress,
  );

/** One ZooKeeper, alone. It runs on this machine's Java. */
export async function startZookeeper(): Promise<LabService> {
  const root = await prepareZookeeper();
  const java = findJava();
  const classPath = Object.values(ARCHIVES)
    .flat()
    .map((name) => join(root, 'usr/share/java', `${name}.jar`))
    .join(delimiter);
  const port = await freePort();
  return startService({
    name: 'zookeeper',
    port,
    command: (dir) => {
      const file = join(dir, 'zoo.cfg');
      const lines = [
        `dataDir=${join(dir, 'data')}`,
        'clientPortAddress=127.0.0.1',
        `clientPort=${port}`,
        'tickTime=500',
        'admin.enableServer=false',
        '4lw.commands.whitelist=ruok',
      ];
      writeFileSync(file, `${lines.join('\n')}\n`);
      const memory = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dzookeeper.forceSync=no'];
      return [java, ...memory, '-cp', classPath, 'org.apache.zookeeper.server.ZooKeeperServerMain', file];
    },
    isUp: () => isWell(port),
  });
}

function findJava(): string {
  const found = (process.env.PATH ?? '/usr/bin')
    .split(delimiter)
    .map((folder) => join(folder, 'java'))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new LabError(
    'prepare-failed',
    'ZooKeeper needs Java, and there is none in PATH; install it as root: apt-get install default-jre-headless',
  );
}

/** Asks `ruok` in plain text. */
function isWell(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    let answer = '';
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('connect', () => socket.write('ruok'));
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer === 'imok'));
  });
}
