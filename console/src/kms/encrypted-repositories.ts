import { useCodeCommit } from '../api/codecommit.ts';
import { listRepositoriesForEncryptionKey } from '../api/codecommit-extensions.ts';
import { allOf } from '../api/pages-of.ts';
import { useRead } from '../api/queries.ts';

/** Which repositories of the Region a key encrypts, whatever its state, as far as the user may ask about each. */
export function useEncryptedRepositories(arn: string) {
  const client = useCodeCommit();
  return useRead(['codecommit', 'ListRepositoriesForEncryptionKey', arn], () =>
    allOf(async (nextToken) => {
      const page = await listRepositoriesForEncryptionKey(client, { kmsKeyId: arn, nextToken });
      return { items: page.repositories, marker: page.nextToken };
    }),
  );
}
