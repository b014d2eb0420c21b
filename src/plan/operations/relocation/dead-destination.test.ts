import { expect, it } from 'vitest';
import { type Kind, planned, refused, tree } from '../testing/ask.ts';

const SHAPE = { 1: 0, 2: 1, 3: 1, 4: 2 };

it.each<[string, Kind, number]>([
  ['by GTID', 'gtid', 3],
  ['by MariaDB GTID', 'mariadb', 3],
  ['up by coordinates', 'coordinates', 1],
])('a replica is not moved below a server that did not answer its last check: %s', (_, kind, to) => {
  const refusal = refused('relocate', 4, tree(kind, SHAPE, { [to]: { valid: false } }), { to });
  expect(refusal.objections.filter(({ rule }) => rule === 'not-valid')).not.toEqual([]);
});

it('but it stays below its own source, whether that one answers or not', () => {
  expect(planned('relocate', 4, tree('gtid', SHAPE, { 2: { valid: false } }), { to: 2 }).method).toBe('repoint');
});
