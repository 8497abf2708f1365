import { z } from 'zod';
import type { CommandParameters } from '#libs/contracts';

const number = z.number();
const shared = { minimum: number.optional(), maximum: number.optional() };
const values = <T extends z.ZodType>(value: T) => ({
  allowed: z.array(value).min(1).optional(),
  default: value.optional(),
});

/** What one parameter may be. Without a default a sweep must give it. */
export const parameterRuleSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('number'), ...shared, ...values(number) }),
    z.strictObject({ type: z.literal('integer'), ...shared, ...values(z.number().int()) }),
    z.strictObject({ type: z.literal('boolean'), default: z.boolean().optional() }),
    z.strictObject({ type: z.literal('string'), ...values(z.string().max(1000)) }),
  ])
  .superRefine((rule, context) => {
    const fault = rule.default === undefined ? null : faultOf(rule, rule.default);
    if (fault !== null) context.addIssue({ code: 'custom', path: ['default'], message: `must be ${fault}` });
  });
export type ParameterRule = z.infer<typeof parameterRuleSchema>;
export type ParameterRules = Readonly<Record<string, ParameterRule>>;

export type CheckedParameters =
  | { ok: true; parameters: Record<string, number | boolean | string> }
  /** Names each parameter that cannot be used, its value and what is allowed. */
  | { ok: false; message: string };

/** A sweep's values against the trainer's declaration, completed with its defaults. */
export function checkParameters(rules: ParameterRules, given: CommandParameters): CheckedParameters {
  const parameters: Record<string, number | boolean | string> = {};
  const faults: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (Object.hasOwn(rules, name)) continue;
    const known = Object.keys(rules).join(', ') || 'none';
    faults.push(`parameter "${name}" (${JSON.stringify(value)}) is unknown; this trainer takes: ${known}`);
  }
  for (const [name, rule] of Object.entries(rules)) {
    const value = Object.hasOwn(given, name) ? given[name] : rule.default;
    if (value === undefined) {
      faults.push(`parameter "${name}" is missing; it must be ${describe(rule)}`);
      continue;
    }
    const fault = faultOf(rule, value);
    if (fault === null) parameters[name] = value;
    else faults.push(`parameter "${name}" must be ${fault}, got ${JSON.stringify(value)}`);
  }
  return faults.length === 0 ? { ok: true, parameters } : { ok: false, message: faults.join('; ') };
}

/** What the value should have been; null when it is that. */
function faultOf(rule: ParameterRule, value: number | boolean | string): string | null {
  return fits(rule, value) ? null : describe(rule);
}

function fits(rule: ParameterRule, value: number | boolean | string): boolean {
  if (rule.type === 'boolean') return typeof value === 'boolean';
  if (rule.type === 'string') return typeof value === 'string' && (rule.allowed?.includes(value) ?? true);
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (rule.type === 'integer' && !Number.isSafeInteger(value)) return false;
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, allowed } = rule;
  return value >= minimum && value <= maximum && (allowed?.includes(value) ?? true);
}

function describe(rule: ParameterRule): string {
  if (rule.type === 'boolean') return 'true or false';
  const kind = { number: 'a number', integer: 'an integer', string: 'a string' }[rule.type];
  const parts: string[] = [kind];
  if (rule.allowed) parts.push(`one of ${rule.allowed.map((value) => JSON.stringify(value)).join(', ')}`);
  if (rule.type !== 'string') {
    if (rule.minimum !== undefined) parts.push(`at least ${rule.minimum}`);
    if (rule.maximum !== undefined) parts.push(`at most ${rule.maximum}`);
  }
  return parts.join(', ');
}
