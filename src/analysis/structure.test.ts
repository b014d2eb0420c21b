import { describe, expect, test } from 'vitest';
import { analyse } from './analyse.ts';
import type { StructureWarning } from './analysis-entry.ts';
import { STRUCTURE_WARNINGS } from './analysis-entry.ts';
import { contextOf } from './testing/context.ts';
import type { Invented } from './testing/records.ts';
import { inventFamily } from './testing/records.ts';

interface Row {
  readonly code: StructureWarning;
  readonly holds: boolean;
  readonly why: string;
  readonly subject: Invented;
  readonly replicas: readonly Invented[];
}

function warningsOf({ subject, replicas }: Row): readonly StructureWarning[] {
  const entries = analyse(inventFamily(subject, replicas), contextOf());
  return entries.find((entry) => entry.view.key.port === 1)?.structureWarnings ?? [];
}

const silent: Invented = { logsUpdates: false };
const plain: Invented = { positioning: 'coordinates' };
const maria: Invented = { positioning: 'mariadb-slave-pos' };
const statement: Invented = { format: 'STATEMENT' };
const mixed: Invented = { format: 'MIXED' };
const middle: Invented = { source: 9 };
const waiting = (said: NonNullable<Invented['semiSync']> = {}): Invented => ({
  semiSync: { sourceEnabled: true, sourceActive: false, waitForReplicaCount: 1, connectedReplicas: 0, ...said },
});
const yes = (code: StructureWarning, why: string, subject: Invented, replicas: readonly Invented[]): Row => ({
  code,
  holds: true,
  why,
  subject,
  replicas,
});
const no = (code: StructureWarning, why: string, subject: Invented, replicas: readonly Invented[]): Row => ({
  ...yes(code, why, subject, replicas),
  holds: false,
});

const ROWS: readonly Row[] = [
  yes('NoLoggingReplicasStructureWarning', 'two replicas, none logs', {}, [silent, { logs: false }]),
  no('NoLoggingReplicasStructureWarning', 'one logs', {}, [silent, {}]),
  no('NoLoggingReplicasStructureWarning', 'only one replica', {}, [silent]),
  no('NoLoggingReplicasStructureWarning', 'no master', middle, [silent, silent]),

  yes('NoFailoverSupportStructureWarning', 'no GTID of any kind', {}, [plain, plain]),
  yes('NoFailoverSupportStructureWarning', 'half GTID', {}, [plain, {}]),
  yes('NoFailoverSupportStructureWarning', 'two kinds of GTID', {}, [maria, {}]),
  yes('NoFailoverSupportStructureWarning', 'no replica answers', {}, [{ valid: false }, { valid: false }]),
  no('NoFailoverSupportStructureWarning', 'all valid ones by Oracle GTID', {}, [{}, {}, { ...plain, valid: false }]),
  no('NoFailoverSupportStructureWarning', 'all by MariaDB GTID', {}, [maria, { positioning: 'mariadb-current-pos' }]),
  no('NoFailoverSupportStructureWarning', 'all binlog servers', {}, [
    { ...plain, binlogServer: true },
    { ...plain, binlogServer: true },
  ]),
  no('NoFailoverSupportStructureWarning', 'pseudo-GTID', { pseudoGtid: true }, [plain, plain]),
  no('NoFailoverSupportStructureWarning', 'only one replica', {}, [plain]),
  no('NoFailoverSupportStructureWarning', 'no master', middle, [plain, plain]),

  yes('StatementAndMixedLoggingReplicasStructureWarning', 'both', {}, [statement, mixed]),
  no('StatementAndMixedLoggingReplicasStructureWarning', 'statement only', {}, [statement, {}]),
  no('StatementAndMixedLoggingReplicasStructureWarning', 'mixed only', {}, [mixed, {}]),
  no('StatementAndMixedLoggingReplicasStructureWarning', 'one does not log', {}, [statement, { ...mixed, ...silent }]),
  no('StatementAndMixedLoggingReplicasStructureWarning', 'no master', middle, [statement, mixed]),

  yes('StatementAndRowLoggingReplicasStructureWarning', 'both', {}, [statement, {}]),
  no('StatementAndRowLoggingReplicasStructureWarning', 'statement only', {}, [statement, mixed]),
  no('StatementAndRowLoggingReplicasStructureWarning', 'row only', {}, [mixed, {}]),
  no('StatementAndRowLoggingReplicasStructureWarning', 'no master', middle, [statement, {}]),

  yes('MixedAndRowLoggingReplicasStructureWarning', 'both', {}, [mixed, {}]),
  no('MixedAndRowLoggingReplicasStructureWarning', 'mixed only', {}, [mixed, statement]),
  no('MixedAndRowLoggingReplicasStructureWarning', 'row only', {}, [{}, statement]),
  no('MixedAndRowLoggingReplicasStructureWarning', 'no master', middle, [mixed, {}]),

  yes('MultipleMajorVersionsLoggingReplicasStructureWarning', 'two series', {}, [{ version: '8.0.39' }, {}]),
  no('MultipleMajorVersionsLoggingReplicasStructureWarning', 'same series', {}, [{ version: '8.4.1' }, {}]),
  no('MultipleMajorVersionsLoggingReplicasStructureWarning', 'the other does not log', {}, [
    { version: '8.0.39', ...silent },
    {},
  ]),
  no('MultipleMajorVersionsLoggingReplicasStructureWarning', 'no master', middle, [{ version: '8.0.39' }, {}]),

  yes('DifferentGTIDModesStructureWarning', 'smallest differs', {}, [{ gtidMode: 'OFF' }, {}]),
  yes('DifferentGTIDModesStructureWarning', 'greatest differs', { gtidMode: 'OFF' }, [{ gtidMode: 'OFF' }, {}]),
  yes('DifferentGTIDModesStructureWarning', 'on any server', middle, [{ gtidMode: 'OFF' }]),
  no('DifferentGTIDModesStructureWarning', 'all the same', {}, [{}, {}]),
  no('DifferentGTIDModesStructureWarning', 'no replicas', { gtidMode: 'OFF' }, []),

  yes('ErrantGTIDStructureWarning', 'a replica has errant GTID', {}, [{ errant: 'aaaa:7' }, {}]),
  yes('ErrantGTIDStructureWarning', 'on any server', middle, [{ errant: 'aaaa:7' }]),
  no('ErrantGTIDStructureWarning', 'that replica is downtimed', {}, [{ errant: 'aaaa:7', downtimed: true }]),
  no('ErrantGTIDStructureWarning', 'only itself has', { ...middle, errant: 'aaaa:7' }, [{}]),

  yes('NoWriteableMasterStructureWarning', 'read-only master', { readOnly: true }, []),
  no('NoWriteableMasterStructureWarning', 'writeable master', { readOnly: false }, []),
  no('NoWriteableMasterStructureWarning', 'no master', { ...middle, readOnly: true }, []),

  yes('NotEnoughValidSemiSyncReplicasStructureWarning', 'fell back to asynchronous', waiting(), [{}]),
  no('NotEnoughValidSemiSyncReplicasStructureWarning', 'still active', waiting({ sourceActive: true }), [{}]),
  no('NotEnoughValidSemiSyncReplicasStructureWarning', 'not enabled', waiting({ sourceEnabled: false }), [{}]),
  no('NotEnoughValidSemiSyncReplicasStructureWarning', 'waits for none', waiting({ waitForReplicaCount: 0 }), [{}]),
  no('NotEnoughValidSemiSyncReplicasStructureWarning', 'has enough', waiting({ connectedReplicas: 1 }), [{}]),
  no('NotEnoughValidSemiSyncReplicasStructureWarning', 'no master', { ...middle, ...waiting() }, [{}]),
];

describe('structure warnings', () => {
  test.each(ROWS)('$code $holds: $why', (one) => {
    expect(warningsOf(one).includes(one.code)).toBe(one.holds);
  });

  test('every warning has both kinds of rows', () => {
    for (const code of STRUCTURE_WARNINGS) {
      expect(ROWS.filter((one) => one.code === code && one.holds).length).toBeGreaterThan(0);
      expect(ROWS.filter((one) => one.code === code && !one.holds).length).toBeGreaterThan(0);
    }
  });

  test('a healthy family has none, a bad one has several in the historic order, a group member too', () => {
    expect(warningsOf(yes('ErrantGTIDStructureWarning', '', {}, [{}, {}]))).toEqual([]);
    expect(
      warningsOf(yes('ErrantGTIDStructureWarning', '', { readOnly: true }, [statement, { ...mixed, ...plain }])),
    ).toEqual([
      'NoFailoverSupportStructureWarning',
      'StatementAndMixedLoggingReplicasStructureWarning',
      'NoWriteableMasterStructureWarning',
    ]);
    expect(warningsOf(yes('ErrantGTIDStructureWarning', '', { readOnly: true, group: {} }, [{}]))).toEqual([
      'NoWriteableMasterStructureWarning',
    ]);
  });
});
