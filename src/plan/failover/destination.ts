import type { Destination } from '../steps/types.ts';
import type { FailoverInput, Participant } from './input.ts';

/** Where others are told to connect to, when they are to follow this one: under its virtual name where it goes by one. */
export function destinationOf({ key, name }: Participant, { addresses }: FailoverInput): Destination {
  const address = addresses?.get(name);
  return { key, name, ...(address === undefined ? {} : { address }) };
}
