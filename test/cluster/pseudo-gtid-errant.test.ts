import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import { readServer } from './mysql-support.ts';
import { openPseudoGtidLab, type PseudoGtidLab, tell } from './pseudo-gtid-support.ts';

describe.each(['mysql-9.7', 'mysql-5.6'] as const)('binary logs with errant transactions on %s', (flavour) => {
  let topology: LabTopology;
  let lab: PseudoGtidLab;

  beforeAll(async () => {
    topology = await startTopology({ flavour, tree: '1(2)' });
  });
  afterAll(() => topology?.close());
  beforeEach(() => {
    lab = openPseudoGtidLab(topology);
  });
  afterEach(async () => {
    await lab.close();
    await topology.reset();
  });

  it('names each log that has one, and refuses when one is purged', async () => {
    const replica = topology.server(2);
    await tell(lab, replica, { kind: 'set-read-only', readOnly: false, withSuper: true });
    const stray = (id: number) => replica.query(`INSERT INTO app.t VALUES (${id}, 'stray', '')`);
    const files = async (): Promise<readonly string[]> =>
      (await replica.query('SHOW BINARY LOGS')).map((row) => String(row.Log_name));
    await stray(-1);
    await replica.query('FLUSH LOGS');
    await topology.server(1).query("INSERT INTO app.t VALUES (1, 'good', '')");
    await topology.server(1).query("INSERT INTO app.t VALUES (2, 'good', '')");
    await replica.query('FLUSH LOGS');
    await stray(-2);
    const instance = await readServer(lab.servers, replica);
    const errant = `${instance.serverUuid}:1-2`;
    const all = await files();
    expect(await lab.pseudoGtid.locateErrant(instance, errant)).toEqual({
      kind: 'located',
      files: [all.at(-3), all.at(-1)],
    });
    expect(await lab.pseudoGtid.locateErrant(instance, `${instance.serverUuid}:2`)).toEqual({
      kind: 'located',
      files: [all.at(-1)],
    });
    expect(await lab.pseudoGtid.locateErrant(instance, '')).toMatchObject({ kind: 'refused', code: 'nothing' });
    await replica.query(`PURGE BINARY LOGS TO '${all.at(-1)}'`);
    expect(await lab.pseudoGtid.locateErrant(instance, errant)).toMatchObject({ kind: 'refused', code: 'purged' });
  });
});
