import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UnusableInput } from './cli.errors.js';

/** The folder that holds the embedded database, logs and, unless told otherwise, the workers' data. */
export function homeFolder(option?: string): string {
  return resolve(option ?? process.env.CUVEE_HOME ?? '.cuvee');
}

/** The folder below which the domains' sources lie. */
export function dataFolder(home: string, option?: string): string {
  return resolve(option ?? process.env.CUVEE_DATA ?? join(home, 'data'));
}

/** While `up` runs, this file in the home folder names its address: other commands find it whatever its port. */
export function addressFile(home: string): string {
  return join(home, 'api.url');
}

export function apiUrl(option?: string): string {
  const chosen =
    option ?? process.env.CUVEE_URL ?? runningUrl() ?? `http://127.0.0.1:${process.env.CUVEE_PORT ?? 8400}`;
  if (!URL.canParse(chosen) || !/^https?:$/.test(new URL(chosen).protocol)) {
    throw new UnusableInput(`"${chosen}" is not an http address of a Cuvée API (--url or CUVEE_URL)`);
  }
  return chosen.replace(/\/+$/, '');
}

function runningUrl(): string | undefined {
  const file = addressFile(homeFolder());
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8').trim();
  return URL.canParse(text) ? text : undefined;
}

/** Parses an option that must be a whole number of at least `least`. */
export function wholeNumber(name: string, least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const interval = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `in [${least}, ${most}]`;
      throw new UnusableInput(`${name} must be a whole number ${interval}, got "${text}"`);
    }
    return value;
  };
}
