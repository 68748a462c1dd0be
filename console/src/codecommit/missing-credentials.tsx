import { ListServiceSpecificCredentialsCommand, ListSSHPublicKeysCommand } from '@aws-sdk/client-iam';
import type { ReactNode } from 'react';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { AppLink } from '../elements/app-link.tsx';
import { useSession } from '../session/session-context.ts';

const OWN_CREDENTIALS = '/iam/security-credentials';

/** What the user still has to do before Git lets them in; nothing where they may not look at their own credentials. */
export function useMissingCredentials(): { readonly https?: ReactNode; readonly ssh?: ReactNode } {
  const { userName } = useSession();
  const iam = useIam();
  const isUser = userName !== undefined;
  const credentials = useRead(
    ['iam', 'ListServiceSpecificCredentials', userName],
    async () => {
      const answer = await iam.send(
        new ListServiceSpecificCredentialsCommand({ ServiceName: 'codecommit.amazonaws.com' }),
      );
      return answer.ServiceSpecificCredentials ?? [];
    },
    { enabled: isUser },
  );
  const keys = useRead(
    ['iam', 'ListSSHPublicKeys', userName],
    async () => (await iam.send(new ListSSHPublicKeysCommand({}))).SSHPublicKeys ?? [],
    {
      enabled: isUser,
    },
  );
  if (!isUser) {
    const root = <b>You are the root user, who can have neither: sign in as an IAM user.</b>;
    return { https: root, ssh: root };
  }
  return {
    ...(credentials.data?.length === 0 && {
      https: <AppLink to={OWN_CREDENTIALS}>You have no Git credentials yet: generate them.</AppLink>,
    }),
    ...(keys.data?.length === 0 && {
      ssh: <AppLink to={OWN_CREDENTIALS}>You have no SSH public key yet: upload one.</AppLink>,
    }),
  };
}
