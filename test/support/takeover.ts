import { LAB_USERS } from '../../lab/index.ts';

/** MariaDB does not keep the replication account where it could be asked for; and a takeover taken for a failure would show. */
export const TAKEOVER_CONFIG = {
  RecoverMasterClusterFilters: ['*'],
  MySQLReplicationUser: LAB_USERS.replication.user,
  MySQLReplicationPassword: LAB_USERS.replication.password,
};
