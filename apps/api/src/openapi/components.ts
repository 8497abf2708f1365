import { z } from 'zod';
import * as contracts from '#libs/contracts';

type Json = Record<string, unknown>;
export type Direction = 'input' | 'output';

const prefix = '#/components/schemas/';

/**
 * The contracts as named components. A schema with defaults or conversions has two shapes; where they differ, what the
 * API answers with is named `…Output`. Requests are to be described before answers, so that they get the plain names.
 */
export class Components {
  private readonly names = new Map<z.ZodType, string>();
  private readonly schemas: Record<Direction, Record<string, Json>>;
  private readonly used = new Map<string, Json>();
  private readonly requested = new Set<string>();

  constructor() {
    const registry = z.registry<{ id: string }>();
    for (const [name, value] of Object.entries(contracts)) {
      if (!(value instanceof z.ZodType) || !name.endsWith('Schema')) continue;
      const id = name.charAt(0).toUpperCase() + name.slice(1, -'Schema'.length);
      registry.add(value, { id });
      this.names.set(value, id);
    }
    this.schemas = { input: convert(registry, 'input'), output: convert(registry, 'output') };
  }

  /** A reference for a contract, the schema itself for anything else. */
  describe(schema: z.ZodType, direction: Direction): Json {
    const name = this.names.get(schema);
    return name === undefined ? inline(schema, direction) : { $ref: prefix + this.use(name, direction) };
  }

  /** Those which were described, and those they refer to, by name. */
  all(): Record<string, Json> {
    return Object.fromEntries([...this.used].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private use(id: string, direction: Direction): string {
    const taken = direction === 'output' && this.requested.has(id) && this.differs(id, new Set());
    const name = taken ? `${id}Output` : id;
    if (direction === 'input') this.requested.add(id);
    if (this.used.has(name)) return name;
    this.used.set(name, {});
    this.used.set(
      name,
      mapReferences(this.schemas[direction][id] ?? {}, (target) => this.use(target, direction)),
    );
    return name;
  }

  /** Whether the two shapes differ, in the schema or in anything it refers to. */
  private differs(id: string, seen: Set<string>): boolean {
    if (seen.has(id)) return false;
    seen.add(id);
    const { input, output } = this.schemas;
    if (JSON.stringify(input[id]) !== JSON.stringify(output[id])) return true;
    const targets: string[] = [];
    mapReferences(output[id] ?? {}, (target) => {
      targets.push(target);
      return target;
    });
    return targets.some((target) => this.differs(target, seen));
  }
}

/** Answers may gain fields: a client must not refuse them, so only strict contracts forbid more. */
const settings: Pick<z.core.ToJSONSchemaParams, 'unrepresentable' | 'override'> = {
  unrepresentable: 'any',
  override: ({ zodSchema, jsonSchema }) => {
    const { def } = zodSchema._zod;
    if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
  },
};

export function inline(schema: z.ZodType, direction: Direction): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: direction, ...settings });
  return rest;
}

type Registry = ReturnType<typeof z.registry<{ id: string }>>;

function convert(registry: Registry, io: Direction): Record<string, Json> {
  const { schemas } = z.toJSONSchema(registry, { io, ...settings, uri: (id) => prefix + id });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _id, id: _name, ...schema }]) => [id, schema]),
  );
}

function mapReferences<T>(value: T, rename: (id: string) => string): T {
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, rename)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) =>
      key === '$ref' && typeof entry === 'string' && entry.startsWith(prefix)
        ? [key, prefix + rename(entry.slice(prefix.length))]
        : [key, mapReferences(entry, rename)],
    ),
  ) as T;
}
