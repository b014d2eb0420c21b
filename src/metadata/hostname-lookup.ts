/** What the resolver asks of the name service. Both reject when the name is not known. */
export interface HostnameLookup {
  /** The canonical name, without a trailing dot. */
  canonicalName(hostname: string): Promise<string>;
  /** One address, IPv4 where there is one. */
  address(hostname: string): Promise<string>;
}

/** A chain of aliases longer than this is a loop. */
const LONGEST_CHAIN = 10;

/** The name service of the system: aliases by DNS, addresses also by /etc/hosts. Node's part is loaded by the first question: most single commands ask none. */
export function createSystemLookup(): HostnameLookup {
  const address = async (hostname: string): Promise<string> => {
    const { lookup } = await import('node:dns/promises');
    const found = await lookup(hostname, { all: true, verbatim: true });
    const best = found.find((each) => each.family === 4) ?? found[0];
    if (best === undefined) throw new Error(`${hostname} has no address`);
    return best.address;
  };
  return {
    address,
    async canonicalName(hostname) {
      const { isIP } = await import('node:net');
      if (isIP(hostname) !== 0) return hostname;
      let name = hostname;
      for (let step = 0; step < LONGEST_CHAIN; step++) {
        const target = await aliasTarget(name);
        if (target === null) break;
        name = target;
      }
      // A name that is no alias is canonical only if it exists; one that stands in /etc/hosts does.
      if (name === hostname) await address(hostname);
      return name;
    },
  };
}

/** Where an alias points to; null for a name that is none. */
async function aliasTarget(name: string): Promise<string | null> {
  const { resolveCname } = await import('node:dns/promises');
  try {
    const [target] = await resolveCname(name);
    return target === undefined ? null : target.replace(/\.$/, '');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENODATA' || code === 'ENOTFOUND') return null;
    throw error;
  }
}
