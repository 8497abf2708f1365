import type { LocationRule } from '../../export/locations.js';

/** Token files of a domain: one file, or a pattern. OLMo-core takes a path for a pattern when it holds a `*`. */
export const pathRule: LocationRule = {
  registeredAs: ['olmo-core'],
  example: 's3://bucket/{domain}/**/*.npy',
  what: 'the path of the token files',
  patterns: true,
  problem(path) {
    if (path !== path.trim()) return 'begins or ends with a blank';
    if (!path.includes('*') && /[?[\]]/.test(path)) {
      return 'holds ? or [ ], which OLMo-core expands only beside a *: it would look for a file of that name';
    }
    return null;
  },
};
