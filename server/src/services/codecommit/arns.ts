/** The parts of a repository's ARN. */
export interface RepositoryArn {
  readonly region: string;
  readonly accountId: string;
  readonly repositoryName: string;
}

const REPOSITORY_ARN = /^arn:aws:codecommit:(?<region>[a-z0-9-]+):(?<accountId>[0-9]{12}):(?<repositoryName>.*)$/;
const REPOSITORY_NAME = /^[\w.-]{1,100}$/;

/** arn:aws:codecommit:REGION:ACCOUNT:NAME: CodeCommit User Guide, "CodeCommit resources and operations". */
export function repositoryArn({ region, accountId, repositoryName }: RepositoryArn): string {
  return `arn:aws:codecommit:${region}:${accountId}:${repositoryName}`;
}

/** Undefined for anything but the ARN of one repository. */
export function parseRepositoryArn(text: string): RepositoryArn | undefined {
  const { region, accountId, repositoryName } = REPOSITORY_ARN.exec(text)?.groups ?? {};
  if (region === undefined || accountId === undefined || repositoryName === undefined) return undefined;
  return isRepositoryName(repositoryName) ? { region, accountId, repositoryName } : undefined;
}

/** True for what a repository can be named: CodeCommit User Guide, "Quotas". */
export function isRepositoryName(text: string): boolean {
  return REPOSITORY_NAME.test(text);
}
