export { createLogger, type LogLevel, logLevels } from './create-logger.js';
export { maskUrl } from './mask-url.js';
export { nestLogger } from './nest-logger.js';
