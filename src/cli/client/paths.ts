import { OrchestratorError } from '../../model/error.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import type { ClientOptions } from './options.ts';

const encode = encodeURIComponent;

const serverPath = (text: string, option: string, options: ClientOptions): string => {
  if (text === '')
    throw new OrchestratorError('no-instance', `${option} is required; write e.g. ${option} db1.example.com:3306`);
  const key = parseKey(text, options.defaultPort);
  return `${encode(key.hostname)}/${key.port}`;
};

/** `host/port` of -i. */
export const instancePath = (options: ClientOptions): string => serverPath(options.instance, '-i', options);

/** `host/port` of -d or -s. */
export const destinationPath = (options: ClientOptions): string => serverPath(options.destination, '-d', options);

/** A segment of a path that must be there. */
export function required(text: string, option: string): string {
  if (text === '') throw new OrchestratorError('missing-option', `${option} is required for this command`);
  return encode(text);
}

/** The cluster: -a, else -i (then any member's address). */
export function clusterPath(options: ClientOptions): string {
  const cluster = optionalClusterPath(options);
  if (cluster === '')
    throw new OrchestratorError('no-cluster', 'name the cluster with -a alias, or by a member with -i host:port');
  return cluster;
}

/** The cluster, or '' for all. */
export function optionalClusterPath(options: ClientOptions): string {
  if (options.alias !== '') return encode(options.alias);
  if (options.instance === '') return '';
  return encode(formatKey(parseKey(options.instance, options.defaultPort)));
}
