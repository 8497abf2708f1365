import { basename } from 'node:path';
import { UnusableInput } from '../cli.errors.js';

const UNITS: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** "70M", "1.5b" and "70e6" as a number of parameters or tokens; NaN for anything else. */
export function parseScale(text: string): number {
  const match = /^(\d+(?:\.\d+)?(?:e\+?\d+)?)([KMBT])?$/i.exec(text.trim());
  if (!match) return Number.NaN;
  return Number(match[1]) * (match[2] ? UNITS[match[2].toUpperCase()]! : 1);
}

/** Parses an option that must be a positive number, with or without a unit. */
export function scaleOption(name: string): (text: string) => number {
  return (text) => {
    const value = parseScale(text);
    if (value > 0) return value;
    throw new UnusableInput(`${name} must be a positive number such as 410M, 1.2B or 3e9; got "${text}"`);
  };
}

/** `--size LABEL=VALUE`, repeated. */
export function collectSizes(text: string, earlier: Map<string, number> = new Map()): Map<string, number> {
  const at = text.lastIndexOf('=');
  const value = at > 0 ? parseScale(text.slice(at + 1)) : Number.NaN;
  if (!(value > 0)) {
    throw new UnusableInput(`--size must be LABEL=PARAMETERS, such as 70M=18.9e6 or runs.csv=302M; got "${text}"`);
  }
  return new Map(earlier).set(text.slice(0, at), value);
}

const LABEL = /(?:^|[_\-./ ])(\d+(?:\.\d+)?[KMB])(?=$|[_\-./ ])/i;

/**
 * Parameters of a run: of --size for its file or its size's label, else the label itself. The label stands in the
 * size column, in the run's name ("70M_RP_3") or in the file's name ("3Mix_410M.csv"). Null when there is none.
 */
export function findSize(
  sizes: ReadonlyMap<string, number>,
  path: string,
  cell: string | null,
  run: string,
): number | null {
  // "Qwen2.5-0.5B" names its size as runs do.
  const written = cell === null || sizes.has(cell) || parseScale(cell) > 0 ? cell : (LABEL.exec(cell)?.[1] ?? cell);
  const label = written ?? LABEL.exec(run)?.[1] ?? LABEL.exec(basename(path))?.[1] ?? null;
  const told = (label === null ? undefined : sizes.get(label)) ?? sizes.get(path) ?? sizes.get(basename(path));
  if (told !== undefined) return told;
  if (label === null) return null;
  const value = parseScale(label);
  return value > 0 ? value : null;
}
