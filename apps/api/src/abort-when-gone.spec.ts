import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { abortWhenGoneOrLate } from './abort-when-gone.js';

const answer = () => Object.assign(new EventEmitter(), { writableFinished: false }) as unknown as ServerResponse;

it('gives up what is late, and says what to do instead', async () => {
  const signal = abortWhenGoneOrLate(answer(), 0.01, 'Ask for less.');
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  expect(signal.reason).toMatchObject({
    status: 422,
    code: 'too-slow',
    message: expect.stringMatching(/Ask for less/),
  });
});

it('gives up when the client goes away, and not when the answer was sent', () => {
  const [left, sent] = [answer(), answer()];
  const [gone, done] = [left, sent].map((response) => abortWhenGoneOrLate(response, 60, ''));
  left.emit('close');
  expect(gone!.reason.message).toBe('the client went away');
  Object.assign(sent, { writableFinished: true });
  sent.emit('close');
  expect(done!.aborted).toBe(false);
});
