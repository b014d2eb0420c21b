import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { Database } from '../database.ts';
import { insertText } from '../database.ts';
import { bound } from '../sql-dialects.ts';
import { adoptMovedAliases } from './adopt-moved-aliases.ts';
import { type ExistingSchema, readExistingSchema } from './existing-schema.ts';
import { MOVED_ALIAS_TABLE } from './own-tables.ts';
import { addColumnSql, createIndexSql, createTableSql } from './render.ts';
import type { IndexDefinition, TableDefinition } from './table-definition.ts';
import { ALL_TABLES } from './tables.ts';

export interface SchemaSettings {
  /** Our version, written to orchestrator_db_deployments. */
  readonly version: string;
  /** SkipOrchestratorDatabaseUpdate: change nothing, fail when something is missing. */
  readonly skipDatabaseUpdate: boolean;
  /** PanicIfDifferentDatabaseDeploy: refuse a backend deployed by other versions only. */
  readonly panicIfDifferentDatabaseDeploy: boolean;
}

/**
 * Brings the backend to our shape: creates what is missing, changes and drops nothing, so that a backend of the historic
 * program keeps its history and can go back to it.
 * @throws OrchestratorError `store-schema-version` when another version's backend must not be touched,
 *   `store-schema` when something is missing and may not, or cannot, be made.
 */
export async function ensureSchema(database: Database, settings: SchemaSettings): Promise<void> {
  const existing = await readExistingSchema(database);
  await refuseOtherDeployment(database, existing, settings);
  const statements = ALL_TABLES.flatMap((table) => missingStatements(table, existing, database.dialect.kind));
  const first = statements[0];
  if (first !== undefined && settings.skipDatabaseUpdate) {
    throw new OrchestratorError(
      'store-schema',
      `${database.location} lacks tables or columns (the first change needed is: ${first.split('\n')[0]}), and SkipOrchestratorDatabaseUpdate forbids making them; set it to false once, or let another node deploy`,
    );
  }
  for (const statement of statements) await runSchemaStatement(database, statement);
  if (!existing.columns.has(MOVED_ALIAS_TABLE)) await adoptMovedAliases(database);
  if (!settings.skipDatabaseUpdate) await recordDeployment(database, settings.version);
}

function missingStatements(table: TableDefinition, existing: ExistingSchema, kind: 'sqlite' | 'mysql'): string[] {
  const columns = existing.columns.get(table.name);
  if (columns === undefined) return createTableSql(table, kind);
  // Compared by columns, not by name: backends of different ages name the same index differently.
  const indexes = existing.indexes.get(table.name) ?? new Set<string>();
  const isThere = ({ columns, isUnique }: IndexDefinition): boolean =>
    indexes.has(`u:${columns.join(',')}`) || (!isUnique && indexes.has(`i:${columns.join(',')}`));
  return [
    ...table.columns.filter(({ name }) => !columns.has(name)).map((column) => addColumnSql(table, column, kind)),
    ...table.indexes.filter((index) => !isThere(index)).map((index) => createIndexSql(table, index, kind)),
  ];
}

/** Errors that say what is wrong with one statement, not with the backend. */
const ABOUT_STATEMENT: readonly string[] = ['store-failed', 'store-value-refused'];

/** Another node may deploy at the same time: that something exists already is then what we want. */
async function runSchemaStatement(database: Database, statement: string): Promise<void> {
  try {
    await database.run(statement);
  } catch (error) {
    if (/already exists|duplicate (column|key name)/i.test(messageOf(error))) return;
    const isAboutStatement = !(error instanceof OrchestratorError) || ABOUT_STATEMENT.includes(error.code);
    if (!isAboutStatement) throw error;
    throw new OrchestratorError(
      'store-schema',
      `the tables of ${database.location} could not be brought up to date: ${messageOf(error)} (statement: ${statement.split('\n')[0]}); grant CREATE, ALTER and INDEX on it, or repair what the message names`,
      { cause: error },
    );
  }
}

async function refuseOtherDeployment(
  database: Database,
  existing: ExistingSchema,
  settings: SchemaSettings,
): Promise<void> {
  if (!settings.panicIfDifferentDatabaseDeploy || !existing.columns.has('orchestrator_db_deployments')) return;
  const rows = await database.all('select deployed_version from orchestrator_db_deployments');
  const versions = rows.map((row) => String(row.deployed_version));
  if (versions.length === 0 || versions.includes(settings.version)) return;
  throw new OrchestratorError(
    'store-schema-version',
    `${database.location} was deployed by version ${versions.map((version) => `"${version}"`).join(', ')}, not by ${settings.version}, and PanicIfDifferentDatabaseDeploy is set; unset it to deploy this version`,
  );
}

async function recordDeployment(database: Database, version: string): Promise<void> {
  const known = await database.all('select 1 from orchestrator_db_deployments where deployed_version = ?', [version]);
  if (known.length > 0) return;
  const insert = database.dialect.upsert(
    'orchestrator_db_deployments',
    [...bound('deployed_version'), { name: 'deployed_timestamp', value: database.dialect.now }],
    ['deployed_version'],
  );
  await database.run(insertText(insert), [version]);
}
