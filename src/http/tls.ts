import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { TLSSocket } from 'node:tls';
import { messageOf, OrchestratorError } from '../model/error.ts';

export interface TlsSettings {
  readonly useSsl: boolean;
  readonly useMutualTls: boolean;
  readonly sslSkipVerify: boolean;
  readonly sslPrivateKeyFile: string;
  readonly sslCertFile: string;
  readonly sslCaFile: string;
  /** Organisational units of client certificates that are let in. */
  readonly sslValidOus: readonly string[];
  /** The status check asks for a certificate, whatever the rest does. */
  readonly statusOuVerify: boolean;
  /** Where the status check is served, with URLPrefix; null where there is none. */
  readonly statusPath: string | null;
}

/**
 * Reads the files and makes the options of a TLS server; null without UseSSL.
 * @throws OrchestratorError `tls-file-unreadable` naming the configuration key and the file.
 */
export function tlsServerOptions(settings: TlsSettings): ServerOptions | null {
  if (!settings.useSsl) return null;
  return {
    key: read('SSLPrivateKeyFile', settings.sslPrivateKeyFile),
    cert: read('SSLCertFile', settings.sslCertFile),
    ...(settings.sslCaFile === '' ? {} : { ca: read('SSLCAFile', settings.sslCaFile) }),
    minVersion: 'TLSv1.2',
    // Verified per request (see refuseCertificate), so that a status check without certificate stays possible.
    requestCert: settings.useMutualTls || settings.statusOuVerify,
    rejectUnauthorized: false,
  };
}

function read(key: string, file: string): Buffer {
  if (file === '') {
    throw new OrchestratorError('tls-file-unreadable', `UseSSL is on but ${key} is empty; name the file in it`);
  }
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw new OrchestratorError(
      'tls-file-unreadable',
      `${key}: cannot read ${file} (${messageOf(thrown)}); check the path and its permissions`,
      { details: { key, file }, cause: thrown },
    );
  }
}

/**
 * Judges the client's certificate by UseMutualTLS and SSLValidOUs; that of a status check by StatusOUVerify instead of UseMutualTLS.
 * @returns the reason of refusal, or null.
 */
export function certificateComplaint(socket: unknown, path: string, settings: TlsSettings): string | null {
  const isStatus = path.replace(/\/$/, '') === settings.statusPath;
  if (!settings.useSsl || !(isStatus ? settings.statusOuVerify : settings.useMutualTls)) return null;
  if (!(socket instanceof TLSSocket)) return 'a client certificate is required';
  const certificate = socket.getPeerCertificate();
  if (Object.keys(certificate).length === 0) return 'a client certificate is required';
  if (!socket.authorized && !settings.sslSkipVerify) return 'the client certificate is not trusted';
  const units = [certificate.subject.OU ?? []].flat();
  return units.some((unit) => settings.sslValidOus.includes(unit))
    ? null
    : 'the organisational unit of the client certificate is not among SSLValidOUs';
}
