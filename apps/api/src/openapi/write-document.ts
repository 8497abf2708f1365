// Writes the document to the path given: `npm run openapi` keeps apps/api/openapi.json so.
import { writeFileSync } from 'node:fs';
import { openApiDocument } from './document.js';

const path = process.argv[2];
if (path === undefined) {
  process.stderr.write('usage: write-document FILE\n');
  process.exit(2);
}
writeFileSync(path, `${JSON.stringify(openApiDocument(), null, 2)}\n`);
