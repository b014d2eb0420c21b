import type { KeyTable } from './key-spec.ts';

/** Names and places of clusters and servers. */
export const classificationKeys = {
  ClusterNameToAlias: {
    type: 'string-map',
    default: {},
    isLive: true,
    pattern: 'expression-keys',
    doc: 'Alias of every cluster whose name matches the expression.',
  },
  DetectClusterAliasQuery: { type: 'string', default: '', doc: 'Query on a primary giving the alias of its cluster.' },
  DetectClusterDomainQuery: {
    type: 'string',
    default: '',
    doc: 'Query on a primary giving the domain name or virtual address of its cluster.',
  },
  DetectInstanceAliasQuery: { type: 'string', default: '', doc: 'Query giving a short name of the server.' },
  DetectPromotionRuleQuery: {
    type: 'string',
    default: '',
    doc: 'Query giving the promotion rule of the server, which is then registered.',
  },
  DataCenterPattern: {
    type: 'string',
    default: '',
    pattern: 'expression',
    doc: 'Expression whose first group, on the host name, is the data centre.',
    isLive: true,
  },
  RegionPattern: { type: 'string', default: '', pattern: 'expression', doc: 'The same for the region.', isLive: true },
  PhysicalEnvironmentPattern: {
    type: 'string',
    default: '',
    pattern: 'expression',
    doc: 'The same for the physical environment.',
    isLive: true,
  },
  DetectDataCenterQuery: { type: 'string', default: '', doc: 'Query giving the data centre; goes before the pattern.' },
  DetectRegionQuery: { type: 'string', default: '', doc: 'Query giving the region; goes before the pattern.' },
  DetectPhysicalEnvironmentQuery: {
    type: 'string',
    default: '',
    doc: 'Query giving the physical environment; goes before the pattern.',
  },
  DetectSemiSyncEnforcedQuery: {
    type: 'string',
    default: '',
    doc: 'Query giving the semi-sync priority of the server; 0 is asynchronous.',
  },
} as const satisfies KeyTable;

/** Who may be promoted. */
export const candidateKeys = {
  CandidateInstanceExpireMinutes: { type: 'uint', default: 60, doc: 'How long a registered promotion rule holds.' },
  PromotionIgnoreHostnameFilters: {
    type: 'string-list',
    default: [],
    pattern: 'expression',
    doc: 'Servers that are never promoted.',
    isLive: true,
  },
} as const satisfies KeyTable;

export const poolKeys = {
  SupportFuzzyPoolHostnames: { type: 'bool', default: true, doc: 'Accept part of a host name in pool submissions.' },
  InstancePoolExpiryMinutes: { type: 'uint', default: 60, doc: 'How long a pool membership holds.' },
} as const satisfies KeyTable;
