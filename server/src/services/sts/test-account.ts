import type { ServiceInputTypes, ServiceOutputTypes, STSClientResolvedConfig } from '@aws-sdk/client-sts';
import type { Command } from '@smithy/types';
import type { databaseEngines } from '../../../test/harness/databases.ts';
import { type SessionClaims, SessionTokens } from '../../access/authentication/session-tokens.ts';
import type { Principal } from '../../access/principal.ts';
import { loadSessionPrincipal } from '../../access/session-principals.ts';
import { ProviderKeys } from '../../access/web-identity/provider-keys.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import { openTestAccount, type TestAccount } from '../iam/test-account.ts';
import type { CallCredential } from '../operation.ts';
import { stsOperations, unsignedStsOperations } from './operations.ts';

type StsCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = Command<
  ServiceInputTypes,
  Input,
  ServiceOutputTypes,
  Output,
  STSClientResolvedConfig
>;

/** Someone who calls STS. */
interface Caller {
  readonly principal: Principal;
  readonly credential?: CallCredential;
}

/** STS over an account on a database of its own. */
export interface StsFixture {
  readonly iam: TestAccount;
  readonly sessionTokens: SessionTokens;
  /** The moment of calls that name no other. */
  readonly time: Date;
  send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    caller: Caller,
    command: StsCommand<Input, Output>,
    /** Default: `time`. */
    at?: Date,
  ): Promise<Omit<Output, '$metadata'>>;
  /** The same without credentials. */
  sendUnsigned<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
    command: StsCommand<Input, Output>,
    at?: Date,
  ): Promise<Omit<Output, '$metadata'>>;
  /** The claims in a session token. */
  claims(sessionToken: string | undefined): Promise<SessionClaims>;
  /** Who calls with a session token. */
  session(sessionToken: string | undefined): Promise<Caller>;
}

export async function openSts(engine: (typeof databaseEngines)[number]): Promise<StsFixture> {
  const iam = await openTestAccount(engine);
  const { database, sealer } = iam.services;
  const rootKey = RootKey.fromBase64(Buffer.alloc(32, 7).toString('base64'));
  const sessionTokens = new SessionTokens(new Sealer(rootKey), rootKey);
  const time = new Date('2026-01-02T03:04:05Z');
  const environment = {
    sourceIp: '192.0.2.1',
    userAgent: undefined,
    secureTransport: true,
    region: 'us-east-1',
  };
  // The identity provider of tests is on this machine.
  const services = { database, sealer, sessionTokens, providerKeys: new ProviderKeys(true) };
  const claims = async (sessionToken: string | undefined) => {
    const found = await sessionTokens.open(sessionToken ?? '');
    if (found === undefined) throw new Error('This is no session token');
    return found;
  };
  return {
    iam,
    sessionTokens,
    time,
    claims,
    async send<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      caller: Caller,
      command: StsCommand<Input, Output>,
      at = time,
    ) {
      const operation = stsOperations.get(command.constructor.name.replace(/Command$/, ''));
      if (operation === undefined) throw new Error(`There is no operation for ${command.constructor.name}`);
      const call = { requestId: 'request', environment: { ...environment, time: at }, ...caller };
      return (await operation.run(services, call, command.input)) as Omit<Output, '$metadata'>;
    },
    async sendUnsigned<Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(
      command: StsCommand<Input, Output>,
      at = time,
    ) {
      const operation = unsignedStsOperations.get(command.constructor.name.replace(/Command$/, ''));
      if (operation === undefined) throw new Error(`There is no operation for ${command.constructor.name}`);
      const call = { requestId: 'request', environment: { ...environment, time: at } };
      return (await operation.run(services, call, command.input)) as Omit<Output, '$metadata'>;
    },
    async session(sessionToken) {
      const session = await claims(sessionToken);
      const principal = await loadSessionPrincipal(database, session);
      if (principal === undefined) throw new Error('Whom the session speaks for is no more');
      return { principal, credential: { accessKeyId: session.accessKeyId, session } };
    },
  };
}
