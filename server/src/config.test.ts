import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { consoleRegions, readConfig, SETTINGS, StartupError, signUpMode, workingCopyFolder } from './config.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'codekeep-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function configFile(content: string): string {
  const path = join(folder, 'codekeep.json');
  writeFileSync(path, content);
  return path;
}

describe('readConfig', () => {
  it('has embedded defaults on loopback', () => {
    expect(readConfig({}, {})).toEqual({
      data: resolve('data'),
      http: { host: '127.0.0.1', port: 8080 },
      allowPlainHttp: false,
      publicUrl: undefined,
      trustedProxy: [],
      region: 'us-east-1',
      regions: [],
      database: undefined,
      databaseConnections: 20,
      databaseWait: 60,
      drainTimeout: 3_600,
      rootKeyFile: undefined,
      workingCopies: undefined,
      requestRate: 5_000,
      privateIdentityProviders: false,
      logLevel: undefined,
      rootKey: undefined,
    });
  });

  it('takes a flag before the environment, the environment before the file, the file before the default', () => {
    const config = configFile('{"region": "eu-west-1", "http": "[::1]:1", "logLevel": "debug"}');
    const environment = { CODEKEEP_REGION: 'eu-west-2', CODEKEEP_HTTP: '127.0.0.1:2', CODEKEEP_CONFIG: config };
    const read = readConfig({ region: 'eu-west-3' }, environment);
    expect(read.region).toBe('eu-west-3');
    expect(read.http).toEqual({ host: '127.0.0.1', port: 2 });
    expect(read.logLevel).toBe('debug');
  });

  it('takes the root key from its variable only', () => {
    expect(readConfig({}, { CODEKEEP_ROOT_KEY: 'abc' }).rootKey).toBe('abc');
    expect(SETTINGS).not.toHaveProperty('rootKey');
  });

  it.each([
    [{ http: '8080' }, '--http: "8080" is not HOST:PORT'],
    [{ http: '127.0.0.1:65536' }, 'is not HOST:PORT'],
    [{ region: 'nowhere' }, '--region: must be a Region name'],
    [{ database: 'mysql://x' }, '--database: must be a postgres:// URL'],
    [{ publicUrl: 'https://code.example.com/git' }, '--public-url: must be a scheme, a host and a port only'],
    [{ publicUrl: 'ftp://code.example.com' }, '--public-url: must be an http or https URL'],
    [{ requestRate: '0' }, '--request-rate: "0" is neither "off" nor a number'],
    [{ requestRate: 'fast' }, '--request-rate: "fast" is neither'],
    [
      { trustedProxy: 'proxy.example.com' },
      '--trusted-proxy: "proxy.example.com" is neither an IP address nor a range',
    ],
    [{ trustedProxy: '10.0.0.0/8,0.0.0.0/0' }, '"0.0.0.0/0" is neither'],
    [{ trustedProxy: '10.0.0.0/33' }, '"10.0.0.0/33" is neither'],
    [{ trustedProxy: '::1/129' }, '"::1/129" is neither'],
    [{ logLevel: 'loud' }, '--log-level'],
    [{ signUp: 'maybe' }, '--sign-up'],
  ])('refuses %j and names the option', (flags, message) => {
    expect(() => readConfig(flags, {})).toThrow(StartupError);
    expect(() => readConfig(flags, {})).toThrow(message);
  });

  it('takes addresses and ranges of trusted proxies', () => {
    const { trustedProxy } = readConfig({ trustedProxy: '10.0.0.0/8, 192.0.2.1,2001:db8::/32' }, {});
    expect(trustedProxy).toEqual(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);
  });

  it('names the variable or the file that a bad value came from', () => {
    expect(() => readConfig({}, { CODEKEEP_HTTP: 'x' })).toThrow('CODEKEEP_HTTP: ');
    expect(() => readConfig({ config: configFile('{"http": "x"}') }, {})).toThrow('"http" in the configuration file: ');
  });

  it.each(['{', '[]', '{"unknown": "x"}', '{"http": {"host": "x"}}'])(
    'refuses the configuration file %s',
    (content) => {
      expect(() => readConfig({ config: configFile(content) }, {})).toThrow(/configuration file/);
    },
  );

  it('refuses a configuration file that is not there', () => {
    expect(() => readConfig({ config: join(folder, 'none.json') }, {})).toThrow(StartupError);
  });

  it.each(['0.0.0.0', '192.0.2.1', '[::]', 'code.example.com', '127.0.0.1.example.com'])(
    'refuses plain HTTP on %s unless asked for by name',
    (host) => {
      expect(() => readConfig({ http: `${host}:80` }, {})).toThrow('--allow-plain-http');
      expect(readConfig({ http: `${host}:80`, allowPlainHttp: true }, {}).http.port).toBe(80);
    },
  );

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('accepts plain HTTP on %s', (host) => {
    expect(readConfig({ http: `${host}:80` }, {}).http.port).toBe(80);
  });
});

describe('workingCopyFolder', () => {
  it('is memory-backed and differs by data folder', () => {
    const [one, two] = ['/srv/a', '/srv/b'].map((data) => workingCopyFolder(readConfig({ data }, {})));
    expect(one).toMatch(/^\/dev\/shm\/codekeep-\d+-[0-9a-f]{16}$/);
    expect(one).not.toBe(two);
  });
});

describe('docs/configuration.md', () => {
  const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

  it.each(Object.entries(SETTINGS))('documents %s', (name, { option, variable }) => {
    const row = text.split('\n').find((line) => line.startsWith(`| \`--${option}`));
    expect(row, `a row for --${option}`).toBeDefined();
    expect(row).toContain(`\`${variable}\``);
    expect(row).toContain(`\`${name}\``);
  });
});

describe('the Regions of the console', () => {
  it.each([
    [undefined, ['eu-west-1']],
    ['us-east-1, eu-west-1,ap-southeast-2', ['eu-west-1', 'us-east-1', 'ap-southeast-2']],
  ])('are, with %j configured, %j', (regions, offered) => {
    expect(consoleRegions(readConfig({ region: 'eu-west-1', regions }, {}))).toEqual(offered);
  });

  it.each(['', 'us-east-1,', 'us-east-1;eu-west-1', 'somewhere'])('are not %j', (regions) => {
    expect(() => readConfig({ regions }, {})).toThrow(StartupError);
  });
});

describe('sign-up', () => {
  const listener = (host: string) => ({ host, port: 8080 });

  it.each([
    ['127.0.0.1', undefined, 'localhost', 'open'],
    ['::1', 'http://localhost:8080', '[::1]', 'open'],
    ['localhost', 'http://[::1]:8080', '127.0.0.1', 'open'],
    ['0.0.0.0', undefined, 'localhost', 'closed'],
    ['192.0.2.1', undefined, '192.0.2.1', 'closed'],
    // A proxy before the loopback.
    ['127.0.0.1', 'https://code.example.com', 'code.example.com', 'closed'],
    ['127.0.0.1', 'https://code.example.com', 'localhost', 'closed'],
    ['127.0.0.1', undefined, 'code.example.com', 'closed'],
    ['127.0.0.1', undefined, 'localhost.example.com', 'closed'],
  ])(
    'through %s, public address %s, asked for as %s, is %s unless configured',
    (host, publicUrl, requestHost, mode) => {
      const config = readConfig({ publicUrl }, {});
      expect(signUpMode(config, listener(host), requestHost)).toBe(mode);
    },
  );

  it('is closed behind a trusted proxy unless configured', () => {
    const config = readConfig({ trustedProxy: '127.0.0.1' }, {});
    expect(signUpMode(config, listener('127.0.0.1'), 'localhost')).toBe('closed');
    const open = readConfig({ trustedProxy: '127.0.0.1', signUp: 'open' }, {});
    expect(signUpMode(open, listener('127.0.0.1'), 'localhost')).toBe('open');
  });

  it.each(['open', 'closed', 'first'] as const)('is %s everywhere when configured so', (mode) => {
    const config = readConfig({ signUp: mode }, {});
    expect(signUpMode(config, listener('127.0.0.1'), 'localhost')).toBe(mode);
    expect(signUpMode(config, listener('192.0.2.1'), 'code.example.com')).toBe(mode);
  });
});
