import type { SignInRequest } from '../../src/gateways/console/messages.ts';

/** What a page of the console sends, without a browser: the headers that browsers add, and their cookie. */
export class ConsoleClient {
  readonly #origin: string;
  #cookie: string | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The session's token; undefined while nobody is signed in. */
  get token(): string | undefined {
    return this.#cookie?.split('=')[1];
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.send(path, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
  }

  async send(path: string, body: string, headers: Record<string, string>): Promise<Response> {
    const response = await fetch(this.#origin + path, {
      method: 'POST',
      headers: {
        origin: this.#origin,
        'sec-fetch-site': 'same-origin',
        ...(this.#cookie !== undefined && { cookie: this.#cookie }),
        ...headers,
      },
      body,
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.#cookie = set.split(';', 1)[0];
    return response;
  }

  signIn(request: SignInRequest): Promise<Response> {
    return this.post('/console/sign-in', request);
  }

  /** An operation of CodeCommit, as the SDK in the browser sends it. */
  codecommit(operation: string, input: object, headers: Record<string, string> = {}): Promise<Response> {
    return this.post('/console/api/', input, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `CodeCommit_20150413.${operation}`,
      'x-codekeep-region': 'us-east-1',
      ...headers,
    });
  }

  /** An operation of IAM, as the SDK in the browser sends it. */
  iam(action: string, parameters: Record<string, string> = {}): Promise<Response> {
    const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
    return this.send('/console/api/', String(body), {
      'content-type': 'application/x-www-form-urlencoded',
      'x-codekeep-region': 'us-east-1',
    });
  }
}
