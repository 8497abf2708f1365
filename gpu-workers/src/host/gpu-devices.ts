import { gpuNames } from './gpu-names.js';

/** A comma-separated list as CUDA_VISIBLE_DEVICES has it; like CUDA, it ends at the first entry that names no device. */
export function parseDevices(list: string): string[] {
  const entries = list.split(',').map((entry) => entry.trim());
  const end = entries.findIndex((entry) => entry === '' || entry === 'NoDevFiles' || /^-\d+$/.test(entry));
  return end === -1 ? entries : entries.slice(0, end);
}

/** The devices this worker may use: those it was given, else all that nvidia-smi lists, by number. */
export async function findDevices(given: readonly string[] | undefined): Promise<readonly string[]> {
  return given ?? (await gpuNames()).map((_, index) => String(index));
}
