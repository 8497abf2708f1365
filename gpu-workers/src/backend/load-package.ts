import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Loads one of TensorFlow.js' packages by require, not import: they are large CommonJS bundles, and Node's import
 * would first scan them for export names: 130 ms instead of 36 at the start of every run. Either way they share one
 * instance of tfjs-core.
 */
export function loadPackage<Module>(name: string): Module {
  return require(name) as Module;
}

/** The file that `require(name)` would load. */
export function resolvePackage(name: string): string {
  return require.resolve(name);
}
