import { z } from 'zod';
import {
  type Lease,
  type LeaseHeartbeatAnswer,
  type LeaseRequestInput,
  leasedSchema,
  leaseHeartbeatAnswerSchema,
  type Problem,
  problemSchema,
  type WorkerSnapshot,
} from '#libs/contracts';
import { ReportRefused } from '#libs/sweeps';

export interface PullAddress {
  /** http or https, with the path prefix under which a proxy serves the API, if any. */
  pullUrl: string;
  /** Sent as a bearer token. */
  token?: string | undefined;
}

/** The API has decided about the attempt: whatever else is said of it is refused. */
export class LeaseIsOver extends Error {
  override readonly name = 'LeaseIsOver';
}

/** The API could not be reached, or answered with something that may be different next time. */
export class ApiTrouble extends Error {
  override readonly name = 'ApiTrouble';

  constructor(
    message: string,
    /** What the answer asked for; null when it did not say. */
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Answers to a report that would be the same to the same report. */
const final = new Set([400, 413, 415, 422]);
const answerMs = 15_000;
const longestRetryAfterMs = 300_000;

/** The leases of the REST interface, from the worker's side. Every answer is parsed with its contract. */
export class LeaseClient {
  readonly #base: string;

  constructor(private readonly address: PullAddress) {
    this.#base = address.pullUrl.replace(/\/+$/, '');
  }

  /** Null when there was nothing to do. Rejects with ApiTrouble, or with the reason of `cut`. */
  async lease(request: LeaseRequestInput, cut: AbortSignal): Promise<Lease | null> {
    const within = (request.waitSeconds ?? 0) * 1000 + answerMs;
    const answer = await this.#send('POST', '/v1/leases', request, within, cut);
    return answer === null ? null : parse(leasedSchema, answer).lease;
  }

  async heartbeat(leaseId: string, workerId: string): Promise<LeaseHeartbeatAnswer> {
    const answer = await this.#send('POST', `/v1/leases/${leaseId}/heartbeat`, { workerId });
    return parse(leaseHeartbeatAnswerSchema, answer);
  }

  /** Rejects with LeaseIsOver, ReportRefused or ApiTrouble. */
  async tell(leaseId: string, what: 'report' | 'complete' | 'fail' | 'release', body: object): Promise<void> {
    await this.#send('POST', `/v1/leases/${leaseId}/${what}`, body);
  }

  async putWorker(worker: WorkerSnapshot): Promise<void> {
    await this.#send('PUT', `/v1/workers/${encodeURIComponent(worker.id)}`, worker);
  }

  async #send(
    method: string,
    path: string,
    body: object,
    withinMs = answerMs,
    cut?: AbortSignal,
  ): Promise<unknown | null> {
    const ended = new AbortController();
    const end = (): void => ended.abort();
    const timer = setTimeout(() => ended.abort(new Error('no answer in time')), withinMs);
    cut?.addEventListener('abort', end, { once: true });
    let response: Response;
    let text: string;
    try {
      cut?.throwIfAborted();
      response = await fetch(this.#base + path, {
        method,
        headers: {
          accept: 'application/json',
          'content-type': 'application/json',
          ...(this.address.token === undefined ? {} : { authorization: `Bearer ${this.address.token}` }),
        },
        body: JSON.stringify(body),
        // A redirect would carry the token to another place, and turn a POST into a GET.
        redirect: 'error',
        signal: ended.signal,
      });
      text = await response.text();
    } catch (error) {
      cut?.throwIfAborted();
      throw new ApiTrouble(`${this.#base} cannot be reached: ${whyOf(error)}`, null, { cause: error });
    } finally {
      clearTimeout(timer);
      cut?.removeEventListener('abort', end);
    }
    if (response.status === 204) return null;
    if (response.ok) return readJson(text);
    throw problemOf(response, text, `${this.#base}${path}`);
  }
}

function parse<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ApiTrouble(`the answer is none of this version of Cuvée: ${z.prettifyError(parsed.error).slice(0, 500)}`);
}

function problemOf(response: Response, text: string, url: string): Error {
  const { success, data } = problemSchema.safeParse(readJson(text));
  const problem: Pick<Problem, 'code' | 'detail'> = success ? data : { code: '', detail: text.slice(0, 300) };
  if (problem.code === 'lease-stale') return new LeaseIsOver(problem.detail);
  const message = `${url} answered ${response.status}: ${problem.detail}`;
  // A proxy may answer in the API's place: only the API's own word is final.
  if (success && final.has(response.status)) return new ReportRefused(message);
  return new ApiTrouble(message, retryAfter(response.headers.get('retry-after')));
}

/** Seconds or a date, as RFC 9110 has it. */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  const milliseconds = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(milliseconds) ? Math.min(longestRetryAfterMs, Math.max(0, milliseconds)) : null;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing; its cause does. */
function whyOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
