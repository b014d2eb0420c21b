import { lookup } from 'node:dns/promises';
import type { AddressLookup } from '../engine/ports.ts';

/** The first address of each kind, by the name service of the system. */
export const createHostAddresses = (): AddressLookup => ({
  async addresses(hostname) {
    const found = await lookup(hostname, { all: true, verbatim: true });
    const first = (family: number): string => found.find((one) => one.family === family)?.address ?? '';
    return { ipv4: first(4), ipv6: first(6) };
  },
});
