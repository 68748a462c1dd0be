import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseEngines } from '../../../test/harness/databases.ts';
import { openTestAccount, type TestAccount } from '../../services/iam/test-account.ts';
import { rootPrincipal } from '../principals.ts';
import { ConnectionSignIns } from './connection-sign-ins.ts';
import type { GitCaller } from './git-authentication.ts';

const HEADER = `Basic ${'QWxhZGRpbjpvcGVuIHNlc2FtZQ'.repeat(4)}=`;
const CALLER: GitCaller = { principal: rootPrincipal('111122223333'), region: 'us-east-1' };

describe.each(databaseEngines)('sign-ins of a connection on $name', (engine) => {
  describe.skipIf(engine.skipReason)('', () => {
    let account: TestAccount;
    let signIns: ConnectionSignIns;
    let uses: string[];
    let authentications: number;
    let caller: GitCaller | undefined;
    beforeAll(async () => {
      account = await openTestAccount(engine);
    });
    afterAll(() => account.close());
    beforeEach(() => {
      uses = [];
      authentications = 0;
      caller = CALLER;
      signIns = new ConnectionSignIns(account.services.database, (userId) => uses.push(userId));
    });

    const signIn = (connection: object, authorization = HEADER, region = 'us-east-1') =>
      signIns.signIn({ connection, authorization, region }, async () => {
        authentications += 1;
        return caller;
      });

    it('authenticate once, note each further use, and follow the Region of the request', async () => {
      const connection = {};
      expect(await signIn(connection)).toBe(CALLER);
      expect([authentications, uses]).toEqual([1, []]);
      expect(await signIn(connection)).toEqual(CALLER);
      expect(await signIn(connection, HEADER, 'eu-central-1')).toEqual({ ...CALLER, region: 'eu-central-1' });
      expect([authentications, uses]).toEqual([1, [CALLER.principal.userId, CALLER.principal.userId]]);
    });

    it.each([
      ['other', HEADER.replace('QWx', 'QWy')],
      ['longer', `${HEADER}=`],
      ['shorter', HEADER.slice(0, -1)],
      ['no', ''],
    ])('authenticate anew with %s header', async (_, header) => {
      const connection = {};
      await signIn(connection);
      caller = undefined;
      expect(await signIn(connection, header)).toBeUndefined();
      expect(await signIn(connection, header)).toBeUndefined();
      expect(authentications).toBe(3);
      // What was wrong has not been remembered, and takes nothing from what was right.
      expect(await signIn(connection)).toEqual(CALLER);
      expect([authentications, uses]).toEqual([3, [CALLER.principal.userId]]);
    });

    it('authenticate anew on another connection, and whatever comes with a signature', async () => {
      await signIn({});
      await signIn({});
      expect(authentications).toBe(2);
      caller = { ...CALLER, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' };
      const connection = {};
      for (let count = 0; count < 3; count++) expect(await signIn(connection)).toBe(caller);
      expect([authentications, uses]).toEqual([5, []]);
    });

    it('authenticate anew after any change of rights, also one that was made meanwhile', async () => {
      const connection = {};
      await signIn(connection);
      await account.newUser();
      caller = undefined;
      expect(await signIn(connection)).toBeUndefined();
      expect(authentications).toBe(2);
      const changed = {};
      await signIns.signIn({ connection: changed, authorization: HEADER, region: 'us-east-1' }, async () => {
        await account.newUser();
        return CALLER;
      });
      expect(await signIn(changed)).toBeUndefined();
      expect(authentications).toBe(3);
    });
  });
});
