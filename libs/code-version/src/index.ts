export { codeVersion } from './code-version.js';
