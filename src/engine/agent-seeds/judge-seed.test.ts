import { expect, test } from 'vitest';
import type { AgentStatus } from '../../model/agent.ts';
import { agentOf, mountOf, statusOf } from '../testing/agents.ts';
import { type AnsweringAgent, judgeSeed, type SeedFacts } from './judge-seed.ts';

const agent = (hostname: string, changes: Partial<AgentStatus> = {}): AnsweringAgent => ({
  kind: 'answers',
  record: agentOf(hostname),
  status: statusOf(changes),
  address: `${hostname}.example.com`,
});

const factsOf = (changes: Partial<SeedFacts> = {}): SeedFacts => ({
  targetHost: 'db2',
  sourceHost: 'db1',
  target: agent('db2'),
  source: agent('db1'),
  other: null,
  objection: null,
  ...changes,
});

const OTHER = { targetHostname: 'db1', sourceHostname: 'db9', startedAt: '', endedAt: '' };
const snapshot = (name: string, snapshotPercent = 1, isSnapshot = true) => ({
  name,
  groupName: 'vg',
  path: `/dev/vg/${name}`,
  isSnapshot,
  snapshotPercent,
});
const mounted = mountOf('/dev/vg/snap-1');

test('all conditions hold: each is told, in order', () => {
  expect(judgeSeed(factsOf())).toMatchObject({
    kind: 'agreed',
    snapshot: { kind: 'to-mount', volume: '/dev/vg/snap-1' },
    held: [
      'the agents of db2 and db1 answer',
      'they are two hosts',
      'neither takes part in another seed',
      'MySQL does not run on db2',
      'no server that we know of lives on db2',
      'no snapshot is mounted on db2',
      '/dev/vg/snap-1 on db1 is a snapshot that can be mounted',
      'the space on db2 is compared after mounting, before anything is erased',
    ],
  });
});

const REFUSALS: readonly (readonly [name: string, changes: Partial<SeedFacts>, sentence: string])[] = [
  ['one name', { sourceHost: 'DB2' }, 'db2 cannot be seeded from itself'],
  ['no agent on the target', { target: { kind: 'unknown' } }, 'no agent of db2 has registered'],
  ['no agent on the source', { source: { kind: 'unknown' } }, 'no agent of db1 has registered'],
  ['a silent agent', { source: { kind: 'silent', message: 'too late' } }, 'the agent of db1 does not answer'],
  ['one address', { source: { ...agent('db1'), address: 'DB2.example.com' } }, 'one host under two names'],
  ['one token', { source: { ...agent('db1'), record: agent('db2').record } }, 'one host under two names'],
  [
    'another seed',
    { other: { seedId: 7, isComplete: false, isSuccessful: false, ...OTHER } },
    'seed 7 (db1 from db9) is under way',
  ],
  ['MySQL runs', { target: agent('db2', { mysqlIsRunning: true }) }, 'MySQL runs on db2'],
  ['nobody knows', { target: agent('db2', { mysqlIsRunning: null }) }, 'does not tell whether MySQL runs'],
  ['a server lives there', { objection: 'db2:3306 is alive' }, 'the data on db2 may be in use: db2:3306 is alive'],
  ['mounted on the target', { target: agent('db2', { mount: mounted }) }, 'a snapshot is mounted on db2 (/mnt)'],
  ['nothing to mount', { source: agent('db1', { volumes: [] }) }, 'db1 has no snapshot that could be mounted'],
  [
    'only a full snapshot and a volume',
    { source: agent('db1', { volumes: [snapshot('s', 100), snapshot('data', 0, false)] }) },
    'db1 has no snapshot that could be mounted',
  ],
  [
    'something else is mounted',
    { source: agent('db1', { mount: { ...mounted, mysqlDiskUsage: 0 } }) },
    'what is mounted on db1 (/mnt) holds no MySQL data',
  ],
  [
    'too little space',
    {
      source: agent('db1', { mount: mounted }),
      target: agent('db2', { datadirFree: 600_000, mysqlDiskUsage: 399_999 }),
    },
    'there is too little space on db2: 1.00 MB of data and 1000.00 kB of room',
  ],
];

for (const [name, changes, sentence] of REFUSALS) {
  test(`refused: ${name}`, () => {
    const verdict = judgeSeed(factsOf(changes));
    expect(verdict.kind).toBe('refused');
    expect(verdict.kind === 'refused' && verdict.refusal).toContain(sentence);
  });
}

test('what is mounted already is the source, and what is overwritten counts as room', () => {
  const facts = factsOf({
    source: agent('db1', { mount: mounted }),
    target: agent('db2', { datadirFree: 600_000, mysqlDiskUsage: 400_000 }),
  });
  expect(judgeSeed(facts)).toMatchObject({
    kind: 'agreed',
    snapshot: { kind: 'mounted', path: '/dev/vg/snap-1', bytes: 1e6 },
  });
});

test('of several snapshots the last by name is taken, numbers by their value', () => {
  const volumes = [snapshot('snap-9'), snapshot('snap-100'), snapshot('snap-20'), snapshot('snap-101', 100)];
  expect(judgeSeed(factsOf({ source: agent('db1', { volumes }) }))).toMatchObject({
    snapshot: { volume: '/dev/vg/snap-100' },
  });
});
