import type { ServerCommand } from '../model/command.ts';
import type { ConnectionProfile, Positioning } from '../model/instance.ts';
import { isAtLeast, isOracleFamily, type ServerVersion } from '../model/version.ts';
import { literal } from './literal.ts';
import type { RenderedStatement } from './rendered-statement.ts';
import { wordsOf } from './words.ts';

type ChangeSource = Extract<ServerCommand, { kind: 'change-source' }>;

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
  channel: { readonly before: string; readonly after: string },
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
    if (command.profile !== undefined) options.push(...profileOptions(version, command.profile).map(option));
    if (command.positioning !== null) options.push(...positioningOptions(version, command.positioning).map(option));
    if (command.coordinates !== undefined) {
      options.push(option(`${words.source}_LOG_FILE=${literal(command.coordinates.file)}`));
      options.push(option(`${words.source}_LOG_POS=${command.coordinates.position}`));
    }
  }
  const statement = (list: readonly string[]): string =>
    `${words.changeSource}${channel.before} TO ${list.join(', ')}${channel.after}`;
  return { sql: statement(options.map((o) => o.sql)), shownAs: statement(options.map((o) => o.shownAs)) };
}

function accountOptions(version: ServerVersion, command: ChangeSource): Option[] {
  if (command.credentials === null) return [];
  const prefix = wordsOf(version).source;
  const { user, password } = command.credentials;
  const options = [
    option(`${prefix}_USER=${literal(user)}`),
    { sql: `${prefix}_PASSWORD=${literal(password.reveal())}`, shownAs: `${prefix}_PASSWORD='***'` },
  ];
  // caching_sha2_password without TLS needs the source's public key; asking for it is harmless for other accounts.
  if (knowsPublicKey(version) && command.profile === undefined) options.push(option(`${publicKeyWord(version)}=1`));
  return options;
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
