import type { Operations, TensorFlowNamespace } from './operations.js';

export const backendNames = ['tensorflow-gpu', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** A TensorFlow.js backend that was started, and the training operations on it. */
export interface OpenedBackend {
  name: BackendName;
  /** The namespace whose engine the backend is registered in: use no other import of TensorFlow.js with it. */
  tf: TensorFlowNamespace;
  operations: Operations;
  /** Something a reader of a run should know about this backend's speed. */
  note?: string;
}

export interface Backend extends OpenedBackend {
  /** Why each faster backend was not used, and the note. */
  reason: string;
}

export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String((error as { message?: unknown })?.message ?? error);
  return (text.split('\n')[0] ?? '').slice(0, 300);
}
