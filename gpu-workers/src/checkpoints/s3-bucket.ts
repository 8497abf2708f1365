import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';

export interface StoredObject {
  key: string;
  modified: Date;
}

/** Tries of one upload. The client itself does not repeat what is read from a file. */
const tries = 3;

/**
 * The four requests that checkpoints need, so that every store that speaks the protocol of S3 will do. Addresses and
 * credentials come from the environment as for any program of AWS: AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
 * a profile, or the role of the machine.
 */
export class S3Bucket {
  #client: Promise<S3Client> | undefined;

  constructor(
    readonly name: string,
    private readonly firstRetryMs = 200,
  ) {}

  async put(key: string, body: { file: string; bytes: number } | string): Promise<void> {
    const { PutObjectCommand } = await sdk();
    const client = await this.#open();
    for (let trial = 1; ; trial++) {
      const content =
        typeof body === 'string' ? { Body: body } : { Body: createReadStream(body.file), ContentLength: body.bytes };
      try {
        await client.send(new PutObjectCommand({ Bucket: this.name, Key: key, ...content }));
        return;
      } catch (error) {
        if (trial === tries || isRefusal(error)) throw error;
        await delay(this.firstRetryMs * 2 ** (trial - 1));
      } finally {
        if (typeof content.Body !== 'string') content.Body.destroy();
      }
    }
  }

  /** Null when there is no such object. */
  async text(key: string): Promise<string | null> {
    const body = await this.#get(key);
    return body === null ? null : Buffer.concat(await body.toArray()).toString('utf8');
  }

  /** False when there is no such object. */
  async download(key: string, file: string): Promise<boolean> {
    const body = await this.#get(key);
    if (body === null) return false;
    await pipeline(body, createWriteStream(file, { flags: 'wx' }));
    return true;
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const { ListObjectsV2Command } = await sdk();
    const client = await this.#open();
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: this.name, Prefix: prefix, ContinuationToken: token }),
      );
      for (const { Key, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, modified: LastModified ?? new Date() };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    const { DeleteObjectCommand } = await sdk();
    await (await this.#open()).send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  async #get(key: string): Promise<Readable | null> {
    const { GetObjectCommand, NoSuchKey } = await sdk();
    try {
      const { Body } = await (await this.#open()).send(new GetObjectCommand({ Bucket: this.name, Key: key }));
      return Body as Readable;
    } catch (error) {
      if (error instanceof NoSuchKey) return null;
      throw error;
    }
  }

  #open(): Promise<S3Client> {
    this.#client ??= sdk().then(({ S3Client }) => {
      const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_DEFAULT_REGION } = process.env;
      const elsewhere = (AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL) !== undefined;
      return new S3Client({
        // A store of one's own has no regions, and its bucket is a path rather than a host name.
        ...(elsewhere && { forcePathStyle: true, region: AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1' }),
        // Checksums in trailers are news to many stores; the manifest's SHA-256 is held against what comes back.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        // What it would tell the console is in the errors it throws.
        logger: { debug: silent, info: silent, warn: silent, error: silent },
        requestHandler: { connectionTimeout: 5000, socketTimeout: 30_000 },
      });
    });
    return this.#client;
  }
}

function silent(): void {}

/** Loaded by the workers that use it only. */
function sdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  return import('@aws-sdk/client-s3');
}

/** The store has understood and says no: it would say so again. */
function isRefusal(error: unknown): boolean {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
