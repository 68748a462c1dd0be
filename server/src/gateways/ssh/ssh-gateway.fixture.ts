import { randomBytes, randomUUID } from 'node:crypto';
import { pino } from 'pino';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { auditRecorder } from '../../../test/harness/audit-recorder.ts';
import {
  ACCOUNT,
  type CodecommitFixture,
  codecommitFixture,
  REGION,
} from '../../../test/harness/codecommit-services.ts';
import { sqliteEngine } from '../../../test/harness/databases.ts';
import { SshKeys } from '../../access/authentication/ssh-keys.ts';
import { rootPrincipal } from '../../access/principals.ts';
import { RequestThrottle } from '../../access/request-throttle.ts';
import type { AuditedEvent } from '../../observability/audit/cloudtrail-record.ts';
import type { Repositories } from '../../repositories/repositories.ts';
import { RootKey } from '../../storage/encryption/root-key.ts';
import { Sealer } from '../../storage/encryption/sealing.ts';
import type { LfsAuthenticate } from './command-session.ts';
import { openHostKeys } from './host-keys.ts';
import { openSshGateway, type SshGateway } from './ssh-gateway.ts';
import type { SshLimits } from './ssh-limits.ts';

/** What a command said, to its end. */
interface CommandResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** Absent when the connection was cut. */
  readonly status: number | undefined;
}

/** The SSH gateway on real stores, in this process, so that its limits can be made small. */
export interface SshFixture {
  readonly codecommit: CodecommitFixture;
  readonly keyId: string;
  /** OpenSSH's form. */
  readonly privateKey: string;
  /** Bytes that repositories have given to the gateway. */
  readonly taken: () => number;
  /** What the audit trail was told. */
  readonly audited: () => readonly AuditedEvent[];
  /** What the log has at level info and above. */
  readonly log: () => string;
  /** A gateway with other limits, on a port of its own. */
  open(limits: Partial<SshLimits>, lfsAuthenticate?: LfsAuthenticate): Promise<SshGateway>;
  dispose(): Promise<void>;
}

export async function sshFixture(): Promise<SshFixture> {
  const codecommit = await codecommitFixture(sqliteEngine);
  const { database } = codecommit.services;
  const pair = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  const keyId = 'APKAEXAMPLEEXAMPLE23';
  await database
    .insertInto('users')
    .values({
      user_id: 'AIDAEXAMPLE',
      account_id: ACCOUNT,
      user_name: 'ana',
      user_name_key: 'ana',
      path: '/',
      tags: '{}',
      created_at: 0,
      password_last_used: null,
    })
    .execute();
  await database
    .insertInto('ssh_public_keys')
    .values({
      ssh_public_key_id: keyId,
      account_id: ACCOUNT,
      user_id: 'AIDAEXAMPLE',
      fingerprint: randomUUID(),
      public_key: pair.public.trim(),
      status: 'Active',
      uploaded_at: 0,
    })
    .execute();
  const hostKeys = await openHostKeys(database, new Sealer(RootKey.fromBase64(randomBytes(32).toString('base64'))));
  const lines: string[] = [];
  const gateways: SshGateway[] = [];
  const recorders: ReturnType<typeof auditRecorder>[] = [];
  let taken = 0;
  const repositories = counted(codecommit.services.repositories, (bytes) => {
    taken += bytes;
  });
  return {
    codecommit,
    keyId,
    privateKey: pair.private,
    taken: () => taken,
    log: () => lines.join(''),
    audited: () =>
      recorders.flatMap((recorder) => {
        recorder.flush();
        return recorder.events;
      }),
    async open(limits, lfsAuthenticate = async () => ({})) {
      const recorder = auditRecorder();
      recorders.push(recorder);
      const gateway = await openSshGateway(
        {
          ...recorder,
          throttle: new RequestThrottle('off'),
          hostKeys: hostKeys.map(({ privateKey }) => privateKey),
          keys: new SshKeys(database),
          loadPrincipal: async () => rootPrincipal(ACCOUNT),
          codecommit: codecommit.services,
          repositories,
          region: REGION,
          logger: pino({ level: 'info' }, { write: (line) => void lines.push(line) }),
          limits,
          lfsAuthenticate,
        },
        { host: '127.0.0.1', port: 0 },
      );
      gateways.push(gateway);
      return gateway;
    },
    async dispose() {
      for (const gateway of gateways) await gateway.close(60_000);
      await codecommit.dispose();
    },
  };
}

/** Signs in; rejects when the server does not let it. */
export function signIn(fixture: SshFixture, gateway: SshGateway, config: ConnectConfig = {}): Promise<Client> {
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client
      .on('ready', () => resolve(client))
      .on('error', reject)
      .once('close', () => reject(new Error('closed')))
      .connect({
        host: '127.0.0.1',
        port: gateway.port,
        username: fixture.keyId,
        privateKey: fixture.privateKey,
        ...config,
      });
  });
}

const statuses = new WeakMap<ClientChannel, number>();

export function exec(client: Client, command: string, env: Record<string, string> = {}): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, { env }, (error, channel) => {
      if (error !== undefined) return reject(error);
      // May come in the same packet, before the caller has the channel.
      channel.on('exit', (code: number) => statuses.set(channel, code));
      resolve(channel);
    });
  });
}

/** Reads a command's streams to their end. */
export function resultOf(channel: ClientChannel): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  let stderr = '';
  channel.on('data', (chunk: Buffer) => stdout.push(chunk));
  channel.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  channel.resume();
  return new Promise((resolve) => {
    channel.once('close', () => resolve({ stdout: Buffer.concat(stdout), stderr, status: statuses.get(channel) }));
  });
}

/** The same repositories, with a count of what they give. */
function counted(repositories: Repositories, onBytes: (bytes: number) => void): Repositories {
  return new Proxy(repositories, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (name !== 'converseUploadPack') return value.bind(target);
      return async function* (...args: Parameters<Repositories['converseUploadPack']>) {
        for await (const chunk of target.converseUploadPack(...args)) {
          onBytes(chunk.length);
          yield chunk;
        }
      };
    },
  });
}
