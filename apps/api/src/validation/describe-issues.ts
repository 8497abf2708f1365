import { z } from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;
type Issue = z.core.$ZodIssue;

/** Every issue as field, value and what is allowed: `strategy.runs: too small: expected number to be >=8; got 1`. */
export function describeIssues(
  issues: readonly Issue[],
  value: unknown,
  schema: z.ZodType,
): { field: string; message: string }[] {
  return issues.slice(0, 100).flatMap((issue) => describe(issue, value, schema));
}

function describe(issue: Issue, value: unknown, schema: z.ZodType): { field: string; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = fieldsAt(schema, issue.path);
    const tail = allowed.length > 0 ? `; allowed are ${allowed.join(', ')}` : '';
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key]), message: `unknown field${tail}` }));
  }
  if (issue.code === 'invalid_union') {
    const meant = branchMeant(issue.errors);
    if (meant) {
      return meant.flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }, value, schema));
    }
  }
  const field = fieldName(issue.path);
  const given = valueAt(value, issue.path);
  if (issue.code === 'invalid_key') {
    const why = issue.issues.map(({ message }) => message).join(', ');
    return [{ field, message: `cannot be used as a name: ${why}` }];
  }
  if (issue.code === 'invalid_type' && given === undefined) {
    const expected =
      issue.path.length === 0
        ? 'a JSON body with Content-Type: application/json'
        : `${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    return [{ field, message: `missing: expected ${expected}` }];
  }
  return [{ field, message: `${lowerFirst(issue.message.replace(/, received .*$/, ''))}; got ${show(given)}` }];
}

/** Of a union of objects told apart by their name: the issues of the one whose name fits, else of the first. */
function branchMeant(errors: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const objects = errors.filter((issues) => issues.every(({ path }) => path.length > 0));
  return objects.find((issues) => issues.every(({ path }) => path[0] !== 'name')) ?? objects[0];
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? (part as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Names of the fields that the schema knows at a path, over all branches of unions. */
function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let level: JsonSchema[] = branches(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  for (const key of path) level = level.flatMap((part) => branches(child(part, key)));
  return [...new Set(level.flatMap((part) => Object.keys(part.properties ?? {})))];
}

function branches(schema: unknown): JsonSchema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { anyOf, oneOf, allOf } = schema as JsonSchema;
  return [schema as JsonSchema, ...[anyOf, oneOf, allOf].flatMap((list) => (list ?? []).flatMap(branches))];
}

function child(schema: JsonSchema, key: PropertyKey): unknown {
  if (typeof key === 'number') return schema.items;
  return schema.properties?.[String(key)] ?? schema.additionalProperties;
}
