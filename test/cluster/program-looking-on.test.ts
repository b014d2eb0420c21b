import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Program, startProgram } from '../support/program.ts';
import { runNode } from './program-support.ts';

/** The real program without servers: its flags, and a hang-up. */
describe('the program as a process', () => {
  let program: Program | null = null;
  afterEach(async () => {
    await program?.close();
    program = null;
  });

  it('-discovery=false looks on, and a hang-up makes it read its configuration again', async () => {
    const running = await startProgram({ seeds: ['127.0.0.1:1'], args: ['-discovery=false', '--verbose'] });
    program = running;
    expect((await fetch(`${running.url}/api/leader-check`)).status).toBe(404);
    expect(await running.api('discover/127.0.0.1/1')).toMatchObject({ Code: 'ERROR', Message: 'Unauthorized' });

    const file = join(running.dir, 'orchestrator.conf.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...config, RecoverMasterClusterFilters: ['x'], InstancePollSeconds: 9 }));
    process.kill(running.pid, 'SIGHUP');
    const said = await running.waitFor('the reload', async () =>
      running.log().find(({ taken }) => taken !== undefined),
    );
    expect(said).toMatchObject({ taken: ['RecoverMasterClusterFilters'], waiting: ['InstancePollSeconds'] });
    expect(await running.api('automated-recovery-filters')).toMatchObject({
      Details: { RecoverMasterClusterFilters: ['x'] },
    });

    writeFileSync(file, '{');
    process.kill(running.pid, 'SIGHUP');
    await running.waitFor('the complaint', async () =>
      running.log().find(({ msg }) => String(msg).includes('could not be read again')),
    );
    expect(await running.stop()).toBe(0);
  });

  it('a reader that stops reading is not a failure', async () => {
    const child = spawn(process.execPath, ['dist/main.js', 'help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    const exitCode = await new Promise((done) => child.once('close', done));
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('-grab-election takes the lead at the start, which an onlooker cannot', async () => {
    const running = await startProgram({ seeds: [], args: ['-grab-election'], config: { AuditToBackendDB: true } });
    program = running;
    expect((await running.api<{ AuditType: string }[]>('audit')).map(({ AuditType }) => AuditType)).toContain(
      'grab-election',
    );
    const file = join(running.dir, 'orchestrator.conf.json');
    await running.stop();
    const refused = await runNode('main', ['http', '-discovery=false', '-grab-election', '--config', file]);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('cannot take its place') });
  });
});
