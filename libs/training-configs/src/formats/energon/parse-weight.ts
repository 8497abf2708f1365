// A weight of Megatron-Energon: a number, or a schedule over the batches of a rank.
// NVIDIA/Megatron-Energon src/megatron/energon/weights.py 00686fb; not in every release.
import { type YamlValue, yamlEntries } from '../../reading/python-yaml.js';
import type { Finding } from '../../reading/reading.js';

export interface EnergonWeight {
  /** Batches at which it is given, with what it is there; one at 0 for a constant. Empty where it cannot be read. */
  readonly points: readonly (readonly [batch: number, weight: number])[];
  /** What it is at a batch; null where it cannot be read. */
  at(batch: number): number | null;
}

const UNREAD: EnergonWeight = { points: [], at: () => null };

export function readEnergonWeight(
  value: YamlValue | undefined,
  mode: 'blend' | 'blend_epochized',
  where: string,
  findings: Finding[],
): EnergonWeight {
  const say = (level: Finding['level'], at: string, message: string) => findings.push({ level, where: at, message });
  if (value === undefined) {
    say('warning', where, 'is missing, which Energon takes for 1');
    return constant(1);
  }
  if (typeof value === 'number') {
    if (value > 0 && Number.isFinite(value)) return constant(value);
    say('error', where, `is ${value}; it must be above 0 and finite`);
    return value === 0 ? constant(0) : UNREAD;
  }
  if (typeof value === 'boolean') {
    say('warning', where, `is ${value}, which Python takes for ${Number(value)}`);
    return constant(Number(value));
  }
  if (mode === 'blend' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return readSchedule(value as { readonly [key: string]: YamlValue }, where, findings);
  }
  const hint = typeof value === 'string' && /e/i.test(value) ? '; write it with decimals, not as an exponent' : '';
  say('error', where, `is ${JSON.stringify(value)}, which is no number to Energon${hint}`);
  return UNREAD;
}

function readSchedule(value: { readonly [key: string]: YamlValue }, where: string, findings: Finding[]): EnergonWeight {
  const fail = (message: string): EnergonWeight => {
    findings.push({ level: 'error', where, message });
    return UNREAD;
  };
  const [[kind, points] = ['', null], ...rest] = Object.entries(value);
  if (rest.length > 0 || (kind !== 'step' && kind !== 'linear'))
    return fail('is a map without one key, step or linear');
  if (typeof points !== 'object' || points === null || Array.isArray(points)) return fail(`${kind} has no points`);
  const read = yamlEntries(points as { readonly [key: string]: YamlValue })
    .map(([at, weight]) => [Number(at), weight] as const)
    .sort(([a], [b]) => a - b);
  if (read.length === 0) return fail(`${kind} has no points`);
  for (const [at, weight] of read) {
    if (!Number.isInteger(at) || at < 0) return fail(`has the point ${at}; batches are whole numbers from 0`);
    if (typeof weight !== 'number' || !(weight >= 0) || !Number.isFinite(weight)) {
      return fail(`is ${JSON.stringify(weight)} at ${at}; it must be finite and not negative`);
    }
  }
  const known = read as (readonly [number, number])[];
  const message = 'is a schedule, which only releases of Energon with scheduled weights read';
  findings.push({ level: 'note', where, message });
  return { points: known, at: (batch) => (kind === 'step' ? stepAt(known, batch) : linearAt(known, batch)) };
}

function constant(weight: number): EnergonWeight {
  return { points: [[0, weight]], at: () => weight };
}

function stepAt(points: EnergonWeight['points'], batch: number): number {
  return (points.findLast(([at]) => at <= batch) ?? points[0]!)[1];
}

function linearAt(points: EnergonWeight['points'], batch: number): number {
  const next = points.findIndex(([at]) => at > batch);
  if (next === -1) return points.at(-1)![1];
  if (next === 0) return points[0]![1];
  const [[x0, y0], [x1, y1]] = [points[next - 1]!, points[next]!];
  return y0 + ((batch - x0) / (x1 - x0)) * (y1 - y0);
}
