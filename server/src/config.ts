import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { RequestRate } from './access/request-throttle.ts';

/** A setting or a circumstance that keeps Codekeep from starting: one clear line for the operator, no stack. */
export class StartupError extends Error {}

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Where SSH is offered unless configured, if the port is free. */
export const DEFAULT_SSH: ListenAddress = { host: '127.0.0.1', port: 2222 };

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

const listenAddress = z.string().transform((text, context): ListenAddress => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) {
    context.addIssue({ code: 'custom', message: `"${text}" is not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080` });
    return z.NEVER;
  }
  return { host, port };
});

const listenAddressOrOff = z.union([z.literal('off'), listenAddress], {
  error: (issue) => `"${String(issue.input)}" is neither "off" nor HOST:PORT, such as 127.0.0.1:2222 or [::1]:2222`,
});

const folder = z
  .string()
  .min(1)
  .transform((path) => resolve(path));
const port = z.coerce
  .number({ error: 'must be a port' })
  .int('must be a port')
  .min(1, 'must be a port')
  .max(65_535, 'must be a port');
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);

const publicUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).transform((text, context) => {
  const url = new URL(text);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    context.addIssue({ code: 'custom', message: 'must be a scheme, a host and a port only' });
  }
  return url;
});

const postgresqlUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL (without it, SQLite in the data folder is used)');

/** Within bounds, both included. */
const wholeNumber = (least: number, most: number) =>
  z.string().transform((text, context) => {
    const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${least} to ${most}` });
    return z.NEVER;
  });

const requestRate = z.string().transform((text, context): RequestRate => {
  if (text === 'off' || (/^\d{1,6}(\.\d+)?$/.test(text) && Number(text) > 0))
    return text === 'off' ? text : Number(text);
  context.addIssue({ code: 'custom', message: `"${text}" is neither "off" nor a number of requests a second` });
  return z.NEVER;
});

const addressRanges = z.string().transform((text, context): readonly string[] => {
  const ranges = text.split(',').map((range) => range.trim());
  const wrong = ranges.find((range) => !isAddressRange(range));
  if (wrong === undefined) return ranges;
  context.addIssue({ code: 'custom', message: `"${wrong}" is neither an IP address nor a range such as 10.0.0.0/8` });
  return z.NEVER;
});

function isAddressRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  // Whoever trusts every address lets every client choose its own.
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d+$/, 'must be a Region name such as us-east-1');
const regions = z.string().transform((text, context): readonly string[] => {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !region.safeParse(name).success);
  if (wrong === undefined) return names;
  context.addIssue({
    code: 'custom',
    message: `"${wrong}" is no Region name such as us-east-1; they are separated by commas`,
  });
  return z.NEVER;
});

export interface Setting {
  /** After `--` on the command line. */
  readonly option: string;
  /** What the option takes; absent for a switch. */
  readonly argument?: string;
  readonly variable: string;
  readonly description: string;
  readonly schema: z.ZodType;
}

/**
 * Every setting, under the name it has in the configuration file. A flag wins over the environment, which wins over the
 * file, which wins over the default. docs/configuration.md lists the same (a test compares them).
 */
export const SETTINGS = {
  data: {
    option: 'data',
    argument: 'DIR',
    variable: 'CODEKEEP_DATA_DIR',
    description: 'data folder: database, encrypted blobs, root key (default: ./data)',
    schema: folder.default(() => resolve('data')),
  },
  http: {
    option: 'http',
    argument: 'HOST:PORT',
    variable: 'CODEKEEP_HTTP',
    description: 'where to listen for plain HTTP; port 0 takes a free one (default: 127.0.0.1:8080)',
    schema: listenAddress.default({ host: '127.0.0.1', port: 8080 }),
  },
  https: {
    option: 'https',
    argument: 'HOST:PORT',
    variable: 'CODEKEEP_HTTPS',
    description: 'where to listen for TLS; port 0 takes a free one (default: 127.0.0.1:8443 if nobody else has it)',
    schema: listenAddress.optional(),
  },
  tlsCertificate: {
    option: 'tls-certificate',
    argument: 'FILE',
    variable: 'CODEKEEP_TLS_CERTIFICATE',
    description: 'certificate to serve, with those above it, in PEM (default: one of a local authority)',
    schema: folder.optional(),
  },
  tlsKey: {
    option: 'tls-key',
    argument: 'FILE',
    variable: 'CODEKEEP_TLS_KEY',
    description: 'private key of the certificate, in PEM, not encrypted',
    schema: folder.optional(),
  },
  allowPlainHttp: {
    option: 'allow-plain-http',
    variable: 'CODEKEEP_ALLOW_PLAIN_HTTP',
    description:
      'listen for plain HTTP on an address that other machines reach (passwords cross the network unencrypted)',
    schema: flag.default(false),
  },
  publicUrl: {
    option: 'public-url',
    argument: 'URL',
    variable: 'CODEKEEP_PUBLIC_URL',
    description: 'address under which users reach Codekeep, for clone URLs (default: the listening address)',
    schema: publicUrl.optional(),
  },
  trustedProxy: {
    option: 'trusted-proxy',
    argument: 'CIDR,...',
    variable: 'CODEKEEP_TRUSTED_PROXY',
    description: 'reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed (default: none)',
    schema: addressRanges.default([]),
  },
  ssh: {
    option: 'ssh',
    argument: 'HOST:PORT',
    variable: 'CODEKEEP_SSH',
    description: 'where to listen for SSH, or off; port 0 takes a free one (default: 127.0.0.1:2222)',
    schema: listenAddressOrOff.optional(),
  },
  publicSshPort: {
    option: 'public-ssh-port',
    argument: 'PORT',
    variable: 'CODEKEEP_PUBLIC_SSH_PORT',
    description: 'port under which users reach SSH, for clone URLs (default: the listening port)',
    schema: port.optional(),
  },
  region: {
    option: 'region',
    argument: 'REGION',
    variable: 'CODEKEEP_REGION',
    description: 'Region of Git requests whose host does not name one (default: us-east-1)',
    schema: region.default('us-east-1'),
  },
  regions: {
    option: 'regions',
    argument: 'LIST',
    variable: 'CODEKEEP_REGIONS',
    description: 'Regions that the console offers, such as us-east-1,eu-west-1 (default: the one of --region)',
    schema: regions.default([]),
  },
  database: {
    option: 'database',
    argument: 'URL',
    variable: 'CODEKEEP_DATABASE',
    description: 'PostgreSQL for the metadata, as postgres://… (default: SQLite in the data folder)',
    schema: postgresqlUrl.optional(),
  },
  databaseConnections: {
    option: 'database-connections',
    argument: 'N',
    variable: 'CODEKEEP_DATABASE_CONNECTIONS',
    description:
      'connections to PostgreSQL at once (default: 20); all nodes together need fewer than its max_connections',
    schema: wholeNumber(1, 1_000).default(20),
  },
  databaseWait: {
    option: 'database-wait',
    argument: 'SECONDS',
    variable: 'CODEKEEP_DATABASE_WAIT',
    description: 'how long the start waits for a PostgreSQL that is not ready (default: 60)',
    schema: wholeNumber(0, 3_600).default(60),
  },
  drainTimeout: {
    option: 'drain-timeout',
    argument: 'SECONDS',
    variable: 'CODEKEEP_DRAIN_TIMEOUT',
    description: 'how long requests may go on after SIGTERM before they are cut (default: 3600)',
    schema: wholeNumber(0, 86_400).default(3_600),
  },
  rootKeyFile: {
    option: 'root-key-file',
    argument: 'FILE',
    variable: 'CODEKEEP_ROOT_KEY_FILE',
    description: 'file of the root key that wraps every key (default: root.key in the data folder)',
    schema: folder.optional(),
  },
  workingCopies: {
    option: 'working-copies',
    argument: 'DIR',
    variable: 'CODEKEEP_WORKING_COPIES',
    description: 'memory-backed folder for decrypted working copies (default: a folder of its own under /dev/shm)',
    schema: folder.optional(),
  },
  requestRate: {
    option: 'request-rate',
    argument: 'N',
    variable: 'CODEKEEP_REQUEST_RATE',
    description:
      'requests a second that one principal may make for long, ten times as many at once, or off (default: 5000)',
    schema: requestRate.default(5_000),
  },
  privateIdentityProviders: {
    option: 'private-identity-providers',
    variable: 'CODEKEEP_PRIVATE_IDENTITY_PROVIDERS',
    description: 'fetch keys of OpenID Connect providers from addresses of this machine and its network too',
    schema: flag.default(false),
  },
  signUp: {
    option: 'sign-up',
    argument: 'MODE',
    variable: 'CODEKEEP_SIGN_UP',
    description:
      'who may make an account in the console: open, closed, or first: only the first one (default: open on loopback, else closed)',
    schema: z.enum(['open', 'closed', 'first']).optional(),
  },
  logLevel: {
    option: 'log-level',
    argument: 'LEVEL',
    variable: 'CODEKEEP_LOG_LEVEL',
    description: 'fatal, error, warn, info, debug or silent, to stderr (default: info; warn with start)',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).optional(),
  },
} satisfies Record<string, Setting>;

type Settings = { readonly [Name in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Name]['schema']> };

export interface Config extends Settings {
  /** Base64 of 32 bytes; only by the variable CODEKEEP_ROOT_KEY, so that it shows in no process list. */
  readonly rootKey: string | undefined;
}

const fileSchema = z.strictObject(
  Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, z.union([z.string(), z.boolean()]).optional()])),
);

/**
 * The configuration from flags (camel-cased as commander gives them), environment and file.
 *
 * @throws StartupError naming the setting that is wrong and where it came from
 */
export function readConfig(flags: Record<string, unknown>, environment: NodeJS.ProcessEnv): Config {
  const file = readConfigFile(typeof flags.config === 'string' ? flags.config : environment.CODEKEEP_CONFIG);
  const settings = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, setting]) => {
      const [value, origin] = [
        [flags[name], `--${setting.option}`],
        [environment[setting.variable] || undefined, setting.variable],
        [file[name], `"${name}" in the configuration file`],
      ].find(([candidate]) => candidate !== undefined) ?? [undefined, setting.option];
      return [name, parseSetting(setting, value, String(origin))];
    }),
  ) as Settings;
  if (!settings.allowPlainHttp && !LOOPBACK_HOST.test(settings.http.host)) {
    throw new StartupError(
      `plain HTTP on ${settings.http.host} would send passwords over the network unencrypted; ` +
        'serve it by --https, or ask for plain HTTP by name with --allow-plain-http',
    );
  }
  return { ...settings, rootKey: environment.CODEKEEP_ROOT_KEY || undefined };
}

/**
 * Whether those who come through a listener may make an account. Unless configured, only who is on this machine may: the
 * listener, the public address and the name by which the browser asked are all of the loopback, so that a proxy before
 * Codekeep opens nothing.
 *
 * @param requestHost the host name of the request, without its port
 */
export function signUpMode(
  { signUp, publicUrl, trustedProxy }: Pick<Config, 'signUp' | 'publicUrl' | 'trustedProxy'>,
  listener: ListenAddress,
  requestHost: string,
): 'open' | 'closed' | 'first' {
  if (signUp !== undefined) return signUp;
  // Whoever comes through a proxy may name any host.
  if (trustedProxy.length > 0) return 'closed';
  const hosts = [listener.host, publicUrl?.hostname ?? listener.host, requestHost];
  return hosts.every((host) => LOOPBACK_HOST.test(host.replace(/^\[|\]$/g, ''))) ? 'open' : 'closed';
}

/** The Regions that the console's menu offers: first the one of hosts that name none, then the others as configured. */
export function consoleRegions({ region, regions }: Pick<Config, 'region' | 'regions'>): readonly string[] {
  return [...new Set([region, ...regions])];
}

/** Where decrypted working copies live unless configured: one folder for each data folder and user. */
export function workingCopyFolder(config: Config): string {
  if (config.workingCopies !== undefined) return config.workingCopies;
  const name = createHash('sha256').update(config.data).digest('hex').slice(0, 16);
  return join('/dev/shm', `codekeep-${process.getuid?.() ?? 0}-${name}`);
}

function readConfigFile(path: string | undefined): Record<string, unknown> {
  if (path === undefined || path === '') return {};
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new StartupError(`cannot read the configuration file ${path}: ${(error as Error).message}`);
  }
  const parsed = fileSchema.safeParse(content);
  if (!parsed.success) throw new StartupError(`configuration file ${path}: ${firstIssue(parsed.error)}`);
  return parsed.data;
}

function parseSetting(setting: Setting, value: unknown, origin: string): unknown {
  const parsed = setting.schema.safeParse(value);
  if (!parsed.success) throw new StartupError(`${origin}: ${firstIssue(parsed.error)}`);
  return parsed.data;
}

function firstIssue(error: z.ZodError): string {
  return error.issues[0]?.message ?? 'is not valid';
}
