/**
 * Where this program did better than the recorded one, the recording is cut: before the request or command on the left, the API
 * request on the right brings the topology into the recorded state. Ports are those of the recording.
 */
export const BROUGHT_INTO_STATE: ReadonlyMap<string, string> = new Map([
  // A move by file and position took auto-position from the replica; ours keeps it.
  ['/api/move-below-gtid/127.0.0.1/10103/127.0.0.1/10101', '/api/disable-gtid/127.0.0.1/10103'],
  // The recorded moves by file and position left equal places behind, by which this one went; ours were by GTID.
  ['client -c relocate -i 127.0.0.1:10103 -d 127.0.0.1:10102', '/api/enable-gtid/127.0.0.1/10103'],
  ['client -c take-siblings -i 127.0.0.1:10101', '/api/disable-gtid/127.0.0.1/10103'],
  // The recorded takeover moved one sibling before it gave up; ours refuses before it touches anything.
  ['client -c clusters', '/api/relocate/127.0.0.1/10101/127.0.0.1/10102'],
]);
