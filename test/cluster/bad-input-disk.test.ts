import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import { type Program, startProgram } from '../support/program.ts';
import { runProgram } from './bad-input-support.ts';

interface Answer {
  readonly Code: string;
  readonly Message: string;
}

/** A small file system of its own, which can be filled to the last byte and emptied again. */
interface SmallDisk {
  readonly path: string;
  fill(): void;
  free(): void;
  close(): void;
}

function mountSmallDisk(size: string): SmallDisk {
  const root = mkdtempSync(join(tmpdir(), 'orchestrator-disk-'));
  const path = join(root, 'disk');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  return {
    path,
    fill() {
      const file = openSync(ballast, 'w');
      try {
        for (const chunk of [65_536, 4_096]) {
          try {
            for (;;) writeSync(file, Buffer.alloc(chunk));
          } catch (thrown) {
            if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
          }
        }
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(ballast, { force: true }),
    close() {
      execFileSync('umount', ['-l', path]);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

// Only root may mount; as another user there is no way to a disk that is full for one program alone.
describe.runIf(process.getuid?.() === 0)('a backend whose disk is full', () => {
  let disk: SmallDisk;
  let topology: LabTopology;
  let program: Program;

  beforeAll(async () => {
    disk = mountSmallDisk('6m');
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2,3)' });
    program = await startProgram({
      seeds: [`127.0.0.1:${topology.primary.port}`],
      config: { SQLite3DataFile: join(disk.path, 'orchestrator.sqlite3'), InstancePollSeconds: 1 },
    });
    await seesAll();
  });
  afterAll(async () => {
    await program?.close();
    await topology?.close();
    disk?.close();
  });

  async function seesAll(): Promise<void> {
    await program.waitFor('all servers', async () => {
      const members = await program.api<readonly { IsLastCheckValid: boolean }[]>(
        `cluster/127.0.0.1:${topology.primary.port}`,
      );
      return members.length === 3 && members.every((member) => member.IsLastCheckValid);
    });
  }

  const health = (): Promise<Answer> => program.api<Answer>('health');

  it('goes on reading, says what is wrong, refuses what it cannot remember, and heals when there is space', async () => {
    disk.fill();
    const sick = await program.waitFor('the health to tell of the full disk', async () => {
      const answer = await health();
      return answer.Code === 'ERROR' ? answer : null;
    });
    expect(sick.Message).toMatch(/orchestrator\.sqlite3.*full/);
    expect(sick.Message).toMatch(/free space/);
    await seesAll();

    const refused = await program.api<Answer>(`begin-downtime/127.0.0.1/${topology.primary.port}/me/test/1h`);
    expect(refused).toMatchObject({ Code: 'ERROR', Message: expect.stringMatching(/full.*free space/) });
    await program.waitFor('the log to say it', async () =>
      program.log().some(({ msg }) => /backend does not take writes/.test(String(msg))),
    );

    disk.free();
    await program.waitFor('the program to heal', async () => (await health()).Code === 'OK');
    const accepted = await program.api<Answer>(`begin-downtime/127.0.0.1/${topology.primary.port}/me/test/1h`);
    expect(accepted).toMatchObject({ Code: 'OK' });
    expect(await program.api<Answer>(`end-downtime/127.0.0.1/${topology.primary.port}`)).toMatchObject({ Code: 'OK' });
  });

  it('does not replace a dead primary that it cannot register, says so, and does it when there is space', async () => {
    disk.fill();
    await topology.primary.kill();
    const sentence = await program.waitFor('an explanation', async () => {
      const told = await program.api<readonly { sentence: string }[]>('explanations');
      return told.find((one) => /full/.test(one.sentence))?.sentence;
    });
    expect(sentence).toMatch(/Not replacing 127\.0\.0\.1:\d+: .*full.*free space/);
    expect(
      await Promise.all([2, 3].map(async (n) => (await topology.server(n).query('SELECT @@read_only AS ro'))[0])),
    ).toEqual([{ ro: 1 }, { ro: 1 }]);
    disk.free();
    await program.waitFor('the recovery', async () =>
      (await program.api<readonly { IsSuccessful: boolean }[]>('audit-recovery')).find((one) => one.IsSuccessful),
    );
  });

  it('cannot be started upon, and says so in one line', async () => {
    const full = mountSmallDisk('64k');
    try {
      full.fill();
      const config = join(program.dir, 'full.conf.json');
      writeFileSync(
        config,
        JSON.stringify({
          ListenAddress: '127.0.0.1:0',
          BackendDB: 'sqlite',
          SQLite3DataFile: join(full.path, 'orchestrator.sqlite3'),
        }),
      );
      const { exitCode, stderr } = await runProgram(['http', '--config', config]);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringMatching(/FATAL.*orchestrator\.sqlite3/),
      });
      expect(stderr).toMatch(/full.*free space|space/);
    } finally {
      full.close();
    }
  });
});
