export { findStack } from './find-stack.js';
export { migrate } from './migrate.js';
export { computeSchemaDifference } from './schema-engine.js';
export { StackError } from './stack.errors.js';
export { type Stack, type StackOptions, startStack } from './start-stack.js';
