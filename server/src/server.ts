import { fileURLToPath } from 'node:url';
import { fastify } from 'fastify';
import { AccessCache } from './access/access-cache.ts';
import { AccessKeys } from './access/authentication/access-keys.ts';
import { ConnectionSignIns } from './access/authentication/connection-sign-ins.ts';
import { type ConsoleSession, ConsoleSessions } from './access/authentication/console-sessions.ts';
import { GitAuthentication } from './access/authentication/git-authentication.ts';
import { GitCredentials } from './access/authentication/git-credentials.ts';
import { LfsTokens } from './access/authentication/lfs-tokens.ts';
import { roleUses } from './access/authentication/role-uses.ts';
import { ServiceUses } from './access/authentication/service-uses.ts';
import { SessionTokens } from './access/authentication/session-tokens.ts';
import { SignInGuard } from './access/authentication/sign-in-guard.ts';
import { type SigningKey, SigningKeys } from './access/authentication/signing-keys.ts';
import { SshKeys } from './access/authentication/ssh-keys.ts';
import type { Principal } from './access/principal.ts';
import { loadRootPrincipal, loadUserPrincipal } from './access/principals.ts';
import { RequestThrottle } from './access/request-throttle.ts';
import { loadSessionPrincipal } from './access/session-principals.ts';
import { ProviderKeys } from './access/web-identity/provider-keys.ts';
import { type Config, consoleRegions, DEFAULT_SSH, StartupError, signUpMode } from './config.ts';
import { ConnectionDrain } from './connection-drain.ts';
import { Endpoint } from './endpoint.ts';
import { awsGateway } from './gateways/aws/aws-gateway.ts';
import { type Authenticate, authenticateBySignature } from './gateways/aws/caller.ts';
import { consoleGateway, withoutEscapes } from './gateways/console/console-gateway.ts';
import { CONSOLE_API_PATH, CONSOLE_PATH } from './gateways/console/console-paths.ts';
import { authenticateBySession } from './gateways/console/session-caller.ts';
import { type Door, throughDoors } from './gateways/door.ts';
import { gitGateway } from './gateways/git/git-gateway.ts';
import type { LfsAuthenticate } from './gateways/ssh/command-session.ts';
import type { SshGateway } from './gateways/ssh/ssh-gateway.ts';
import {
  addressUrl,
  DEFAULT_HTTPS,
  drain,
  drainMsOf,
  listen,
  listenForSsh,
  listenSecurely,
  logRequests,
  plainListener,
  sshAddress,
  urlHost,
} from './listeners.ts';
import { FailedSignIns } from './observability/audit/failed-sign-ins.ts';
import { GitSessions } from './observability/audit/git-sessions.ts';
import { Counters } from './observability/counters.ts';
import type { Logger } from './observability/logger.ts';
import { cloudtrailOperations } from './services/cloudtrail/operations.ts';
import { Maintenance } from './services/codecommit/maintenance.ts';
import { codecommitOperations } from './services/codecommit/operations.ts';
import { hasAccount } from './services/iam/accounts.ts';
import { iamOperations } from './services/iam/operations.ts';
import { KeyMaintenance } from './services/kms/key-maintenance.ts';
import { KeyUse } from './services/kms/key-use.ts';
import { kmsOperations } from './services/kms/operations.ts';
import type { Service } from './services/operation.ts';
import { stsOperations, unsignedStsOperations } from './services/sts/operations.ts';
import type { Database } from './storage/database/database.ts';
import { openAuditTrail, openRepositories, openStores, type Stores } from './stores.ts';
import { originReader } from './trusted-proxies.ts';

export interface CodekeepServer {
  /** Where it listens, by protocol: what the `codekeep ready` line tells. */
  readonly addresses: { readonly http: string; readonly https?: string; readonly ssh?: string };
  readonly endpoint: Endpoint;
  readonly accounts: readonly { readonly accountId: string; readonly rootEmail: string }[];
  /** Stops accepting, waits for what runs, releases everything. */
  close(): Promise<void>;
}

/** What `npm run build` makes. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../console/dist', import.meta.url));
const CLOUDTRAIL: Service<unknown>['protocol'] = {
  kind: 'awsJson1.1',
  targetPrefix: 'CloudTrail_20131101',
  targetNamespace: 'com.amazonaws.cloudtrail.v20131101',
};

/**
 * The composition root: opens the stores, builds the services and starts the gateways.
 *
 * @throws StartupError when something that the operator can mend stands in the way
 */
export async function startServer(config: Config, logger: Logger): Promise<CodekeepServer> {
  const stores = await openStores(config);
  const closers: (() => Promise<void>)[] = [stores.close];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    if (!mayBeginWithoutAccount(config) && !(await hasAccount(stores.database))) {
      throw new StartupError(`no account in ${config.data} yet: make the first one with codekeep init`);
    }
    return { ...(await serve(config, logger, stores, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Where the operator has opened sign-up by name, the first account may be made in the console. */
function mayBeginWithoutAccount({ signUp }: Config): boolean {
  return signUp === 'open' || signUp === 'first';
}

async function serve(
  config: Config,
  logger: Logger,
  stores: Stores,
  closers: (() => Promise<void>)[],
): Promise<Omit<CodekeepServer, 'close'>> {
  const { database, rootKey, sealer } = stores;
  const warn = (message: string, error?: unknown) => logger.warn({ err: error }, message);
  const counters = new Counters();
  const audit = await openAuditTrail(config, stores, warn);
  closers.push(() => audit.close());
  const repositories = await openRepositories(config, stores, warn, {
    onDamage: (err) =>
      logger.error({ err, blob: err.blob, damaged_blobs_total: counters.count('damaged_blobs_total') }, err.message),
    onNoRoom: (err) =>
      logger.warn({ err, refusals_without_room_total: counters.count('refusals_without_room_total') }, err.message),
  });
  closers.push(() => repositories.close());
  const accessKeys = new AccessKeys(database, sealer);
  closers.push(() => accessKeys.close());
  const gitCredentials = new GitCredentials(database, rootKey);
  const sessionTokens = new SessionTokens(sealer, rootKey);
  const usesOfRoles = roleUses(database);
  closers.push(() => usesOfRoles.close());
  const serviceUses = new ServiceUses(database);
  closers.push(() => serviceUses.close());
  const throttle = new RequestThrottle(config.requestRate);
  const gitSessions = new GitSessions(audit);
  const failedSignIns = new FailedSignIns(audit, database, warn);
  const signInGuard = new SignInGuard();
  const signingKeys = new SigningKeys(accessKeys, sessionTokens, usesOfRoles, serviceUses);

  const originOf = originReader(config.trustedProxy);
  const doors: Door[] = [];
  const server = fastify({ serverFactory: (handler) => plainListener(throughDoors(doors, withoutEscapes(handler))) });
  const connections = new ConnectionDrain(server.server);
  // All at once: none may take new work while another one waits for its last.
  const listeners = [() => drain(server, connections, drainMsOf(config))];
  closers.push(async () => void (await Promise.all(listeners.map((close) => close()))));
  logRequests(server.server, logger);
  server.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain; charset=utf-8').send('Not found\n'));

  const keys = new KeyUse(database, sealer);
  const address = () => addressUrl('http', server.server, config.http);
  let secureAddress: string | undefined;
  let ssh: SshGateway | undefined;
  const endpoint = new Endpoint(
    {
      publicUrl: config.publicUrl,
      http: () => new URL(address()),
      https: () => (secureAddress === undefined ? undefined : new URL(secureAddress)),
      sshPort: () => config.publicSshPort ?? ssh?.port ?? DEFAULT_SSH.port,
    },
    config.region,
  );
  const codecommit = { database, keys, repositories, endpoint };
  const iam = { database, sealer, gitCredentials };
  const providerKeys = new ProviderKeys(config.privateIdentityProviders);
  const stsServices = { database, sealer, sessionTokens, providerKeys };
  const services: Service<unknown>[] = [
    service(
      'codecommit',
      { kind: 'awsJson1.1', targetPrefix: 'CodeCommit_20150413' },
      codecommitOperations,
      codecommit,
    ),
    service('kms', { kind: 'awsJson1.1', targetPrefix: 'TrentService' }, kmsOperations, { database, sealer }),
    service('iam', awsQuery('iam', '2010-05-08'), iamOperations, iam),
    {
      ...service('sts', awsQuery('sts', '2011-06-15'), stsOperations, stsServices),
      unsignedOperations: unsignedStsOperations,
    },
    service('cloudtrail', CLOUDTRAIL, cloudtrailOperations, { database, audit }),
  ];

  const loadPrincipal = (key: SigningKey) => keyPrincipal(database, key);
  const consoleSessions = {
    sessions: new ConsoleSessions(database),
    loadPrincipal: (session: ConsoleSession) => consolePrincipal(database, session),
  };
  const authenticateConsole: Authenticate = async (request, received, serviceName, time) => {
    const caller = await authenticateBySession(consoleSessions)(request, received, serviceName, time);
    const { kind, userId } = caller.principal;
    serviceUses.record(kind === 'user' ? userId : null, caller.region, serviceName);
    return caller;
  };
  doors.push(
    awsGateway({
      audit,
      failedSignIns,
      throttle,
      services,
      authenticateBySignature: authenticateBySignature({ signingKeys, loadPrincipal }),
      console: { path: CONSOLE_API_PATH, authenticateBySession: authenticateConsole },
      pageForBrowsers: CONSOLE_PATH,
      originOf,
      logger,
    }),
  );
  const recordGitUse = (userId: string) => serviceUses.record(userId, config.region, 'codecommit');
  const loadGitUser = (userId: string) => {
    recordGitUse(userId);
    return userPrincipal(database, userId);
  };
  const lfsTokens = new LfsTokens(sealer);
  const gitAuthentication = new GitAuthentication({
    database,
    gitCredentials,
    signInGuard,
    signingKeys,
    loadUser: loadGitUser,
    loadPrincipal,
    defaultRegion: config.region,
  });
  doors.push(
    gitGateway({
      audit,
      gitSessions,
      failedSignIns,
      region: config.region,
      throttle,
      connectionSignIns: new ConnectionSignIns(database, recordGitUse),
      authenticate: (signIn) => gitAuthentication.authenticate(signIn),
      codecommit,
      repositories,
      openLfsToken: lfsTokenHolder(database, lfsTokens),
      originOf,
      logger,
    }),
  );
  await server.register(
    consoleGateway({
      ...consoleSessions,
      iam,
      signInGuard,
      audit,
      throttle,
      originOf,
      endpoint,
      regions: consoleRegions(config),
      signUpMode: ({ isOverTls, host }) =>
        signUpMode(config, isOverTls ? (config.https ?? DEFAULT_HTTPS) : config.http, host),
      folder: CONSOLE_FOLDER,
      logger,
    }),
  );
  await listen(() => server.listen(config.http), config.http);
  secureAddress = await listenSecurely(config, throughDoors(doors, withoutEscapes(server.routing)), logger, listeners);
  ssh = await listenForSsh(
    config,
    logger,
    stores,
    {
      ...{ audit, gitSessions, failedSignIns, throttle, codecommit, repositories, loadUser: loadGitUser },
      lfsAuthenticate: lfsAuthenticator(lfsTokens, endpoint),
    },
    listeners,
  );
  const maintenance = new Maintenance({ database, repositories, keys, onWarning: warn });
  maintenance.start();
  closers.push(() => maintenance.stop());
  const keyMaintenance = new KeyMaintenance({ database, sealer, onWarning: warn });
  keyMaintenance.start();
  closers.push(() => keyMaintenance.stop());
  const accounts = await database.selectFrom('accounts').select(['account_id', 'root_email']).execute();
  return {
    addresses: {
      http: address(),
      ...(secureAddress !== undefined && { https: secureAddress }),
      ...(ssh !== undefined && { ssh: `ssh://${urlHost(sshAddress(config).host)}:${ssh.port}` }),
    },
    endpoint,
    accounts: accounts.map((row) => ({ accountId: row.account_id, rootEmail: row.root_email })),
  };
}

function service<Services>(
  signingName: string,
  protocol: Service<Services>['protocol'],
  operations: Service<Services>['operations'],
  services: Services,
): Service<Services> {
  return { signingName, protocol, operations, services };
}

function awsQuery(serviceName: string, version: string): Service<unknown>['protocol'] {
  return { kind: 'awsQuery', version, xmlNamespace: `https://${serviceName}.amazonaws.com/doc/${version}/` };
}

async function keyPrincipal(database: Database, key: SigningKey): Promise<Principal | undefined> {
  if ('session' in key) {
    const load = () => loadSessionPrincipal(database, key.session);
    return AccessCache.of(database).read(`session ${key.accessKeyId}`, load);
  }
  return key.userId === null ? accountRootPrincipal(database, key.accountId) : userPrincipal(database, key.userId);
}

function accountRootPrincipal(database: Database, accountId: string): Promise<Principal | undefined> {
  return AccessCache.of(database).read(`root ${accountId}`, () => loadRootPrincipal(database, accountId));
}

async function consolePrincipal(database: Database, session: ConsoleSession): Promise<Principal | undefined> {
  const { accountId, userId, ...times } = session;
  const principal = await (userId === null
    ? accountRootPrincipal(database, accountId)
    : userPrincipal(database, userId));
  return principal && { ...principal, session: times };
}

function userPrincipal(database: Database, userId: string): Promise<Principal | undefined> {
  return AccessCache.of(database).read(`user ${userId}`, () => loadUserPrincipal(database, userId));
}

/** For who has come over SSH: the transfers go over HTTP, where the token stands for the user. */
function lfsAuthenticator(tokens: LfsTokens, endpoint: Endpoint): LfsAuthenticate {
  return async ({ principal: { userId }, environment: { region, time } }, wanted) => {
    const { repositoryName, operation, sshPublicKeyId } = wanted;
    const grant = { userId, sshPublicKeyId, repositoryName, region, operation };
    const { token, expiresInSeconds } = await tokens.issue(grant, time);
    return {
      href: `${endpoint.cloneUrlHttp(region, repositoryName)}/info/lfs`,
      header: { Authorization: `Bearer ${token}` },
      expires_in: expiresInSeconds,
    };
  };
}

function lfsTokenHolder(database: Database, tokens: LfsTokens) {
  const sshKeys = new SshKeys(database);
  return async (token: string, repositoryName: string, time: Date) => {
    const grant = await tokens.open(token, time);
    if (grant?.repositoryName !== repositoryName) return undefined;
    if (!(await sshKeys.isActive(grant.sshPublicKeyId, grant.userId))) return undefined;
    const principal = await userPrincipal(database, grant.userId);
    return principal && { principal, region: grant.region, operation: grant.operation };
  };
}
