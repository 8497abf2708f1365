import { UnusableInput } from '../cli.errors.js';
import type { LawTable, ReadFile, ReadLoss } from './law-table.js';
import { isLong, type ReadSettings, readLong } from './read-long.js';
import { readRecords } from './read-records.js';
import { readWide } from './read-wide.js';

export interface ReadFiles {
  readonly file: ReadFile;
  readonly texts: Readonly<Record<string, string>>;
}

/** Reads one or several files of one format and one list of domains. */
export async function readLawFiles(paths: readonly string[], settings: ReadSettings): Promise<ReadFiles> {
  const files: ReadFile[] = [];
  const texts: Record<string, string> = {};
  for (const path of paths) {
    const records = await readRecords(path);
    const file = (isLong(records.header) ? readLong : readWide)(records, settings);
    const [first] = files;
    if (first && (first.format !== file.format || first.domains.join('\0') !== file.domains.join('\0'))) {
      throw new UnusableInput(
        `${path} (${file.format}, ${file.domains.join(', ')}) does not continue ${paths[0]} (${first.format}, ${first.domains.join(', ')})`,
      );
    }
    files.push(file);
    texts[path] = records.text;
  }
  const file: ReadFile = {
    format: files[0]!.format,
    domains: files[0]!.domains,
    losses: files.flatMap(({ losses }) => losses),
    roles: files[0]!.roles,
    notes: files.flatMap(({ notes }) => notes),
  };
  return { file, texts };
}

/** Size and tokens of every loss, or of none: half of the rows without would make two laws of one. */
function allOrNone(losses: readonly ReadLoss[], key: 'size' | 'tokens', hint: string): boolean {
  const known = losses.filter((row) => row[key] !== null).length;
  if (known === 0) return false;
  if (known === losses.length) return true;
  const without = losses.find((row) => row[key] === null)!;
  throw new UnusableInput(
    `run ${without.label} has no ${key === 'size' ? 'number of parameters' : 'training length'}, others have: ${hint}`,
  );
}

export function makeLawTable(file: ReadFile, targets: readonly string[], tokensPerStep: number | undefined): LawTable {
  const chosen = file.losses.filter(({ target }) => targets.includes(target));
  const sizesKnown = allOrNone(chosen, 'size', '--size FILE=PARAMETERS gives it');
  const tokensKnown = allOrNone(chosen, 'tokens', 'a column step or n_tokens gives it');
  const position = new Map<string, number>();
  const labels: string[] = [];
  const mixtures: (readonly number[] | null)[] = [];
  const mixtureOf = chosen.map(({ key, label, weights }) => {
    const known = position.get(key);
    if (known !== undefined) return known;
    position.set(key, labels.length);
    labels.push(label);
    mixtures.push(weights);
    return labels.length - 1;
  });
  const m = file.domains.length;
  return {
    format: file.format,
    domains: file.domains,
    rows: {
      // A mixture that cannot be used stands as uniform; `usable` keeps it out of everything that reads weights.
      mixtures: mixtures.map((weights) => weights ?? new Array<number>(m).fill(1 / m)),
      mixtureOf,
      sizes: chosen.map(({ size }) => size ?? 1),
      tokens: chosen.map(({ tokens }) => tokens ?? 1),
      losses: chosen.map(({ loss }) => loss),
      targets,
      targetOf: chosen.map(({ target }) => targets.indexOf(target)),
    },
    labels,
    usable: mixtures.map((weights) => weights !== null),
    sizesKnown,
    tokensKnown,
    tokenUnit:
      file.roles.some((role) => role.startsWith('training length')) && tokensPerStep === undefined ? 'steps' : 'tokens',
    roles: file.roles,
    notes: file.notes,
  };
}
