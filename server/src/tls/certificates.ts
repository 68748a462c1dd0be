import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type Config, StartupError } from '../config.ts';
import { localCredentials, type TlsCredentials } from './local-authority.ts';

/** The Regions that have a CodeCommit endpoint on AWS; botocore's endpoints.json. */
const REGIONS = [
  'af-south-1',
  'ap-east-1',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ca-central-1',
  'cn-north-1',
  'cn-northwest-1',
  'eu-central-1',
  'eu-north-1',
  'eu-south-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
  'us-west-2',
];

const OWN_FILES_CHECK_MS = 5_000;
const LOCAL_RENEWAL_CHECK_MS = 60 * 60 * 1000;

/** What a TLS listener serves. */
export interface ServedCertificates {
  /** To who asks for none by name too. */
  readonly usual: TlsCredentials;
  /**
   * To who asks for a host of another Region. Apart, because a client reads all names of a certificate at each
   * connection: thirty more cost one of git 0.35 ms.
   */
  readonly ofOtherRegions?: { readonly names: ReadonlySet<string>; readonly credentials: TlsCredentials };
}

/** Where the certificates of the listener come from, and how often it is worth to look whether they have changed. */
export interface CertificateSource {
  /** @throws Error when there are none that could be served now */
  read(now: Date): Promise<ServedCertificates>;
  readonly checkEveryMs: number;
}

/** The configured certificate, or those of a local authority. */
export function certificateSource(config: Config): CertificateSource {
  const { tlsCertificate, tlsKey } = config;
  if (tlsCertificate !== undefined && tlsKey !== undefined) {
    return {
      checkEveryMs: OWN_FILES_CHECK_MS,
      read: async (now) => ({ usual: await ownCredentials(tlsCertificate, tlsKey, now) }),
    };
  }
  if (tlsCertificate !== undefined || tlsKey !== undefined) {
    throw new StartupError('--tls-certificate and --tls-key belong together: give both or neither');
  }
  const { usual, ofOtherRegions } = certificateNames(config);
  return {
    checkEveryMs: LOCAL_RENEWAL_CHECK_MS,
    read: async (now) => ({
      usual: await localCredentials(config.data, usual, now),
      ofOtherRegions: {
        names: new Set(ofOtherRegions),
        credentials: await localCredentials(config.data, ofOtherRegions, now, 'regions.pem'),
      },
    }),
  };
}

/** The names under which clients reach this installation. */
export function certificateNames({ publicUrl, region }: Pick<Config, 'publicUrl' | 'region'>): {
  readonly usual: readonly string[];
  readonly ofOtherRegions: readonly string[];
} {
  const host = publicUrl?.hostname.replace(/^\[|\]$/g, '');
  const domains = ['localhost', ...(host === undefined || isIP(host) !== 0 ? [] : [host])];
  const hostsIn = (name: string) => domains.map((domain) => `git-codecommit.${name}.${domain}`);
  const usual = [...domains, '*.localhost', '127.0.0.1', '::1', ...(host === undefined ? [] : [host])];
  return {
    usual: [...new Set([...usual, ...hostsIn(region)])],
    ofOtherRegions: REGIONS.filter((name) => name !== region).flatMap(hostsIn),
  };
}

async function ownCredentials(certificateFile: string, keyFile: string, now: Date): Promise<TlsCredentials> {
  const [cert, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
  const certificate = asCertificate(certificateFile, cert);
  if (!certificate.checkPrivateKey(asPrivateKey(keyFile, key))) {
    throw new Error(`the key in ${keyFile} is not the one of the certificate in ${certificateFile}`);
  }
  if (certificate.validToDate.getTime() <= now.getTime()) {
    throw new Error(`the certificate in ${certificateFile} expired on ${certificate.validTo}`);
  }
  if (certificate.validFromDate.getTime() > now.getTime()) {
    throw new Error(`the certificate in ${certificateFile} is not valid before ${certificate.validFrom}`);
  }
  createSecureContext({ cert, key });
  return { cert, key };
}

function asCertificate(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new Error(`${file} holds no certificate in PEM`);
  }
}

function asPrivateKey(file: string, pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's message might quote what it read.
    throw new Error(`${file} holds no private key in PEM, or an encrypted one`);
  }
}
