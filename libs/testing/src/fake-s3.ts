import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Request {
  method: string;
  /** Without the bucket; empty for a listing. */
  key: string;
  body: Buffer;
}

/** What becomes of a request; `undefined`: as it should. `cut`: the connection ends without an answer. */
export type S3Fault = 'cut' | { status: number; code: string } | undefined;

const keysOfPage = 3;

/**
 * One bucket over HTTP, as much of the protocol as storing, reading, listing and deleting objects takes. Refuses
 * requests that are not signed with its access key. A test decides with `fault` what goes wrong, and may wait in it:
 * the object is stored only after that.
 */
export class FakeS3 {
  readonly bucket = 'bucket';
  readonly accessKey = 'AKIATEST';
  readonly objects = new Map<string, { body: Buffer; modified: Date }>();
  readonly requests: S3Request[] = [];
  fault: (request: S3Request) => S3Fault | Promise<S3Fault> = () => undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<FakeS3> {
    const fake = new FakeS3();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** What a program needs in its environment to use it. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: this.accessKey,
      AWS_SECRET_ACCESS_KEY: 'test-secret',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  keys(): string[] {
    return [...this.objects.keys()].sort();
  }

  /** Resolves when it no longer listens and every connection is cut. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://localhost');
    const [, bucket, ...path] = decodeURIComponent(url.pathname).split('/');
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const request = { method: message.method ?? '', key: path.join('/'), body: Buffer.concat(chunks) };
    this.requests.push(request);
    const signature =
      /^AWS4-HMAC-SHA256 Credential=(\w+)\/\d{8}\/[\w-]+\/s3\/aws4_request, SignedHeaders=[\w;-]*host[\w;-]*, Signature=[0-9a-f]{64}$/;
    if (signature.exec(message.headers.authorization ?? '')?.[1] !== this.accessKey) {
      return refuse(response, 403, 'AccessDenied');
    }
    if (bucket !== this.bucket) return refuse(response, 404, 'NoSuchBucket');
    const fault = await this.fault(request);
    if (fault === 'cut') return void response.destroy();
    if (fault) return refuse(response, fault.status, fault.code);
    switch (request.method) {
      case 'PUT':
        this.objects.set(request.key, { body: request.body, modified: new Date() });
        response.setHeader('ETag', '"0"').end();
        return;
      case 'DELETE':
        this.objects.delete(request.key);
        response.writeHead(204).end();
        return;
      case 'GET': {
        if (request.key === '') return this.#list(url.searchParams, response);
        const object = this.objects.get(request.key);
        if (!object) return refuse(response, 404, 'NoSuchKey');
        response.setHeader('Content-Length', object.body.length).end(object.body);
        return;
      }
      default:
        refuse(response, 405, 'MethodNotAllowed');
    }
  }

  /** In pages, so that whoever forgets to ask for the next one is found out. */
  #list(query: URLSearchParams, response: ServerResponse): void {
    const after = query.get('continuation-token') ?? '';
    const prefix = query.get('prefix') ?? '';
    const keys = this.keys().filter((key) => key.startsWith(prefix) && key > after);
    const page = keys.slice(0, keysOfPage);
    const contents = page.map((key) => {
      const { body, modified } = this.objects.get(key)!;
      return `<Contents><Key>${key}</Key><LastModified>${modified.toISOString()}</LastModified><Size>${body.length}</Size></Contents>`;
    });
    const more = keys.length > page.length;
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    response.setHeader('Content-Type', 'application/xml');
    response.end(
      `<?xml version="1.0"?><ListBucketResult><Name>${this.bucket}</Name><IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
    );
  }
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'Content-Type': 'application/xml' });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
