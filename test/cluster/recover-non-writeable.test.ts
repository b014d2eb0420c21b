import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour } from '../../lab/index.ts';
import { rounds, waitEnded } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectClosed, isWritable } from '../support/safety.ts';

const TRIED: readonly Flavour[] = rounds(1, 2) === 2 ? FLAVOURS : ['mysql-9.7', 'mariadb-10.11'];

describe.each(TRIED)('a primary that is read-only on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2)' });

  it('is opened (RecoverNonWriteableMaster), and its replica is not', async () => {
    const program = await scene.start({ RecoverNonWriteableMaster: true, InstancePollSeconds: 1 });
    const { primary } = scene.topology;
    await primary.query(flavour === 'mysql-9.7' ? 'SET GLOBAL super_read_only=1' : 'SET GLOBAL read_only=1');
    const recovery = await waitEnded(program, primary);
    expect(recovery.AnalysisEntry.Analysis).toBe('NoWriteableMasterStructureWarning');
    expect(recovery).toMatchObject({ IsSuccessful: true, SuccessorKey: { Port: primary.port } });
    expect(await isWritable(primary)).toBe(true);
    await primary.query("INSERT INTO app.t VALUES (9, 'opened', '')");
    await expectClosed(scene.server(2));
  });
});
