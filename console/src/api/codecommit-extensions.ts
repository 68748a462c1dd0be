import {
  $Command,
  type CodeCommitClient,
  type CodeCommitClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-codecommit';
import { type EndpointParameterInstructions, getEndpointPlugin } from '@smithy/core/endpoints';
import {
  GetCommitHistory$,
  type GetCommitHistoryInput,
  type GetCommitHistoryOutput,
  GetReferences$,
  type GetReferencesInput,
  type GetReferencesOutput,
  GetTree$,
  type GetTreeInput,
  type GetTreeOutput,
  ListRepositoriesForEncryptionKey$,
  type ListRepositoriesForEncryptionKeyInput,
  type ListRepositoriesForEncryptionKeyOutput,
} from '../../../server/src/services/codecommit/extensions/schemas.ts';

export type { EncryptedRepository, Reference } from '../../../server/src/services/codecommit/extensions/schemas.ts';

type Schema = typeof GetTree$;
type Send<Input, Output> = (client: CodeCommitClient, input: Input) => Promise<Output>;

/** As of the SDK's own commands. */
const ENDPOINT_PARAMETERS: EndpointParameterInstructions = {
  Region: { type: 'builtInParams', name: 'region' },
  Endpoint: { type: 'builtInParams', name: 'endpoint' },
};

/** The operations that Codekeep adds to CodeCommit's, sent by the SDK's client as its own are. */
export const getReferences: Send<GetReferencesInput, GetReferencesOutput> = sender('GetReferences', GetReferences$);
export const getCommitHistory: Send<GetCommitHistoryInput, GetCommitHistoryOutput> = sender(
  'GetCommitHistory',
  GetCommitHistory$,
);
export const getTree: Send<GetTreeInput, GetTreeOutput> = sender('GetTree', GetTree$);
export const listRepositoriesForEncryptionKey: Send<
  ListRepositoriesForEncryptionKeyInput,
  ListRepositoriesForEncryptionKeyOutput
> = sender('ListRepositoriesForEncryptionKey', ListRepositoriesForEncryptionKey$);

function sender<Input extends object, Output extends object>(name: string, schema: Schema): Send<Input, Output> {
  // The types of the SDK's builder know the SDK's operations alone.
  const Operation = $Command
    .classBuilder<
      Input & ServiceInputTypes,
      Output & ServiceOutputTypes,
      CodeCommitClientResolvedConfig,
      ServiceInputTypes,
      ServiceOutputTypes
    >()
    .ep(ENDPOINT_PARAMETERS)
    .m((Operation, _stack, config) => [getEndpointPlugin(config, Operation.getEndpointParameterInstructions())])
    .s('CodeCommit_20150413', name)
    .n('CodeCommitClient', `${name}Command`)
    .sc(schema)
    .build();
  return (client, input) => client.send(new Operation(input as Input & ServiceInputTypes));
}
