/** Reading what the API answered: shapes are checked where they are read, an unexpected one reads as empty. */
type Json = Readonly<Record<string, unknown>>;

export const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A value as the historic client prints it: text as it is, null as nothing, the rest as JSON. */
export function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `Details` of an envelope. */
export const details = (answer: unknown): unknown => asObject(answer).Details ?? null;

/** {Hostname, Port} → `host:port`; none is `:0`, as the historic client prints it. */
export const keyText = (key: unknown): string => {
  const { Hostname, Port } = asObject(key);
  return `${asText(Hostname)}:${asText(Port)}`;
};

/** `host:port` of each server of a list. */
export const keysOf = (list: unknown): readonly string[] => asList(list).map((one) => keyText(asObject(one).Key));

/** `host:port` of a server, or of a key. */
export const keyOf = (value: unknown): string => keyText(asObject(value).Key ?? value);
