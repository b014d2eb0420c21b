import { AGENT_TABLES } from './agent-tables.ts';
import { INSTANCE_TABLES } from './instance-tables.ts';
import { INTENT_TABLES } from './intent-tables.ts';
import { NODE_TABLES } from './node-tables.ts';
import { OWN_TABLES } from './own-tables.ts';
import { RECOVERY_TABLES } from './recovery-tables.ts';
import type { ColumnDefinition, TableDefinition } from './table-definition.ts';

/** The 47 tables of the historic backend, names and spelling (`processcing_node_token`) as they are. */
export const HISTORIC_TABLES: readonly TableDefinition[] = [
  ...INSTANCE_TABLES,
  ...INTENT_TABLES,
  ...RECOVERY_TABLES,
  ...NODE_TABLES,
  ...AGENT_TABLES,
];

export const ALL_TABLES: readonly TableDefinition[] = [...HISTORIC_TABLES, ...OWN_TABLES];

/** The columns of database_instance, in the historic order. */
export const DATABASE_INSTANCE_COLUMNS: readonly ColumnDefinition[] =
  INSTANCE_TABLES.find((table) => table.name === 'database_instance')?.columns ?? [];
