import type { KeyTable } from './key-spec.ts';

/** Where the web interface and the API are served. */
export const webKeys = {
  ListenAddress: {
    type: 'string',
    default: ':3000',
    doc: 'host:port of web interface and API; without a host, all addresses.',
  },
  ListenSocket: { type: 'string', default: '', doc: 'Unix socket to serve on instead of ListenAddress.' },
  HTTPAdvertise: {
    type: 'string',
    default: '',
    doc: 'scheme://host:port under which other nodes reach this one; must have all three and no path.',
  },
  StatusEndpoint: { type: 'string', default: '/api/status', doc: 'Path of the status check for load balancers.' },
  StatusOUVerify: {
    type: 'bool',
    default: false,
    doc: 'The status check asks for a client certificate of SSLValidOUs too.',
  },
  URLPrefix: {
    type: 'string',
    default: '',
    doc: 'Path before all routes, e.g. /orchestrator; brought to the form /x.',
  },
  RemoveTextFromHostnameDisplay: { type: 'string', default: '', doc: 'Text cut from host names on the pages.' },
  WebMessage: { type: 'string', default: '', doc: 'Text shown on every page.' },
  ReadOnly: { type: 'bool', default: false, doc: 'Pages and API show everything and change nothing.' },
  PrependMessagesWithOrcIdentity: {
    type: 'string',
    default: '',
    oneOf: ['', 'none', 'FQDN', 'hostname', 'custom'],
    doc: 'Begin every API message with the name of this node: none, FQDN, hostname or custom.',
  },
  CustomOrcIdentity: { type: 'string', default: '', doc: 'That name, for custom, or when the host name is not known.' },
} as const satisfies KeyTable;

/** Who may use them. */
export const authenticationKeys = {
  AuthenticationMethod: {
    type: 'string',
    default: '',
    oneOf: ['', 'none', 'basic', 'multi', 'proxy', 'token', 'oauth'],
    doc: 'How users are known: empty or none, basic, multi (basic, and the user readonly who only looks), proxy (a header), token. oauth refuses every change.',
  },
  HTTPAuthUser: { type: 'string', default: '', fromEnvironment: true, doc: 'User name of basic and multi.' },
  HTTPAuthPassword: {
    type: 'string',
    default: '',
    isSecret: true,
    fromEnvironment: true,
    doc: 'Password of basic and multi.',
  },
  HTTPAuthReadonlyPassword: {
    type: 'string',
    default: '',
    isNew: true,
    isSecret: true,
    fromEnvironment: true,
    doc: 'Password of the user readonly, for multi; empty: any will do.',
  },
  AuthUserHeader: { type: 'string', default: 'X-Forwarded-User', doc: 'Header that carries the user name, for proxy.' },
  PowerAuthUsers: {
    type: 'string-list',
    default: ['*'],
    doc: 'Users who may change things, for proxy; * is everybody.',
  },
  PowerAuthGroups: {
    type: 'string-list',
    default: [],
    doc: 'Unix groups whose members may change things, for proxy: as /etc/group and /etc/passwd (primary group) tell, else id (LDAP, SSSD; GNU coreutils).',
  },
  AccessTokenUseExpirySeconds: { type: 'uint', default: 60, doc: 'A public token must be redeemed within this time.' },
  AccessTokenExpiryMinutes: { type: 'uint', default: 1440, doc: 'Lifetime of the secret token got for it.' },
  OAuthClientId: { type: 'string', default: '', doc: 'No effect: reserved for oauth.' },
  OAuthClientSecret: {
    type: 'string',
    default: '',
    isSecret: true,
    fromEnvironment: true,
    doc: 'No effect: reserved for oauth.',
  },
  OAuthScopes: { type: 'string-list', default: [], nullWhenUnset: true, doc: 'No effect: reserved for oauth.' },
} as const satisfies KeyTable;

export const tlsKeys = {
  UseSSL: { type: 'bool', default: false, doc: 'Serve HTTPS.' },
  UseMutualTLS: { type: 'bool', default: false, doc: 'Ask clients for a certificate.' },
  SSLSkipVerify: { type: 'bool', default: false, doc: 'Do not check the certificates of other nodes and of agents.' },
  SSLPrivateKeyFile: { type: 'string', default: '', doc: 'Private key of the server, PEM.' },
  SSLCertFile: { type: 'string', default: '', doc: 'Its certificate, PEM.' },
  SSLCAFile: { type: 'string', default: '', doc: 'Authority that signed the certificates of clients, PEM.' },
  SSLValidOUs: { type: 'string-list', default: [], doc: 'Organisational units accepted in client certificates.' },
} as const satisfies KeyTable;
