import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { AuthContext, ClientInfo, Connection, ServerChannel, Session } from 'ssh2';
import type { FoundSshKey, SshKeys } from '../../access/authentication/ssh-keys.ts';
import type { Principal } from '../../access/principal.ts';
import { failedSshLogin, sshLoginEvent } from '../../observability/audit/sign-in-events.ts';
import { userIdentityOf } from '../../observability/audit/user-identity.ts';
import { clientAddress } from '../../trusted-proxies.ts';
import { type CommandServices, NO_SHELL, serveCommand } from './command-session.ts';
import { Conversation } from './conversation.ts';
import { type CheckedKey, checkPublicKey } from './public-key-authentication.ts';

export interface ConnectionServices extends CommandServices {
  readonly keys: SshKeys;
  readonly loadPrincipal: (key: FoundSshKey) => Promise<Principal | undefined>;
}

const LISTENERS = 100;

/** What a session was told before its command. */
interface Environment {
  bytes: number;
  gitProtocol: string | undefined;
}

/** One client: signs it in, then runs its commands, as many at once as it opens channels. */
export class SshConnection {
  readonly #services: ConnectionServices;
  readonly #connection: Connection;
  readonly #info: ClientInfo;
  readonly #socket: Socket;
  readonly #conversations = new Set<Conversation>();
  readonly #idle: NodeJS.Timeout;
  #channels = 0;
  #failures = 0;
  #askedForMethods = false;
  #signedIn: CheckedKey | undefined;
  /** The user name of the last key that was tried. */
  #triedAs: string | undefined;
  #closing = false;

  /** @param onSignedIn told once, when the client has proved who it is */
  constructor(
    services: ConnectionServices,
    connection: Connection,
    info: ClientInfo,
    socket: Socket,
    onSignedIn: () => void,
  ) {
    this.#services = services;
    this.#connection = connection;
    this.#info = { ...info, ip: clientAddress(info.ip) };
    this.#socket = socket;
    this.#idle = setTimeout(() => {
      if (this.#conversations.size === 0) socket.destroy();
    }, services.limits.idleMs);
    // Each open channel listens to both.
    socket.setMaxListeners(LISTENERS).once('close', () => {
      clearTimeout(this.#idle);
      void this.#recordFailure();
    });
    connection.setMaxListeners(LISTENERS);
    socket.on('data', () => this.#keepBounds());
    connection
      // The connection is over then; who is served learns it from the socket.
      .on('error', (error) => services.logger.debug({ err: error }, 'An SSH connection broke'))
      .on('authentication', (context) => {
        this.#authenticate(context).catch((error: unknown) => {
          services.logger.error({ err: error }, 'An SSH client could not be signed in');
          socket.destroy();
        });
      })
      .on('ready', onSignedIn)
      .on('session', (accept, reject) => {
        if (this.#closing || this.#channels >= services.limits.channels) return reject();
        this.#serveSession(accept());
      });
  }

  /** A command runs. */
  get isBusy(): boolean {
    return this.#conversations.size > 0;
  }

  /** Lets what runs end, then closes the connection. */
  close(): void {
    this.#closing = true;
    if (this.#conversations.size > 0) return;
    this.#connection.end();
    this.#socket.destroySoon();
  }

  async #authenticate(context: AuthContext): Promise<void> {
    if (context.method === 'publickey') this.#triedAs = context.username;
    const checked = await checkPublicKey(this.#services.keys, context);
    if (this.#socket.destroyed) return;
    if (checked !== undefined) {
      if (checked.proved) this.#signedIn = checked;
      context.accept();
      if (checked.proved) await this.#recordLogin(checked);
      return;
    }
    const free = context.method === 'none' && !this.#askedForMethods;
    if (free) this.#askedForMethods = true;
    else this.#failures++;
    context.reject(['publickey']);
    const { tries } = this.#services.limits;
    if (this.#failures < tries) return;
    this.#services.logger.info({ address: this.#info.ip }, `An SSH client failed to sign in ${tries} times`);
    this.#connection.end();
  }

  async #recordLogin({ keyId }: CheckedKey): Promise<void> {
    const principal = await this.#principal();
    if (principal === undefined) return;
    this.#services.audit.record(sshLoginEvent({ ...this.#loginFacts(), identity: userIdentityOf(principal) }, keyId));
  }

  /** A client tries each key that it has, so one that leaves without a right one has failed once. */
  async #recordFailure(): Promise<void> {
    if (this.#signedIn !== undefined || this.#triedAs === undefined) return;
    await this.#services.failedSignIns.record({ sshPublicKeyId: this.#triedAs }, failedSshLogin(this.#loginFacts()));
  }

  #loginFacts() {
    return {
      region: this.#services.region,
      requestId: randomUUID(),
      time: new Date(),
      sourceIp: this.#info.ip,
      userAgent: this.#info.header.versions.software,
    };
  }

  #serveSession(session: Session): void {
    this.#channels++;
    session.once('close', () => this.#channels--);
    const environment: Environment = { bytes: 0, gitProtocol: undefined };
    session.on('env', (accept, reject, { key, val }) => {
      environment.bytes += Buffer.byteLength(key) + Buffer.byteLength(val);
      const { environmentBytes } = this.#services.limits;
      if (key !== 'GIT_PROTOCOL' || environment.bytes > environmentBytes) return reject?.();
      environment.gitProtocol = val;
      accept?.();
    });
    session.on('exec', (accept, _reject, { command }) => {
      const channel = accept() as ServerChannel | undefined;
      if (channel !== undefined) void this.#run(this.#converse(session, channel), command, environment);
    });
    session.on('shell', (accept) => {
      const channel = accept() as ServerChannel | undefined;
      if (channel !== undefined) this.#greet(this.#converse(session, channel));
    });
  }

  async #run(conversation: Conversation, command: string, environment: Environment): Promise<void> {
    try {
      const request = {
        command,
        gitProtocol: environment.gitProtocol,
        environmentBytes: environment.bytes,
        sourceIp: this.#info.ip,
        userAgent: this.#info.header.versions.software,
        keyId: this.#signedIn?.keyId ?? '',
        principal: await this.#principal(),
      };
      await serveCommand(this.#services, request, conversation);
    } catch (error) {
      this.#services.logger.error({ err: error }, 'An SSH command failed');
      conversation.finish(1);
    } finally {
      this.#end(conversation);
    }
  }

  /** The connection ends without a status, as on CodeCommit, unless other channels need it. */
  #greet(conversation: Conversation): void {
    conversation.tell(NO_SHELL);
    if (this.#channels > 1) conversation.finish(1);
    else this.#socket.end();
    this.#end(conversation);
  }

  /** Who has the key now: a connection may outlive it. */
  async #principal(): Promise<Principal | undefined> {
    if (this.#signedIn === undefined) return undefined;
    const found = await this.#services.keys.find(this.#signedIn.keyId, this.#signedIn.key);
    return found === undefined ? undefined : this.#services.loadPrincipal(found);
  }

  #converse(session: Session, channel: ServerChannel): Conversation {
    const conversation = new Conversation(channel, this.#connection, this.#socket, this.#services.limits.idleMs);
    // The channel itself tells it only when everything has been read.
    session.once('close', () => conversation.abandon());
    this.#conversations.add(conversation);
    return conversation;
  }

  #end(conversation: Conversation): void {
    this.#conversations.delete(conversation);
    this.#idle.refresh();
    if (this.#closing) this.close();
  }

  /** A client that sends beyond its window, or asks and asks and never reads, would fill the memory. */
  #keepBounds(): void {
    const { waitingBytes } = this.#services.limits;
    let unread = 0;
    for (const conversation of this.#conversations) unread = Math.max(unread, conversation.unreadBytes);
    if (this.#socket.writableLength <= waitingBytes && unread <= waitingBytes) return;
    this.#services.logger.info({ address: this.#info.ip }, 'An SSH client broke the rules of the flow of data');
    this.#socket.destroy();
  }
}
