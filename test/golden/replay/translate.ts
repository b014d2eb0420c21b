/** What stands in the recording for what the servers of this run are called. */
export interface Cast {
  /** Real port → recorded port. */
  readonly ports: ReadonlyMap<number, number>;
  /** Real server uuid → recorded uuid. */
  readonly uuids: ReadonlyMap<string, string>;
  readonly version: { readonly real: string; readonly recorded: string };
}

/** Recorded ports share this beginning; searches ask for it. */
const RECORDED_PREFIX = '1010';

/** The request of the recording, asked of the servers of this run. Ports and the beginning that they share are replaced. */
export function toReal(request: string, cast: Cast): string {
  const back = new Map([...cast.ports].map(([real, recorded]) => [String(recorded), String(real)]));
  const [anyReal = RECORDED_PREFIX] = back.values();
  return request.replace(/(?<!\d)\d+(?!\d)/g, (digits) =>
    digits === RECORDED_PREFIX ? anyReal.slice(0, RECORDED_PREFIX.length) : (back.get(digits) ?? digits),
  );
}

/** An answer of this run in the words of the recording. */
export function toRecorded(text: string, cast: Cast): string {
  let out = text.replaceAll(cast.version.real, cast.version.recorded);
  for (const [real, recorded] of cast.uuids) out = out.replaceAll(real, recorded);
  return out.replace(/(?<!\d)\d{5}(?!\d)/g, (digits) => String(cast.ports.get(Number(digits)) ?? digits));
}
