import { type FittedTargets, restoreTarget, type TargetFitRecord } from '#libs/surrogates';

/** Fitted targets as plain JSON: what threads hand over and the store keeps. */
export type FittedTargetRecords = Readonly<Record<string, TargetFitRecord>>;

/** The fits that the records describe: they predict the very same numbers. */
export function restoreTargets(records: FittedTargetRecords): FittedTargets {
  return Object.fromEntries(Object.entries(records).map(([target, record]) => [target, restoreTarget(record)]));
}
