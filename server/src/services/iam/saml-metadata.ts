import { SaxesParser } from 'saxes';
import { invalidInput } from './errors.ts';

const METADATA = 'urn:oasis:names:tc:SAML:2.0:metadata';
/** Of a document that names no end. */
const YEARS_OF_VALIDITY = 100;

/** What is kept apart of a SAML metadata document. */
interface SamlMetadata {
  readonly validUntil: Date;
}

/**
 * Reads the metadata document of an identity provider: SAML V2.0 Metadata, section 2.3.2, EntityDescriptor, and 2.4.3,
 * IDPSSODescriptor. Nothing is fetched, and no entity is expanded but those of XML itself.
 *
 * @throws InvalidInput
 */
export function parseSamlMetadata(text: string, now: Date): SamlMetadata {
  let root: { readonly entityId: string | undefined; readonly validUntil: string | undefined } | undefined;
  let hasIdentityProvider = false;
  let depth = 0;
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', () => {
    throw unreadable();
  });
  parser.on('doctype', () => {
    throw unreadable();
  });
  parser.on('opentag', ({ uri, local, attributes }) => {
    depth += 1;
    if (depth === 1 && uri === METADATA && local === 'EntityDescriptor') {
      root = { entityId: attributes.entityID?.value, validUntil: attributes.validUntil?.value };
    }
    if (depth === 2 && uri === METADATA && local === 'IDPSSODescriptor') hasIdentityProvider = true;
  });
  parser.on('closetag', () => {
    depth -= 1;
  });
  parser.write(text).close();
  if (!root?.entityId || !hasIdentityProvider) throw unreadable();
  return { validUntil: endOf(root.validUntil, now) };
}

function endOf(validUntil: string | undefined, now: Date): Date {
  const end = new Date(validUntil ?? now);
  if (Number.isNaN(end.getTime())) throw unreadable();
  if (validUntil === undefined) end.setUTCFullYear(end.getUTCFullYear() + YEARS_OF_VALIDITY);
  return end;
}

function unreadable(): Error {
  return invalidInput('Could not parse metadata');
}
