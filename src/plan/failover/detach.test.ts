import { describe, expect, it } from 'vitest';
import { formatKey } from '../../model/instance-key.ts';
import type { InventedFlavour, InventedReplica } from '../testing/family.ts';
import { familyInput } from '../testing/family.ts';
import { detachStage } from './detach.ts';

const FLAVOURS: readonly InventedFlavour[] = ['9.7', '5.6', 'mariadb'];

function stepsFor(flavour: InventedFlavour, said: InventedReplica) {
  const record = familyInput(flavour, { a: said }).records[1];
  const instance = record?.instance ?? null;
  if (record === undefined || instance === null) throw new Error('no replica');
  return detachStage([{ key: record.key, name: formatKey(record.key), instance }]).flatMap(({ lanes }) =>
    lanes.flatMap(({ steps }) => steps),
  );
}

const wordsFor = (flavour: InventedFlavour, said: InventedReplica) =>
  stepsFor(flavour, said).flatMap(({ action, requires }) =>
    action.kind === 'command' ? [`${action.command.kind}${requires === null ? '' : ` if ${requires.kind}`}`] : [],
  );

describe('detaching a lost replica', () => {
  it.each(FLAVOURS)('%s: puts // before the name of its source, and keeps port and positioning', (flavour) => {
    const change = stepsFor(flavour, {}).find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(change?.action).toMatchObject({
      command: { source: { hostname: '//p', port: 3306 }, positioning: null, credentials: null },
    });
  });

  it('on MySQL 5.7 and later touches the receiver only, while the applier runs', () => {
    expect(wordsFor('9.7', { received: 10, executed: 3, receiver: 'connecting' })).toEqual([
      'stop-receiver',
      'change-source if applier-running',
    ]);
  });

  it.each(['5.6', 'mariadb'] as const)(
    'on %s stops the applier only when everything received is executed',
    (flavour) => {
      expect(wordsFor(flavour, { received: 10, executed: 3 })).toEqual([
        'stop-applier if drained',
        'change-source if drained',
        'start-applier',
      ]);
    },
  );

  it.each(FLAVOURS)('%s: with its applier at rest it must have executed all; it is not started', (flavour) => {
    expect(wordsFor(flavour, { applier: 'stopped' })).toEqual(['change-source if drained']);
  });

  it('leaves one alone that is detached already', () => {
    expect(wordsFor('9.7', { source: '//p:3306' })).toEqual([]);
  });

  it('lets one that goes by file and position keep its place', () => {
    const record = familyInput('9.7', { a: {} }).records[1];
    const instance = record?.instance ?? null;
    if (record === undefined || instance?.replication == null) throw new Error('no replica');
    const byFile = { ...instance, replication: { ...instance.replication, positioning: 'coordinates' as const } };
    const steps = detachStage([{ key: record.key, name: 'a:3306', instance: byFile }])[0]?.lanes[0]?.steps ?? [];
    expect(steps.map(({ action }) => (action.kind === 'command' ? action.command.kind : action.kind))).toEqual([
      'stop-applier',
      'note',
      'change-source',
      'wait',
      'start-applier',
    ]);
    expect(steps[0]?.requires).toEqual({ kind: 'drained' });
    expect(steps[2]?.action).toMatchObject({ at: 'executed by a:3306', command: { receiverOnly: false } });
  });
});
