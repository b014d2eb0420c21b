/** Field names whose values tell of this run: times, durations, places in logs, numbers given out, names of this node. */
const VOLATILE =
  /(?:^|\.)(?:Uptime|IsUpToDate|IsRecentlyChecked|LogPos|LogFile|ExecutedGtidSet|GtidPurged|LastDiscoveryLatency|LastSeenTimestamp|ElapsedDowntime|DowntimeEndTimestamp|BeginTimestamp|SecondsElapsed|MaintenanceId|SecondsSinceLastSeen\.Int64|Token|FirstSeenActive|LastSeenActive|LastReported|DBBackend|Expiration|StartActivePeriod|ProcessingNodeHostname|ProcessingNodeToken|Active|Queued|\w+Entries|ListenAddress|SQLite3DataFile)$/;

/** Known once the receiver has connected, which an answer to its being started does not wait for. */
const TOO_EARLY_TO_TELL = /^Details(?:\.\[\])?\.MasterUUID$/;

/** Of these only the kind (and the form of a time) is compared. */
export const isVolatile = (path: string): boolean => VOLATILE.test(path) || TOO_EARLY_TO_TELL.test(path);

/** Without the time before an error that went through the log, process numbers, and how long something took. */
export const withoutTimes = (text: string): string =>
  text
    .replace(/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR\b/g, '<time> ERROR')
    .replace(/\borchestrator-client\[\d+\]/g, 'orchestrator-client[<pid>]')
    .replace(/^[0-9a-f]{64}$/gm, '<token>')
    .replace(/\bTook [\d.]+[^\s\d"]+/g, 'Took <time>');
