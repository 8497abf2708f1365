import { codeVersion } from '#libs/code-version';
import { buildDocument } from './build-document.js';
import { controllers } from './controllers.js';

/** The document of this version of the API, as `apps/api/openapi.json` keeps it. */
export function openApiDocument(): Record<string, unknown> {
  return buildDocument(controllers, codeVersion());
}
