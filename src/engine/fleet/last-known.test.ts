import { expect, it } from 'vitest';
import { instanceOf, recordOf } from '../../model/testing/instances.ts';
import type { ProbeRequest } from '../ports.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { withLastKnown } from './last-known.ts';

it('tells every reading what was last known of the server, and of nobody else', async () => {
  const known = instanceOf('a:3306');
  const asked: ProbeRequest[] = [];
  const fakes = createFakeServers();
  const servers = withLastKnown(
    {
      ...fakes,
      probe(key, request) {
        asked.push(request);
        return fakes.probe(key, request);
      },
    },
    { recordOf: ({ hostname }) => (hostname === 'a' ? recordOf(known) : null) },
  );
  const request = { deadlineMs: 1, depth: 'full', previous: null } as const;
  await servers.probe({ hostname: 'a', port: 3306 }, request);
  await servers.probe({ hostname: 'b', port: 3306 }, request);
  expect(asked).toEqual([
    { ...request, lastKnown: known },
    { ...request, lastKnown: null },
  ]);
});
