import { JsonCodec2 } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import type { Answer } from './answer.ts';
import type { Failure } from './failure.ts';

const contentType = 'application/x-amz-json-1.1';
/** 7: timestamps in seconds since the epoch, with milliseconds as a fraction. */
const codec = new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false });

export function jsonSuccess([, , , , , outputSchema]: StaticOperationSchema, output: object): Answer {
  const schema = NormalizedSchema.of(outputSchema);
  if (schema.isUnitSchema()) return { status: 200, contentType, headers: {}, body: Buffer.alloc(0) };
  const serializer = codec.createSerializer();
  serializer.write(schema, output);
  // Not Buffer.from(bytes): the codec's byte arrays turn into strings there, with a warning.
  const bytes = serializer.flush();
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { status: 200, contentType, headers: {}, body };
}

export function jsonFailure({ code, status, message }: Failure): Answer {
  return {
    status,
    contentType,
    headers: { 'x-amzn-errortype': code },
    // AWS leaves the member out where it gives no reason.
    body: Buffer.from(JSON.stringify({ __type: code, ...(message !== '' && { message }) })),
  };
}
