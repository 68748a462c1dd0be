/**
 * How an AWS SDK client reaches this installation: with the session's cookie, which the browser adds by itself, in the
 * place of a signature, and the Region in a header, where a signature would tell it.
 */
export function clientOptions(region: string) {
  return {
    region,
    endpoint: `${location.origin}/console/api`,
    // Asked for, but used by no signer.
    credentials: { accessKeyId: 'console', secretAccessKey: 'console' },
    signer: {
      sign: async <Request extends { headers: Record<string, string> }>(request: Request): Promise<Request> => {
        request.headers['x-codekeep-region'] = region;
        return request;
      },
    },
  };
}

/** One client for each Region. */
export function clientOfRegion<Client>(create: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>();
  return (region) => {
    const client = clients.get(region) ?? create(region);
    clients.set(region, client);
    return client;
  };
}
