/**
 * The program's parts put together as in the real one, with imaginary servers in place of real ones. A process of its own:
 * program.ts <configuration> <clusters> <servers of each>. Says `serves <url>`.
 */
import { join } from 'node:path';
import { compose } from '../../src/compose.ts';
import { loadFile } from '../../test/support/load-config.ts';
import { createImaginaryServers } from './imaginary-servers.ts';

const [configFile = '', clusters = '', serversOfEach = ''] = process.argv.slice(2);

const quiet = (): void => undefined;
const say = (fields: object, message: string): void =>
  void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);

const loaded = loadFile(configFile);
const app = await compose(loaded, {
  mode: 'continuous',
  programFolder: join(import.meta.dirname, '../../dist'),
  version: 'bench',
  logger: { trace: quiet, debug: quiet, info: quiet, warn: say, error: say, fatal: say },
  wrapServers: () => createImaginaryServers({ clusters: Number(clusters), serversOfEach: Number(serversOfEach) }),
});
process.stdout.write(`serves ${(await app.serve()).url}\n`);
process.once('SIGTERM', () => void app.close().then(() => process.exit(0)));
