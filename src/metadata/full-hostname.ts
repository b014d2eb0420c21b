import { lookup, lookupService } from 'node:dns/promises';

/** What is asked of the system: the address of a name, and the name of an address (hosts file, name service). Both may reject. */
export interface NameOfAddress {
  address(hostname: string): Promise<string>;
  name(address: string): Promise<string>;
}

const PATIENCE_MS = 1_000;
const ANY_PORT = 0;

const SYSTEM: NameOfAddress = {
  address: async (hostname) => (await lookup(hostname)).address,
  name: async (address) => (await lookupService(address, ANY_PORT)).hostname,
};

/**
 * The fully qualified name of a machine that calls itself `hostname`: the name of its address, where that begins with its own.
 * The name itself when it is qualified already, or when nothing better is told within a second. Never rejects.
 */
export async function fullHostname(hostname: string, system = SYSTEM, patienceMs = PATIENCE_MS): Promise<string> {
  if (hostname === '' || hostname.includes('.')) return hostname;
  const asked = system.address(hostname).then((address) => system.name(address));
  const answer = await Promise.race([asked.catch(() => ''), silence(patienceMs)]);
  return answer.startsWith(`${hostname}.`) ? answer : hostname;
}

const silence = (ms: number): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, '').unref();
  });
