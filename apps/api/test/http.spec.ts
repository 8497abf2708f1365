import { describe, expect, it } from 'vitest';
import { withApi } from './harness.js';

const api = withApi();

describe('what every route has in common', () => {
  it('answers an unknown route with a problem', async () => {
    const { status, body, headers } = await api.get('/v1/nothing');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({
      type: 'urn:cuvee:problem:route-not-found',
      code: 'route-not-found',
      title: 'Not Found',
    });
  });

  it.each(['{"name": ', '[1,', '"text"', ''])('refuses the body %j', async (text) => {
    const { status, body } = await api.post('/v1/corpora', text, { 'content-type': 'application/json' });
    expect([400, 422]).toContain(status);
    expect(body.code).toMatch(/malformed-json|invalid-request/);
    expect(JSON.stringify(body)).not.toMatch(/node_modules|at .*\.[jt]s:/);
  });

  it('refuses a body of another type', async () => {
    const { status, body } = await api.post('/v1/corpora', 'name=x', { 'content-type': 'text/plain' });
    expect(status).toBe(422);
    expect(body.detail).toContain('Content-Type: application/json');
  });

  it('names the limit of a body that is too large', async () => {
    const { status, body } = await api.post('/v1/sweeps', { name: 'x'.repeat(300_000) });
    expect(status).toBe(413);
    expect(body).toMatchObject({ code: 'body-too-large', title: 'Payload Too Large' });
    expect(body.detail).toContain('262144 bytes');
    expect((await api.post('/v1/corpora', { name: 'x'.repeat(5 << 20) })).body.detail).toContain('4194304 bytes');
  });

  it('cannot be led to another prototype', async () => {
    const { status } = await api.post('/v1/corpora', '{"name":"x","__proto__":{"polluted":1},"domains":[]}');
    expect(status).toBe(422);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('sends protective headers and hides what it runs on', async () => {
    const { headers } = await api.get('/health/live');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('pages within bounds', async () => {
    expect((await api.get('/v1/sweeps?limit=201')).body.errors[0]).toMatchObject({ field: 'limit' });
    expect((await api.get('/v1/sweeps?offset=-1')).status).toBe(422);
    expect((await api.get('/v1/sweeps?page=2')).body.errors[0].message).toContain('allowed are offset, limit');
    expect((await api.get('/v1/sweeps?limit=abc')).status).toBe(422);
  });
});

describe('health, metrics and documentation', () => {
  it('is ready while database and queue answer, and says which one does not', async () => {
    expect((await api.get('/health/ready')).body).toEqual({ status: 'ready', checks: { database: 'ok', queue: 'ok' } });
    api.queue.answers = false;
    try {
      const { status, body } = await api.get('/health/ready');
      expect(status).toBe(503);
      expect(body).toEqual({ status: 'unavailable', checks: { database: 'ok', queue: 'unavailable' } });
      expect((await api.get('/health/live')).status).toBe(200);
    } finally {
      api.queue.answers = true;
    }
  });

  it('counts runs, sweeps and itself for Prometheus', async () => {
    const { text, headers } = await api.get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(text).toMatch(/^cuvee_runs\{state="waiting"\} 0$/m);
    expect(text).toMatch(/^cuvee_queue_up 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^cuvee_http_responses_total\{method="GET",status="2xx"\} \d+$/m);
    for (const line of text.trim().split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.+\})? [\d.e+-]+)$/);
  });

  it('serves its documentation from this machine alone', async () => {
    expect((await api.get('/openapi.json')).body.openapi).toBe('3.1.0');
    const page = await api.get('/docs');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/https?:\/\//);
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect([link, (await api.get(link)).status]).toEqual([link, 200]);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  });
});

describe('without documentation', () => {
  const closed = withApi({ docs: false });
  it('serves neither the page nor the document', async () => {
    expect((await closed.get('/docs')).status).toBe(404);
    expect((await closed.get('/openapi.json')).status).toBe(404);
    expect((await closed.get('/docs/assets/swagger-ui.css')).status).toBe(404);
  });
});
