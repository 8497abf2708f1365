import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import type { MigrationList, SchemaEngine, SchemasContainer } from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { projectRoot } from './project-root.js';

/** Prisma looks after every table of these schemas; BullMQ's lie in a schema of their own. */
const filters = { externalTables: [], externalEnums: [] };

// Node has it; the type libraries used here do not.
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: object } }>;
};

let engineClass: Promise<typeof SchemaEngine> | undefined;

// The package's own entry imports the .wasm file as a module, which Node does not do without a flag.
async function loadEngineClass(): Promise<typeof SchemaEngine> {
  const bindings = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  // Where the engine tells what went wrong before it aborts.
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => process.emitWarning(message, 'SchemaEngine') },
  });
  const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
  const bytes = await readFile(join(dirname(entry), 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': withIdleTimers(bindings) });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
  return bindings.SchemaEngine;
}

/** The engine leaves a timer of ten seconds behind, which would keep a process alive that has nothing more to do. */
function withIdleTimers(bindings: object): object {
  const functions = Object.entries(bindings).map(([name, bound]) => {
    if (!name.startsWith('__wbg_setTimeout_')) return [name, bound];
    const idle = (...parameters: unknown[]) => (bound(...parameters) as NodeJS.Timeout).unref();
    return [name, idle];
  });
  return Object.fromEntries(functions);
}

/**
 * The engine reads PostgreSQL's catalogue and expects its one-byte type "char" as a character, but the adapter does not
 * know that type (7.10.1). This client announces such a column as an array of characters, which the adapter knows,
 * and the adapter below gives the engine the column type it expects. The values themselves are left as they are.
 */
class CatalogueClient extends pg.Client {
  // The pool and the adapter call this with a callback or without; pg returns nothing in the first case.
  override query(...parameters: unknown[]): never {
    const done = parameters.at(-1);
    const query = super.query as (...all: unknown[]) => unknown;
    if (typeof done === 'function') {
      const marked = (error: unknown, result?: pg.QueryResult) => done(error, result && markCharacters(result));
      return query.call(this, ...parameters.slice(0, -1), marked) as never;
    }
    return (query.call(this, ...parameters) as Promise<pg.QueryResult>).then(markCharacters) as never;
  }
}

const characterArray = 1002;

function markCharacters(result: pg.QueryResult): pg.QueryResult {
  for (const field of result.fields ?? []) {
    if (field.dataTypeID === pg.types.builtins.CHAR) field.dataTypeID = characterArray;
  }
  return result;
}

class CatalogueAdapter extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      const { CharacterArray, Character } = ColumnTypeEnum;
      return { ...result, columnTypes: result.columnTypes.map((type) => (type === CharacterArray ? Character : type)) };
    };
    return adapter;
  }
}

async function withEngine<T>(databaseUrl: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  engineClass ??= loadEngineClass();
  const Engine = await engineClass;
  const schema = await loadSchema();
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 2,
    connectionTimeoutMillis: 10_000,
    Client: CatalogueClient,
  } as pg.PoolConfig);
  pool.on('error', () => undefined);
  try {
    const engine = await Engine.new(
      { datamodels: schema.files.map((file) => [file.path, file.content]) },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(new CatalogueAdapter(pool)),
    );
    try {
      return await work(engine);
    } finally {
      engine.free();
    }
  } finally {
    await pool.end();
  }
}

async function loadSchema(): Promise<SchemasContainer> {
  const path = join(projectRoot(), 'prisma', 'schema.prisma');
  return { files: [{ path, content: await readFile(path, 'utf8') }] };
}

/** Applies those of `migrations` that the database lacks, in order; returns their names. */
export function applyMigrations(databaseUrl: string, migrations: MigrationList): Promise<string[]> {
  return withEngine(databaseUrl, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: migrations, filters });
    return appliedMigrationNames;
  });
}

/** The SQL that turns the database as it is into prisma/schema.prisma; empty when nothing differs. */
export function computeSchemaDifference(databaseUrl: string): Promise<string> {
  return withEngine(databaseUrl, async (engine) => {
    const schema = await loadSchema();
    const { stdout } = await engine.diff({
      // The database that the engine's adapter is connected to.
      from: { tag: 'schemaDatasource', configDir: projectRoot(), ...schema },
      to: { tag: 'schemaDatamodel', ...schema },
      script: true,
      exitCode: null,
      filters,
    });
    const script = stdout ?? '';
    return /^\s*(--[^\n]*\s*)*$/.test(script) ? '' : script;
  });
}
