import { describe, expect, it } from 'vitest';
import type { FailureClass } from '#libs/contracts';
import { classifyExit, type ProgramExit } from './failure-class.js';

const exit = (changes: Partial<ProgramExit>): ProgramExit => ({
  code: 1,
  signal: null,
  atOnce: false,
  stderr: '',
  garbage: 0,
  ...changes,
});

describe('a program that ended without a result', () => {
  it.each<[FailureClass, Partial<ProgramExit>]>([
    ['out-of-memory', { stderr: 'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB' }],
    ['out-of-memory', { stderr: 'XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate' }],
    ['out-of-memory', { stderr: "terminate called after throwing an instance of 'std::bad_alloc'", signal: 'SIGABRT' }],
    ['out-of-memory', { stderr: "RuntimeError: DefaultCPUAllocator: can't allocate memory: you tried to" }],
    ['out-of-memory', { stderr: 'FATAL ERROR: Reached heap limit - JavaScript heap out of memory', code: 134 }],
    ['out-of-memory', { stderr: 'Traceback:\nMemoryError' }],
    ['out-of-memory', { code: 137 }],
    ['out-of-memory', { signal: 'SIGKILL', code: null }],
    ['infrastructure', { stderr: 'RuntimeError: CUDA error: uncorrectable ECC error encountered' }],
    ['infrastructure', { stderr: 'RuntimeError: CUDA error: all CUDA-capable devices are busy or unavailable' }],
    ['infrastructure', { stderr: 'RuntimeError: NCCL error in: ProcessGroupNCCL.cpp:1269' }],
    ['infrastructure', { stderr: 'OSError: [Errno 28] No space left on device' }],
    ['infrastructure', { stderr: 'CUDA driver version is insufficient for CUDA runtime version' }],
    ['infrastructure', { code: 75, stderr: 'later, please' }],
    ['infrastructure', { code: 127 }],
    ['infrastructure', { atOnce: true, stderr: 'ImportError: no module named torch' }],
    ['data', { code: 65, stderr: 'MemoryError is not what counts here' }],
    ['configuration', { code: 78 }],
    ['internal', { stderr: 'ZeroDivisionError: division by zero' }],
    ['internal', { code: 0, atOnce: true }],
    ['internal', { code: 139 }],
  ])('counts as %s: %o', (expected, changes) => {
    expect(classifyExit(exit(changes)).class).toBe(expected);
  });

  it('says how it ended, what it said last, and how much of its output was no message', () => {
    const { message } = classifyExit(exit({ code: 139, stderr: 'first\nlast words\n', garbage: 3 }));
    expect(message).toBe('ended without a result (SIGSEGV); 3 lines of output were no messages: last words');
  });

  it('blames the run, not the worker, for data and parameters alone', () => {
    const blamed = [65, 75, 78, 1].map((code) => classifyExit(exit({ code })).saidByTrainer);
    expect(blamed).toEqual([true, false, true, false]);
  });
});
