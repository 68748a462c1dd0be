import { createHash } from 'node:crypto';
import administratorAccess from './documents/AdministratorAccess.json' with { type: 'json' };
import codeCommitFullAccess from './documents/AWSCodeCommitFullAccess.json' with { type: 'json' };
import codeCommitPowerUser from './documents/AWSCodeCommitPowerUser.json' with { type: 'json' };
import codeCommitReadOnly from './documents/AWSCodeCommitReadOnly.json' with { type: 'json' };
import keyManagementServicePowerUser from './documents/AWSKeyManagementServicePowerUser.json' with { type: 'json' };
import iamFullAccess from './documents/IAMFullAccess.json' with { type: 'json' };
import iamReadOnlyAccess from './documents/IAMReadOnlyAccess.json' with { type: 'json' };
import iamSelfManageServiceSpecificCredentials from './documents/IAMSelfManageServiceSpecificCredentials.json' with {
  type: 'json',
};
import iamUserChangePassword from './documents/IAMUserChangePassword.json' with { type: 'json' };
import iamUserSshKeys from './documents/IAMUserSSHKeys.json' with { type: 'json' };
import powerUserAccess from './documents/PowerUserAccess.json' with { type: 'json' };

/** A policy that AWS provides in every account. */
export interface ManagedPolicy {
  readonly arn: string;
  readonly name: string;
  /** Begins and ends with a slash. */
  readonly path: string;
  /** ANPA and 17 upper-case base32 characters; the same on every server, but not AWS's own. */
  readonly policyId: string;
  readonly description: string;
  /** The version of AWS's policy that the document is equal to in effect. */
  readonly defaultVersionId: string;
  readonly createDate: Date;
  /** When AWS made the default version. */
  readonly updateDate: Date;
  /** JSON text. */
  readonly document: string;
}

interface Source {
  readonly version: `v${number}`;
  readonly created: string;
  readonly updated: string;
  readonly description: string;
  readonly document: object;
}

/** Contents, versions and dates as published by AWS up to August 2026. */
const sources: Readonly<Record<string, Source>> = {
  AWSCodeCommitFullAccess: {
    version: 'v13',
    created: '2015-07-09T17:02:19Z',
    updated: '2026-02-12T18:00:23Z',
    description: 'Everything in CodeCommit, deleting repositories included, and managing credentials of one’s own.',
    document: codeCommitFullAccess,
  },
  AWSCodeCommitPowerUser: {
    version: 'v18',
    created: '2015-07-09T17:06:49Z',
    updated: '2026-02-12T17:57:24Z',
    description: 'Work in CodeCommit without deleting repositories, and managing credentials of one’s own.',
    document: codeCommitPowerUser,
  },
  AWSCodeCommitReadOnly: {
    version: 'v14',
    created: '2015-07-09T17:05:06Z',
    updated: '2026-02-12T18:00:25Z',
    description: 'Reading in CodeCommit, and listing credentials of one’s own.',
    document: codeCommitReadOnly,
  },
  AWSKeyManagementServicePowerUser: {
    version: 'v2',
    created: '2015-02-06T18:40:40Z',
    updated: '2017-03-07T00:55:11Z',
    description: 'Creating and describing keys and aliases in KMS, without administering or using keys.',
    document: keyManagementServicePowerUser,
  },
  AdministratorAccess: {
    version: 'v1',
    created: '2015-02-06T18:39:46Z',
    updated: '2015-02-06T18:39:46Z',
    description: 'Every action on every resource.',
    document: administratorAccess,
  },
  IAMFullAccess: {
    version: 'v2',
    created: '2015-02-06T18:40:38Z',
    updated: '2019-06-21T19:40:00Z',
    description: 'Everything in IAM.',
    document: iamFullAccess,
  },
  IAMReadOnlyAccess: {
    version: 'v4',
    created: '2015-02-06T18:40:39Z',
    updated: '2018-01-25T19:11:27Z',
    description: 'Reading in IAM.',
    document: iamReadOnlyAccess,
  },
  IAMSelfManageServiceSpecificCredentials: {
    version: 'v1',
    created: '2016-12-22T17:25:18Z',
    updated: '2016-12-22T17:25:18Z',
    description: 'Managing service-specific credentials, such as Git credentials, of one’s own.',
    document: iamSelfManageServiceSpecificCredentials,
  },
  IAMUserChangePassword: {
    version: 'v5',
    created: '2016-11-15T00:25:16Z',
    updated: '2026-02-12T17:58:57Z',
    description: 'Changing the console password of one’s own.',
    document: iamUserChangePassword,
  },
  IAMUserSSHKeys: {
    version: 'v1',
    created: '2015-07-09T17:08:54Z',
    updated: '2015-07-09T17:08:54Z',
    description: 'Managing SSH public keys of one’s own.',
    document: iamUserSshKeys,
  },
  PowerUserAccess: {
    version: 'v12',
    created: '2015-02-06T18:39:47Z',
    updated: '2026-02-12T17:59:14Z',
    description: 'Every service but the management of users, accounts and organizations.',
    document: powerUserAccess,
  },
};

/** The AWS managed policies that a CodeCommit user meets, by ARN */
export const awsManagedPolicies: ReadonlyMap<string, ManagedPolicy> = new Map(
  Object.entries(sources).map(([name, source]) => {
    const policy = managedPolicy(name, source);
    return [policy.arn, policy];
  }),
);

function managedPolicy(name: string, source: Source): ManagedPolicy {
  return {
    arn: `arn:aws:iam::aws:policy/${name}`,
    name,
    path: '/',
    policyId: `ANPA${base32(createHash('sha256').update(name).digest()).slice(0, 17)}`,
    description: source.description,
    defaultVersionId: source.version,
    createDate: new Date(source.created),
    updateDate: new Date(source.updated),
    document: JSON.stringify(source.document, null, 2),
  };
}

/** One character a byte: enough for an identifier that only has to be stable and distinct. */
function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(byte & 31)).join('');
}
