// Where load_dataset of Hugging Face `datasets` finds a source: a data set of the Hub with configuration and split, a
// folder, or data files.
import type { LocationRule } from './locations.js';
import type { OptionDescriptions } from './options.js';

export interface HubDataset {
  /** A data set of the Hub, a folder, or the name of the loader for `dataFiles`. */
  readonly path: string;
  readonly config?: string;
  readonly split: string;
  readonly dataFiles?: string;
}

const SUFFIX = /\.(?:(jsonl?|ndjson)|(csv)|(parquet)|(arrow)|(txt))(?:\.(?:gz|bz2|xz|zst))?$/i;
const LOADERS = ['json', 'csv', 'parquet', 'arrow', 'text'] as const;
const FORM = /^([^:]*)(?::([^:]*)(?::(.+))?)?$/u;
/** A name on the Hub, with or without the organisation. */
const HUB_NAME = /^[\w.-]+(?:\/[\w.-]+)?$/;
/** What `datasets` allows in the name of a configuration. */
const CONFIG = /^[^<>:/\\|?*]*$/;

/** What load_dataset calls the loader of a data file; null for what is no data file. */
export function dataFileLoader(location: string): (typeof LOADERS)[number] | null {
  const match = SUFFIX.exec(location);
  return match ? LOADERS[match.slice(1).findIndex((part) => part !== undefined)]! : null;
}

/**
 * `org/web`, `org/web:config`, `org/web:config:split`, `org/web::split`, a folder, or data files by their ending
 * (`/data/web/*.jsonl`), which may also be URLs. A folder begins with / or ./ and is taken as it stands.
 */
export function hubLocation(registeredAs: readonly string[]): LocationRule {
  return {
    registeredAs,
    example: 'org/{domain}, org/corpus:{domain} or /data/{domain}.jsonl',
    what: 'the data set',
    // load_dataset expands *, ? and [ ] in data files, and looks into folders by such patterns.
    patterns: true,
    problem(location) {
      if (location.trim() !== location) return 'begins or ends with white space';
      if (dataFileLoader(location) !== null) return null;
      if (location.includes('://')) return 'is a URL, which load_dataset takes of data files alone, such as *.parquet';
      if (isFolder(location)) {
        return /[*?[\]]/.test(location) ? 'is a folder with *, ? or [ ] in its path, which load_dataset expands' : null;
      }
      const [, path, config = '', split = ''] = FORM.exec(location) ?? [];
      if (path === undefined || !HUB_NAME.test(path)) {
        return 'is no name on the Hub, organisation/name of letters, digits, -, _ and . (a folder begins with / or ./)';
      }
      if (!CONFIG.test(config) || config.trim() !== config) return 'has no legal configuration after the colon';
      if (location.endsWith(':') || split.trim() !== split) return 'has no legal configuration or split after a colon';
      return null;
    },
  };
}

function isFolder(location: string): boolean {
  return /^(?:\/|\.\.?\/|~\/)/.test(location);
}

/** The parts of a legal location. Data files have one split, train. @param split where the location has none */
export function hubDataset(location: string, split: string): HubDataset {
  const loader = dataFileLoader(location);
  if (loader) return { path: loader, dataFiles: location, split: 'train' };
  if (isFolder(location)) return { path: location, split };
  const [, path, config, own] = FORM.exec(location)!;
  return { path: path!, ...(config ? { config } : {}), split: own ?? split };
}

/** A location without what it need not say, so that two ways to write one data set are one key. */
export function canonicalHubLocation(location: string, split: string): string {
  const { path, config, split: own, dataFiles } = hubDataset(location, split);
  if (dataFiles !== undefined) return dataFiles;
  if (own !== split) return `${path}:${config ?? ''}:${own}`;
  return config === undefined ? path : `${path}:${config}`;
}

export const hubOptions = {
  location: {
    kind: 'text',
    description:
      'Where the domains lie, {domain} standing for the name: a data set of the Hub with configuration and split ' +
      '(org/{domain}, org/corpus:{domain}, org/corpus:{domain}:validation), a folder, or data files (/data/{domain}/*.jsonl)',
  },
  split: { kind: 'text', description: 'Split of each data set whose location names none', default: 'train' },
} satisfies OptionDescriptions;
