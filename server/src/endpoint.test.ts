import { describe, expect, it } from 'vitest';
import { Endpoint } from './endpoint.ts';

function endpointOf(publicUrl: string | undefined): Endpoint {
  return new Endpoint(
    {
      publicUrl: publicUrl === undefined ? undefined : new URL(publicUrl),
      http: () => new URL('http://127.0.0.1:8080'),
      https: () => new URL('https://127.0.0.1:8443'),
      sshPort: () => (publicUrl === 'https://code.example.com' ? 22 : 2222),
    },
    'us-east-1',
  );
}

describe('Endpoint', () => {
  it('gives the public host for the default Region', () => {
    const endpoint = endpointOf(undefined);
    expect(endpoint.url).toBe('http://127.0.0.1:8080');
    expect(endpoint.cloneUrlHttp('us-east-1', 'demo')).toBe('http://127.0.0.1:8080/v1/repos/demo');
    expect(endpoint.cloneUrlSsh('us-east-1', 'demo')).toBe('ssh://127.0.0.1:2222/v1/repos/demo');
  });

  it('gives who came over TLS a clone URL of TLS, unless the public address is known', () => {
    expect(endpointOf(undefined).cloneUrlHttp('us-east-1', 'demo', true)).toBe('https://127.0.0.1:8443/v1/repos/demo');
    expect(endpointOf(undefined).secureUrl).toBe('https://127.0.0.1:8443');
    const proxied = endpointOf('http://code.example.com');
    expect(proxied.cloneUrlHttp('us-east-1', 'demo', true)).toBe('http://code.example.com/v1/repos/demo');
    expect(proxied.secureUrl).toBeUndefined();
  });

  it('names other Regions in the host', () => {
    const endpoint = endpointOf('https://code.example.com');
    expect(endpoint.cloneUrlHttp('eu-west-1', 'demo')).toBe(
      'https://git-codecommit.eu-west-1.code.example.com/v1/repos/demo',
    );
    expect(endpoint.cloneUrlSsh('eu-west-1', 'demo')).toBe(
      'ssh://git-codecommit.eu-west-1.code.example.com/v1/repos/demo',
    );
  });

  it.each(['http://127.0.0.1:8080', 'http://[::1]:8080'])(
    'puts names of other Regions below localhost for %s',
    (url) => {
      expect(endpointOf(url).cloneUrlHttp('eu-west-1', 'demo')).toBe(
        'http://git-codecommit.eu-west-1.localhost:8080/v1/repos/demo',
      );
    },
  );
});
