import type { Config } from './config.ts';
import type { InitialAccount } from './initialise.ts';
import type { CodekeepServer } from './server.ts';

/** What a newcomer needs after the first start. The secrets are shown here and never again. */
export function welcome(server: CodekeepServer, config: Config, account: InitialAccount): string {
  const { url } = server.endpoint;
  return `
Codekeep is running.

  Console and endpoint   ${url}${secureAddress(server)}
  Account ID             ${account.accountId}
  Region                 ${config.region}
  Data folder            ${config.data}

Sign in as the root user. These secrets are shown only this once, so keep them now:

  E-mail                 ${account.rootEmail}
  Password               ${account.rootPassword}
  Access key ID          ${account.accessKeyId}
  Secret access key      ${account.secretAccessKey}

Make a first user and repository with the AWS CLI, in another terminal:

  export AWS_ACCESS_KEY_ID=${account.accessKeyId}
  export AWS_SECRET_ACCESS_KEY=${account.secretAccessKey}
  export AWS_DEFAULT_REGION=${config.region}
  alias codekeep-aws='aws --endpoint-url ${url}'

  codekeep-aws codecommit create-repository --repository-name my-first-repository
  codekeep-aws iam create-user --user-name me
  codekeep-aws iam attach-user-policy --user-name me \\
    --policy-arn arn:aws:iam::aws:policy/AWSCodeCommitPowerUser
  codekeep-aws iam create-service-specific-credential --user-name me \\
    --service-name codecommit.amazonaws.com

Clone it with the user name and password that the last command printed:

  git clone ${server.endpoint.cloneUrlHttp(config.region, 'my-first-repository')}

Stop with Ctrl-C.
`;
}

/** A second address, where it is another one. */
function secureAddress({ endpoint: { secureUrl, url } }: CodekeepServer): string {
  return secureUrl === undefined || secureUrl === url
    ? ''
    : `\n  With TLS               ${secureUrl} (codekeep ca tells how to trust it)`;
}

/** The lines that make Git and the AWS CLI trust the local authority, for `codekeep ca`. */
export function howToTrust(file: string, origin: string): string {
  return `
For Git, at this address alone:

  git config --global http.${origin}/.sslCAInfo ${file}

For the AWS CLI, the AWS SDKs and git-remote-codecommit:

  export AWS_CA_BUNDLE=${file}
`;
}

/** What is useful at every later start. */
export function welcomeBack(server: CodekeepServer, config: Config): string {
  const { url } = server.endpoint;
  const accounts = server.accounts.map(({ accountId, rootEmail }) => `${accountId} (root user ${rootEmail})`);
  return `
Codekeep is running.

  Console and endpoint   ${url}${secureAddress(server)}
  Account ID             ${accounts.join(', ')}
  Region                 ${config.region}
  Data folder            ${config.data}

Sign in with the access keys and passwords that you have; the root user's were shown at the first start.

  aws --endpoint-url ${url} --region ${config.region} codecommit list-repositories
  git clone ${server.endpoint.cloneUrlHttp(config.region, 'REPOSITORY')}

Stop with Ctrl-C.
`;
}
