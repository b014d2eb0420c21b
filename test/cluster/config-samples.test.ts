import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../support/program.ts';

/** What belongs to the machine a sample was written for. */
const OF_ITS_MACHINE =
  /^(?:ListenAddress|BackendDB|SQLite3DataFile|RaftDataDir|MySQLOrchestrator\w+|MySQLTopology(?:User|Password|CredentialsConfigFile))$/;

function sampleOf(name: string): Record<string, unknown> {
  const file = join(import.meta.dirname, '..', 'golden', 'config', `${name}.json`);
  const all = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object);
  return Object.fromEntries(all.filter(([key]) => !OF_ITS_MACHINE.test(key)));
}

describe('configurations that people run the existing program with', () => {
  test.each(['classic', 'cmdb', 'raft', 'operator'])(
    '%s: the program runs with it, and answers its probes',
    async (name) => {
      const program = await startProgram({ seeds: [], config: { RaftDataDir: '/tmp', ...sampleOf(name) }, args: [] });
      try {
        for (const path of ['health', 'lb-check', 'leader-check', 'status']) {
          expect((await fetch(`${program.url}/api/${path}`)).status, path).toBe(200);
        }
        expect(program.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
        expect(await program.stop()).toBe(0);
      } finally {
        await program.close();
      }
    },
  );
});
