import type { LocationRule } from '../../export/locations.js';

/** The folder of a domain's `.ds` files, as datatrove wrote them. */
export const folderRule: LocationRule = {
  registeredAs: ['nanotron'],
  example: '/data/{domain}',
  what: 'the folder of the tokenized files',
  problem(folder) {
    if (folder !== folder.trim()) return 'begins or ends with a blank';
    if (/[*?[\]]/.test(folder)) return 'holds * ? or [ ], which nanotron takes for a pattern';
    if (/\.(?:ds|index|metadata)$/.test(folder)) return 'is a file, but nanotron wants the folder it lies in';
    return null;
  },
};
