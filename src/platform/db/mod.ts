/**
 * PostgreSQL for our own tables: pools, transactions, statements kept in files, migrations, and the translation of
 * database errors to problems. No repository layer: parts write SQL. Connections to governed source systems are not
 * made here but by `plane/sources`.
 */
export { databaseProblem, sqlStateOf } from './failure.ts';
export { migrate, readMigrations } from './migration.ts';
export { checkDatabase, openPool, roleIn } from './pool.ts';
export type { Pool, Queryable } from './pool.ts';
export { statement } from './statement.ts';
export { transaction } from './transaction.ts';
export type { Transaction } from './transaction.ts';
export { describeRight, refuseExcessRights, roleReport, roleReportShape } from './rights.ts';
export type { Right, RoleReport } from './rights.ts';
