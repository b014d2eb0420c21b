import type { Servers } from '../ports.ts';
import type { Fleet } from './fleet.ts';

/** The same servers; every reading is told what the server was last seen to be, for what cannot be asked this time. */
export const withLastKnown = (servers: Servers, { recordOf }: Pick<Fleet, 'recordOf'>): Servers => ({
  ...servers,
  probe: (key, request) => servers.probe(key, { ...request, lastKnown: recordOf(key)?.instance ?? null }),
});
