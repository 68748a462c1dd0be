import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import type { Answer } from './answer.ts';
import type { Failure } from './failure.ts';
import { element, encodeXmlMembers, escapeXml } from './xml-output.ts';

const contentType = 'text/xml';
/** Of errors before a service is known. */
const faultNamespace = 'http://webservices.amazon.com/AWSFault/2005-15-09';

export function querySuccess(
  [, , name, , , outputSchema]: StaticOperationSchema,
  output: object,
  xmlNamespace: string,
  requestId: string,
): Answer {
  const schema = NormalizedSchema.of(outputSchema);
  const result = schema.isUnitSchema() ? '' : element(`${name}Result`, encodeXmlMembers(schema, output));
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  const body = element(`${name}Response`, result + metadata, ` xmlns="${xmlNamespace}"`);
  return { status: 200, contentType, headers: {}, body: Buffer.from(body) };
}

export function queryFailure(
  { code, status, fault, message }: Failure,
  xmlNamespace: string | undefined,
  requestId: string,
): Answer {
  const error = element(
    'Error',
    element('Type', fault === 'client' ? 'Sender' : 'Receiver') +
      element('Code', escapeXml(code)) +
      element('Message', escapeXml(message)),
  );
  const attributes = ` xmlns="${xmlNamespace ?? faultNamespace}"`;
  const body = element('ErrorResponse', error + element('RequestId', requestId), attributes);
  return { status, contentType, headers: {}, body: Buffer.from(body) };
}
