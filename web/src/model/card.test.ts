import { describe, expect, test } from 'vitest';
import { cardOf } from './card.ts';
import { instanceJson } from './instance.fixture.ts';
import { edgeStateOf, healthOf } from './state.ts';

const badgeTexts = (...args: Parameters<typeof cardOf>): readonly string[] =>
  cardOf(...args).badges.map((badge) => badge.text);

describe('cards', () => {
  test('a healthy primary is writable and says no lag', () => {
    const card = cardOf(instanceJson({ port: 1, source: null }), true);
    expect(card).toMatchObject({
      role: 'primary',
      health: 'fine',
      isWritable: true,
      version: 'MySQL 9.7.4',
      lag: '',
      receiver: null,
    });
    expect(card.spoken).toBe('127.0.0.1:1, primary, writable');
  });

  test('a replica with replicas is an intermediate and tells both threads', () => {
    const card = cardOf(instanceJson({ port: 2, source: 1 }), true);
    expect(card).toMatchObject({
      role: 'intermediate',
      lag: 'lag 0 s',
      receiver: { tone: 'good' },
      applier: { tone: 'good' },
    });
  });

  test('an applier that stopped on an error is broken, and the error is on the card', () => {
    const instance = instanceJson(
      { port: 2, source: 1 },
      { ReplicationSQLThreadState: 0, LastSQLError: 'Duplicate entry 7', Problems: ['not_replicating'] },
    );
    expect(edgeStateOf(instance)).toBe('broken');
    expect(healthOf(instance)).toBe('broken');
    expect(cardOf(instance, false).applier).toEqual({
      text: 'applier',
      tone: 'bad',
      hint: 'applier stopped: Duplicate entry 7',
    });
  });

  test('a replica stopped by hand is a warning, not broken', () => {
    const instance = instanceJson(
      { port: 2, source: 1 },
      { ReplicationSQLThreadState: 0, ReplicationIOThreadState: 0, Problems: ['not_replicating'] },
    );
    expect(edgeStateOf(instance)).toBe('stopped');
    expect(healthOf(instance)).toBe('warning');
  });

  test('a deposed primary: dead, then back and fenced, and an alarm when back and writable', () => {
    const lost = { IsDowntimed: true, DowntimeReason: 'lost-in-recovery' };
    const dead = instanceJson({ port: 1, source: null }, { ...lost, IsLastCheckValid: false });
    const fenced = instanceJson({ port: 1, source: null }, { ...lost, ReadOnly: true });
    const writable = instanceJson({ port: 1, source: null }, { ...lost, ReadOnly: false });
    expect([dead, fenced, writable].map(healthOf)).toEqual(['dead', 'deposed', 'broken']);
    expect(badgeTexts(dead, false)[0]).toBe('deposed');
    expect(badgeTexts(fenced, false)[0]).toBe('returned, fenced');
    expect(badgeTexts(writable, false)[0]).toBe('returned, WRITABLE');
  });

  test('a downtimed server is quiet, dead or alive', () => {
    const downtime = { IsDowntimed: true, DowntimeReason: 'upgrade', DowntimeOwner: 'ann' };
    expect(healthOf(instanceJson({ port: 2, source: 1 }, downtime))).toBe('set-aside');
    expect(healthOf(instanceJson({ port: 2, source: 1 }, { ...downtime, IsLastCheckValid: false }))).toBe('set-aside');
  });
});
