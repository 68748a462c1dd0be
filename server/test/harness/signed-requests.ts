import { Sha256Node } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AwsAccess } from './aws-cli.ts';

/** A request of CodeCommit's API, ready to be sent, as often as one likes within a quarter of an hour. */
export interface SignedRequest {
  readonly url: string;
  readonly method: 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Signs a request as an AWS SDK does, without what an SDK costs. */
export async function signedRequest(access: AwsAccess, operation: string, input: object): Promise<SignedRequest> {
  const { accessKeyId, secretAccessKey, endpoint, region } = access;
  const { host, hostname, port } = new URL(endpoint);
  const signer = new SignatureV4({
    service: 'codecommit',
    region,
    credentials: { accessKeyId, secretAccessKey },
    sha256: Sha256Node,
  });
  const body = JSON.stringify(input);
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    query: {},
    headers: { host, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `CodeCommit_20150413.${operation}` },
    body,
  });
  // Clients write the host themselves.
  const { host: _host, ...headers } = signed.headers;
  return { url: `${endpoint}/`, method: 'POST', headers, body: Buffer.from(body) };
}
