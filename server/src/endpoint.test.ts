import { describe, expect, it } from 'vitest';
import { Endpoint } from './endpoint.ts';

describe('Endpoint', () => {
  it('gives the public host for the default Region', () => {
    const endpoint = new Endpoint(
      () => new URL('http://127.0.0.1:8080'),
      'us-east-1',
      () => 2222,
    );
    expect(endpoint.url).toBe('http://127.0.0.1:8080');
    expect(endpoint.cloneUrlHttp('us-east-1', 'demo')).toBe('http://127.0.0.1:8080/v1/repos/demo');
    expect(endpoint.cloneUrlSsh('us-east-1', 'demo')).toBe('ssh://127.0.0.1:2222/v1/repos/demo');
  });

  it('names other Regions in the host', () => {
    const endpoint = new Endpoint(
      () => new URL('https://code.example.com'),
      'us-east-1',
      () => 22,
    );
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
      expect(
        new Endpoint(
          () => new URL(url),
          'us-east-1',
          () => 2222,
        ).cloneUrlHttp('eu-west-1', 'demo'),
      ).toBe('http://git-codecommit.eu-west-1.localhost:8080/v1/repos/demo');
    },
  );
});
