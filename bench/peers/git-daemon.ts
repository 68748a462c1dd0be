import { once } from 'node:events';
import { connect } from 'node:net';
import { gitClient } from '../../server/test/harness/git-client.ts';
import { temporaryFolder } from '../../server/test/harness/temporary-folders.ts';
import { openProcessorAccount } from '../processor-time.ts';
import { bareRepositories } from './bare-repositories.ts';
import { GIT_DAEMON, type Peer } from './peer.ts';
import { freePort, ready, startServer, stopServer } from './processes.ts';

const MAX_CONNECTIONS = 64;

/** `git daemon`, which asks for no credentials and encrypts nothing. */
export async function startGitDaemon(): Promise<Peer> {
  const folder = await temporaryFolder('daemon');
  const git = await gitClient();
  const port = await freePort();
  const server = startServer(
    'git',
    [
      'daemon',
      '--log-destination=none',
      '--reuseaddr',
      '--listen=127.0.0.1',
      `--port=${port}`,
      '--export-all',
      `--base-path=${folder.path}`,
      '--enable=receive-pack',
      `--max-connections=${MAX_CONNECTIONS}`,
    ],
    { HOME: folder.path, GIT_CONFIG_NOSYSTEM: '1' },
  );
  await ready(server, () => accepts(port));
  const processorAccount = openProcessorAccount('daemon', server.pid === undefined ? [] : [server.pid]);
  return {
    name: GIT_DAEMON,
    git,
    protocol: 'git',
    ...bareRepositories(git, folder.path, (name) => `git://127.0.0.1:${port}/${name}.git`),
    processorSeconds: () => processorAccount.seconds(),
    async stop() {
      await stopServer(server);
      processorAccount.close();
      await git.dispose();
      await folder.remove();
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
