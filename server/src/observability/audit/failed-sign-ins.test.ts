import {
  CreateAccessKeyCommand,
  CreateServiceSpecificCredentialCommand,
  UploadSSHPublicKeyCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditRecorder } from '../../../test/harness/audit-recorder.ts';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from '../../services/iam/test-account.ts';
import { ed25519Line } from '../../services/iam/test-keys.ts';
import { type FailedSignIn, FailedSignIns } from './failed-sign-ins.ts';

const MINUTE_MS = 60_000;

describe.each(databaseEngines)('failed sign-ins on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let recorder: ReturnType<typeof auditRecorder>;
    let failed: FailedSignIns;
    let now: number;
    const warnings: string[] = [];
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());
    beforeEach(() => {
      recorder = auditRecorder();
      now = Date.parse('2026-11-26T10:00:00Z');
      warnings.length = 0;
      failed = new FailedSignIns(
        recorder.audit,
        account.services.database,
        (message) => warnings.push(message),
        () => now,
      );
    });

    const event = (sourceIp = '192.0.2.1'): FailedSignIn => ({
      eventSource: 'codecommit.amazonaws.com',
      eventName: 'GitPull',
      readOnly: true,
      region: 'us-east-1',
      requestId: 'request',
      time: new Date(now),
      sourceIp,
      userAgent: 'git/2.39.5',
      error: { code: 'FailedAuthentication', message: 'wrong' },
    });
    const identities = () => recorder.events.map(({ identity }) => identity);

    it('belong to the account and the user that were claimed', async () => {
      const UserName = await account.newUser();
      const { root, accountId } = account;
      const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName }));
      const { ServiceSpecificCredential: git } = await root.send(
        new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: 'codecommit.amazonaws.com' }),
      );
      const { SSHPublicKey } = await root.send(
        new UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody: ed25519Line() }),
      );
      const { AccessKey: ofRoot } = await root.send(new CreateAccessKeyCommand({}));
      const accessKeyId = AccessKey?.AccessKeyId ?? '';
      const rootKeyId = ofRoot?.AccessKeyId ?? '';
      await failed.record({ accessKeyId }, event());
      await failed.record({ serviceUserName: git?.ServiceUserName ?? '' }, event());
      await failed.record({ sshPublicKeyId: SSHPublicKey?.SSHPublicKeyId ?? '' }, event());
      await failed.record({ accessKeyId: rootKeyId }, event());
      const user = { type: 'IAMUser', accountId, userName: UserName, principalId: expect.stringMatching(/^AIDA/) };
      expect(identities()).toEqual([
        { ...user, accessKeyId },
        user,
        user,
        { type: 'Root', accountId, accessKeyId: rootKeyId },
      ]);
    });

    it('keep no name of somebody who does not exist: it may be a password', async () => {
      for (const name of ['Correct-horse-battery', 'nul\0nul', 'ü', '']) {
        await failed.record({ serviceUserName: name }, event());
        await failed.record({ accessKeyId: name }, event(`192.0.2.${name.length + 2}`));
        await failed.record({ sshPublicKeyId: name }, event(`192.0.3.${name.length + 2}`));
      }
      await failed.record(undefined, event('198.51.100.1'));
      expect(new Set(identities().map((identity) => JSON.stringify(identity)))).toEqual(
        new Set(['{"type":"Unknown"}']),
      );
      expect(JSON.stringify(recorder.events)).not.toContain('Correct-horse');
      expect(warnings).toEqual([]);
    });

    it('are one a minute for each claim and network, and the next tells how many were left out', async () => {
      const claim = { serviceUserName: 'ada-at-1' };
      for (let count = 0; count < 5; count++) await failed.record(claim, event());
      await failed.record(claim, event('198.51.100.1'));
      await failed.record({ serviceUserName: 'bob-at-1' }, event());
      // One subscriber of IPv6 has a /64 network.
      for (let host = 1; host < 5; host++) await failed.record(claim, event(`2001:db8::${host}`));
      expect(recorder.events.map(({ additionalEventData }) => additionalEventData)).toEqual([
        undefined,
        { failedSignInsLeftOut: 4 },
        undefined,
        undefined,
      ]);
      now += MINUTE_MS + 1;
      await failed.record(claim, event());
      expect(recorder.events.at(-1)?.additionalEventData).toEqual({ failedSignInsLeftOut: 3 });
    });

    it('are 300 a minute at most, whoever comes from wherever', async () => {
      for (let count = 0; count < 400; count++) {
        await failed.record({ accessKeyId: `AKIA${count}` }, event(`10.0.${count >> 8}.${count & 255}`));
      }
      expect(recorder.events).toHaveLength(300);
      now += MINUTE_MS;
      await failed.record({ accessKeyId: 'AKIAAGAIN' }, event());
      expect(recorder.events.at(-1)?.additionalEventData).toEqual({ failedSignInsLeftOut: 100 });
    });
  });
});
