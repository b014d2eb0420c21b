import type { KeyTable } from './key-spec.ts';

/** The log of the program itself, and the audit of what was done to servers. */
export const generalKeys = {
  Debug: { type: 'bool', default: false, doc: 'Log at debug level, as the flag --debug does.' },
  EnableSyslog: { type: 'bool', default: false, doc: 'Send log lines of level info and above to syslog too.' },
} as const satisfies KeyTable;

export const auditKeys = {
  AuditLogFile: {
    type: 'string',
    default: '',
    doc: 'File to which every operation on a server is appended, one tab-separated line each; empty is off.',
  },
  AuditToSyslog: { type: 'bool', default: false, doc: 'Send the same audit lines to syslog.' },
  AuditToBackendDB: {
    type: 'bool',
    default: false,
    doc: "Write them to the backend's table audit, which the API shows.",
  },
  AuditPurgeDays: { type: 'uint', default: 7, doc: 'Rows of the table audit that are older are removed.' },
} as const satisfies KeyTable;
