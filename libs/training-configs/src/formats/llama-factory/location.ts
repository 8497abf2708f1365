import { dataFileLoader } from '../../export/hub-location.js';
import type { LocationRule } from '../../export/locations.js';

/** OmegaConf, which reads LLaMA-Factory's files, would put something else in the place of these. */
function omegaConfProblem(text: string): string | null {
  if (text.includes('${')) return 'contains ${, which OmegaConf takes for a reference';
  return text === '???' ? 'is what OmegaConf takes for a missing value' : null;
}

/** v0: a name in dataset_info.json, one of several between commas. */
export const registeredNameRule: LocationRule = {
  registeredAs: ['llama-factory'],
  example: '{domain}',
  what: 'the name in dataset_info.json',
  fallback: '{domain}',
  problem(name) {
    if (name.includes(',')) return 'contains a comma, where LLaMA-Factory splits the names of data sets';
    if (name.trim() !== name) return 'begins or ends with white space, which LLaMA-Factory cuts off';
    return omegaConfProblem(name);
  },
};

/** v1: a data set of the Hub, or with `source: local` a file or folder. */
export const dataSetRule: LocationRule = {
  registeredAs: ['llama-factory-v1', 'huggingface'],
  example: 'org/{domain} or /data/{domain}.jsonl',
  what: 'the data set',
  problem(location) {
    if (location.trim() !== location) return 'begins or ends with white space';
    if (/[*?[]/.test(location)) return 'holds a wildcard, but v1 reads one file, a folder, or a data set of the Hub';
    if (!isLocal(location) && location.includes(':')) {
      return 'has a colon, but v1 passes neither a configuration nor a URL to load_dataset';
    }
    return omegaConfProblem(location);
  },
};

/** Whether v1 must be told `source: local`. */
export function isLocal(location: string): boolean {
  return /^(?:\/|\.\.?\/)/.test(location) || dataFileLoader(location) !== null;
}
