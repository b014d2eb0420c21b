import type { ReplicationCredentials, ServerCommand } from '../model/command.ts';
import type { BinlogCoordinates } from '../model/coordinates.ts';
import type { ConnectionProfile, Positioning, ReplicationStatus } from '../model/instance.ts';
import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';
import { literal } from './literal.ts';
import type { RenderedStatement } from './rendered-statement.ts';
import { canChangeReceiverAlone, wordsOf } from './words.ts';

type ChangeSource = Extract<ServerCommand, { kind: 'change-source' }>;

/** How the channel is named, before and behind the words of a statement; '' for the only one. */
export interface ChannelWords {
  readonly before: string;
  readonly after: string;
}

interface Option {
  readonly sql: string;
  readonly shownAs: string;
}

const option = (sql: string): Option => ({ sql, shownAs: sql });

/**
 * CHANGE REPLICATION SOURCE TO / CHANGE MASTER TO in the words of the server. With `receiverOnly` only options of the
 * receiver are named, because the others are refused while the applier runs (errors 3081, 3085; design §4).
 *
 * `heartbeatPeriodSeconds` is the period that stands now, null when unknown. It is always repeated, because every flavour
 * falls back to half of its network timeout otherwise (measured on 9.7, 5.6 and MariaDB 10.11: 1 s became 30 s, 1800 s, 30 s).
 * `channel.before` / `channel.after` name the channel the way the flavour does; '' for the only one.
 */
export function renderChangeSource(
  version: ServerVersion,
  command: ChangeSource,
  heartbeatPeriodSeconds: number | null,
  channel: ChannelWords,
): RenderedStatement {
  const words = wordsOf(version);
  const options: Option[] = [
    option(`${words.source}_HOST=${literal(command.source.hostname)}`),
    option(`${words.source}_PORT=${command.source.port}`),
  ];
  const heartbeat = command.profile?.heartbeatPeriodSeconds ?? heartbeatPeriodSeconds;
  if (heartbeat !== null) options.push(option(`${words.source}_HEARTBEAT_PERIOD=${heartbeat}`));
  if (!command.receiverOnly) {
    options.push(...accountOptions(version, command));
    if (command.profile !== undefined) {
      const profile = withFiles(command.profile, command.credentials);
      options.push(...profileOptions(version, profile).map(option));
    }
    if (command.positioning !== null) options.push(...positioningOptions(version, command.positioning).map(option));
    if (command.coordinates !== undefined) {
      options.push(option(`${words.source}_LOG_FILE=${literal(command.coordinates.file)}`));
      options.push(option(`${words.source}_LOG_POS=${command.coordinates.position}`));
    }
  }
  return changeStatement(version, options, channel);
}

function changeStatement(version: ServerVersion, options: readonly Option[], channel: ChannelWords): RenderedStatement {
  const statement = (list: readonly string[]): string =>
    `${wordsOf(version).changeSource}${channel.before} TO ${list.join(', ')}${channel.after}`;
  return { sql: statement(options.map((o) => o.sql)), shownAs: statement(options.map((o) => o.shownAs)) };
}

function accountOptions(version: ServerVersion, command: ChangeSource): Option[] {
  if (command.credentials === null) return [];
  const options = userAndPassword(version, command.credentials);
  if (command.profile === undefined) options.push(...fileOptions(version, command.credentials));
  // caching_sha2_password without TLS needs the source's public key; asking for it is harmless for other accounts.
  if (knowsPublicKey(version) && command.profile === undefined) options.push(option(`${publicKeyWord(version)}=1`));
  return options;
}

function userAndPassword(version: ServerVersion, { user, password }: ReplicationCredentials): Option[] {
  const prefix = wordsOf(version).source;
  return [
    option(`${prefix}_USER=${literal(user)}`),
    { sql: `${prefix}_PASSWORD=${literal(password.reveal())}`, shownAs: `${prefix}_PASSWORD='***'` },
  ];
}

/** The files that go with an account take the place of those of the connection. */
function withFiles(profile: ConnectionProfile, credentials: ReplicationCredentials | null): ConnectionProfile {
  const tls = credentials?.tlsFiles;
  if (tls === undefined) return profile;
  const { tlsCaFile, tlsCert, tlsKey } = profile;
  return { ...profile, tlsCaFile: tls.caFile || tlsCaFile, tlsCert: tls.cert || tlsCert, tlsKey: tls.key || tlsKey };
}

function fileOptions(version: ServerVersion, { tlsFiles }: ReplicationCredentials): Option[] {
  const prefix = `${wordsOf(version).source}_SSL`;
  const files = [
    ['CA', tlsFiles?.caFile],
    ['CERT', tlsFiles?.cert],
    ['KEY', tlsFiles?.key],
  ] as const;
  return files.flatMap(([word, file]) => (file ? [option(`${prefix}_${word}=${literal(file)}`)] : []));
}

/**
 * The account alone; everything else of the connection stays. Where the connection has neither TLS nor a key of the source, it asks
 * for one, since the new account may be a caching_sha2_password one.
 */
export function renderSourceAccount(
  version: ServerVersion,
  credentials: ReplicationCredentials,
  profile: ConnectionProfile | null,
  channel: ChannelWords,
): RenderedStatement {
  const options = [...userAndPassword(version, credentials), ...fileOptions(version, credentials)];
  const isKeyless = profile !== null && !profile.tlsAllowed && profile.publicKeyPath === '';
  if (knowsPublicKey(version) && isKeyless) options.push(option(`${publicKeyWord(version)}=1`));
  return changeStatement(version, [...options, ...heartbeatOption(version, profile)], channel);
}

/**
 * The delay alone. MySQL 5.7 and later keeps the heartbeat period then, and would not take it beside a running receiver; the others
 * fall back to half of their network timeout unless it is repeated (measured on 5.6 and MariaDB 10.11).
 */
export function renderDelay(
  version: ServerVersion,
  seconds: number,
  profile: ConnectionProfile | null,
  channel: ChannelWords,
): RenderedStatement {
  const options = [option(`${wordsOf(version).source}_DELAY=${seconds}`)];
  if (!canChangeReceiverAlone(version)) options.push(...heartbeatOption(version, profile));
  return changeStatement(version, options, channel);
}

/** Naming a place in the relay log is what keeps it (measured on MariaDB 10.11). */
export function renderUseRelayLog(
  version: ServerVersion,
  positioning: Positioning,
  coordinates: BinlogCoordinates,
  replication: ReplicationStatus | null,
  channel: ChannelWords,
): RenderedStatement {
  const place = [`RELAY_LOG_FILE=${literal(coordinates.file)}`, `RELAY_LOG_POS=${coordinates.position}`];
  const options = [...positioningOptions(version, positioning), ...place].map(option);
  return changeStatement(version, [...options, ...heartbeatOption(version, replication?.profile ?? null)], channel);
}

function heartbeatOption(version: ServerVersion, profile: ConnectionProfile | null): Option[] {
  const seconds = profile?.heartbeatPeriodSeconds ?? null;
  return seconds === null ? [] : [option(`${wordsOf(version).source}_HEARTBEAT_PERIOD=${seconds}`)];
}

function positioningOptions(version: ServerVersion, positioning: Positioning): string[] {
  const prefix = wordsOf(version).source;
  switch (positioning) {
    case 'oracle-auto':
      return [`${prefix}_AUTO_POSITION=1`];
    case 'mariadb-slave-pos':
      return ['MASTER_USE_GTID=slave_pos'];
    case 'mariadb-current-pos':
      return ['MASTER_USE_GTID=current_pos'];
    case 'coordinates':
      if (!isOracleFamily(version)) return ['MASTER_USE_GTID=no'];
      return isAtLeast(version, 5, 6, 5) ? [`${prefix}_AUTO_POSITION=0`] : [];
  }
}

function profileOptions(version: ServerVersion, profile: ConnectionProfile): string[] {
  const prefix = wordsOf(version).source;
  const options: string[] = [];
  if (profile.connectRetrySeconds !== null) options.push(`${prefix}_CONNECT_RETRY=${profile.connectRetrySeconds}`);
  options.push(`${prefix}_SSL=${profile.tlsAllowed ? 1 : 0}`);
  const texts: readonly (readonly [string, string])[] = [
    ['SSL_CA', profile.tlsCaFile],
    ['SSL_CAPATH', profile.tlsCaPath],
    ['SSL_CERT', profile.tlsCert],
    ['SSL_CIPHER', profile.tlsCipher],
    ['SSL_CRL', profile.tlsCrlFile],
    ['SSL_CRLPATH', profile.tlsCrlPath],
    ['SSL_KEY', profile.tlsKey],
  ];
  for (const [name, value] of texts) if (value !== '') options.push(`${prefix}_${name}=${literal(value)}`);
  if (profile.tlsVerifyServerCert !== null) {
    options.push(`${prefix}_SSL_VERIFY_SERVER_CERT=${profile.tlsVerifyServerCert ? 1 : 0}`);
  }
  const isOracle = isOracleFamily(version);
  if (isOracle && isAtLeast(version, 8) && profile.tlsVersion !== '') {
    options.push(`${prefix}_TLS_VERSION=${literal(profile.tlsVersion)}`);
  }
  if (isOracle && isAtLeast(version, 8, 0, 19) && profile.tlsCiphersuites !== '') {
    options.push(`${prefix}_TLS_CIPHERSUITES=${literal(profile.tlsCiphersuites)}`);
  }
  if (knowsPublicKey(version)) {
    if (profile.publicKeyPath !== '') options.push(`${prefix}_PUBLIC_KEY_PATH=${literal(profile.publicKeyPath)}`);
    options.push(`${publicKeyWord(version)}=${profile.getPublicKey === true || !profile.tlsAllowed ? 1 : 0}`);
  }
  return options;
}

const knowsPublicKey = (version: ServerVersion): boolean => isOracleFamily(version) && isAtLeast(version, 8, 0, 4);
const publicKeyWord = (version: ServerVersion): string => `GET_${wordsOf(version).source}_PUBLIC_KEY`;
