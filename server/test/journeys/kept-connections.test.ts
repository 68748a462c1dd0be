import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import {
  DetachUserPolicyCommand,
  IAMClient,
  ListServiceSpecificCredentialsCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateServiceSpecificCredentialCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asRootUser, createGitUser, createRepository } from '../harness/account-setup.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';

// A client that keeps its connection loses its rights with the next request all the same.

describe.each(databaseEngines)('on a kept connection, on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let iam: IAMClient;
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<Socket>();
    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      iam = new IAMClient(asRootUser(codekeep.server));
    });
    afterAll(async () => {
      agent.destroy();
      iam?.destroy();
      await codekeep?.dispose();
    });

    async function discover(url: string, userName: string, password: string) {
      const sent = request(`${url}/info/refs?service=git-upload-pack`, { agent, auth: `${userName}:${password}` });
      sent.end();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      sockets.add(answer.socket);
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      return [answer.statusCode, text];
    }

    it('a Git password is checked against what is true now', async () => {
      const url = await createRepository(codekeep.server, 'kept');
      const ana = await createGitUser(codekeep.server, 'ana');
      const ben = await createGitUser(codekeep.server, 'ben');
      const credentials = await iam.send(new ListServiceSpecificCredentialsCommand({ UserName: 'ana' }));
      const ServiceSpecificCredentialId = credentials.ServiceSpecificCredentials?.[0]?.ServiceSpecificCredentialId;
      const ofAna = { UserName: 'ana', ServiceSpecificCredentialId };
      const setStatus = (Status: 'Active' | 'Inactive') =>
        iam.send(new UpdateServiceSpecificCredentialCommand({ ...ofAna, Status }));
      const statuses: unknown[] = [];
      const discoverBy = async (userName: string, password: string) =>
        statuses.push((await discover(url, userName, password))[0]);

      await discoverBy(ana.userName, ana.password);
      await discoverBy(ana.userName, ana.password);
      await discoverBy(ana.userName, ben.password);
      await discoverBy(ben.userName, ben.password);
      await discoverBy(ana.userName, ana.password);
      await setStatus('Inactive');
      await discoverBy(ana.userName, ana.password);
      await setStatus('Active');
      await discoverBy(ana.userName, ana.password);
      expect(statuses.splice(0)).toEqual([200, 200, 401, 200, 200, 401, 200]);

      const reset = await iam.send(new ResetServiceSpecificCredentialCommand(ofAna));
      await discoverBy(ana.userName, ana.password);
      const password = reset.ServiceSpecificCredential?.ServicePassword ?? '';
      await discoverBy(ana.userName, password);
      await discoverBy(ana.userName, password);
      expect(statuses.splice(0)).toEqual([401, 200, 200]);

      const PolicyArn = 'arn:aws:iam::aws:policy/AWSCodeCommitPowerUser';
      await iam.send(new DetachUserPolicyCommand({ UserName: 'ana', PolicyArn }));
      const [status, text] = await discover(url, ana.userName, password);
      expect([status, text]).toEqual([
        403,
        expect.stringContaining('is not authorized to perform: codecommit:GitPull'),
      ]);
      expect(sockets.size).toBe(1);
    });
  });
});
