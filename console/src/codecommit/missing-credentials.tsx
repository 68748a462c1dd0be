import { ListServiceSpecificCredentialsCommand, ListSSHPublicKeysCommand } from '@aws-sdk/client-iam';
import type { ReactNode } from 'react';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { useSession } from '../session/session-context.ts';

/** What the user still has to do before Git lets them in; nothing where they may not look at their own credentials. */
export function useMissingCredentials(): { readonly https?: ReactNode; readonly ssh?: ReactNode } {
  const { userName } = useSession();
  const iam = useIam();
  const isUser = userName !== undefined;
  const credentials = useRead(
    ['iam', 'ListServiceSpecificCredentials', userName],
    () => iam.send(new ListServiceSpecificCredentialsCommand({ ServiceName: 'codecommit.amazonaws.com' })),
    { enabled: isUser },
  );
  const keys = useRead(['iam', 'ListSSHPublicKeys', userName], () => iam.send(new ListSSHPublicKeysCommand({})), {
    enabled: isUser,
  });
  if (!isUser) {
    const root = <b>You are the root user, who can have neither: sign in as an IAM user.</b>;
    return { https: root, ssh: root };
  }
  return {
    ...(credentials.data?.ServiceSpecificCredentials?.length === 0 && {
      https: <b>You have no Git credentials yet.</b>,
    }),
    ...(keys.data?.SSHPublicKeys?.length === 0 && { ssh: <b>You have no SSH public key yet.</b> }),
  };
}
