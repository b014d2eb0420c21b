/** A login of the lab: the same on every server of every topology. */
export interface LabUser {
  readonly user: string;
  readonly password: string;
}

export interface LabUsers {
  /** For the orchestrator: everything, with grant option. */
  readonly orchestrator: LabUser;
  /** For replicas: REPLICATION SLAVE only. */
  readonly replication: LabUser;
  /** For applications: everything in the database `app`, nothing elsewhere. */
  readonly application: LabUser;
  /** For the lab itself, from 127.0.0.1 only. */
  readonly root: LabUser;
}

export const LAB_USERS: LabUsers = {
  orchestrator: { user: 'orc', password: 'orcpw' },
  replication: { user: 'repl', password: 'replpw' },
  application: { user: 'app', password: 'apppw' },
  root: { user: 'root', password: '' },
};

/** Statements that make the application's database, with the one table the writers use. */
export const APP_SCHEMA_SQL: readonly string[] = [
  'CREATE DATABASE app',
  'CREATE TABLE app.t (id BIGINT NOT NULL PRIMARY KEY, who VARCHAR(64) NOT NULL, payload VARCHAR(255) NOT NULL) ENGINE=InnoDB',
];

/** Statements that make the users above on a fresh server; root exists on some flavours and is made by hand there. */
export const USERS_SQL: readonly string[] = [
  "CREATE USER 'orc'@'%' IDENTIFIED BY 'orcpw'",
  "GRANT ALL PRIVILEGES ON *.* TO 'orc'@'%' WITH GRANT OPTION",
  "CREATE USER 'repl'@'%' IDENTIFIED BY 'replpw'",
  "GRANT REPLICATION SLAVE ON *.* TO 'repl'@'%'",
  "CREATE USER 'app'@'%' IDENTIFIED BY 'apppw'",
  "GRANT ALL PRIVILEGES ON app.* TO 'app'@'%'",
];
