import { type AwsExecutable, minimalEnvironment } from './clients.ts';
import { runProcess } from './processes.ts';
import { temporaryFolder } from './temporary-folders.ts';

/** Where AWS clients send their requests, and as whom. */
export interface AwsAccess {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** File of the certificate that signs the endpoint's. */
  readonly certificateAuthority?: string;
}

/** A real AWS CLI, with a home of its own. */
export interface AwsCli {
  readonly version: string;
  /**
   * @param args such as `['iam', 'create-user', '--user-name', 'ana']`
   * @returns the parsed JSON output; undefined where the CLI prints nothing
   * @throws AwsCliError
   */
  run(args: readonly string[], access?: Partial<AwsAccess>): Promise<unknown>;
  /**
   * What it prints for people and scripts.
   *
   * @throws AwsCliError
   */
  print(format: 'table' | 'text', args: readonly string[]): Promise<string>;
  dispose(): Promise<void>;
}

/** What the CLI said of a failure. */
class AwsCliError extends Error {
  /** AWS's error code; empty when the CLI failed by itself. */
  readonly code: string;
  readonly exitCode: number;
  readonly stderr: string;

  constructor(code: string, message: string, exitCode: number, stderr: string) {
    super(message);
    this.code = code;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

const SERVICE_ERROR =
  /An error occurred \((?<code>[^)]+)\) when calling the \S+ operation(?: \([^)]*\))?: (?<message>.*)/s;

/** An AWS CLI that knows no account but the one given, and sends each request once. */
export async function awsCli(executable: AwsExecutable, access: AwsAccess): Promise<AwsCli> {
  const folder = await temporaryFolder('aws-home');
  const home = folder.path;
  const isolated = {
    ...minimalEnvironment(),
    HOME: home,
    AWS_CONFIG_FILE: `${home}/config`,
    AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
  const output = async (format: string, args: readonly string[], used: AwsAccess) => {
    const options = ['--endpoint-url', used.endpoint, '--region', used.region, '--output', format];
    const result = await runProcess(executable.path, [...args, ...options], {
      cwd: home,
      env: {
        ...isolated,
        AWS_ACCESS_KEY_ID: used.accessKeyId,
        AWS_SECRET_ACCESS_KEY: used.secretAccessKey,
        ...(used.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: used.sessionToken }),
        ...(used.certificateAuthority === undefined ? {} : { AWS_CA_BUNDLE: used.certificateAuthority }),
      },
    });
    if (result.exitCode !== 0) throw cliError(result.exitCode, result.stderr);
    return result.stdout;
  };
  return {
    version: executable.version,
    async run(args, override = {}) {
      const printed = await output('json', args, { ...access, ...override });
      return printed.trim() === '' ? undefined : (JSON.parse(printed) as unknown);
    },
    print: (format, args) => output(format, args, access),
    dispose: () => folder.remove(),
  };
}

function cliError(exitCode: number, stderr: string): AwsCliError {
  const { code = '', message = stderr } = SERVICE_ERROR.exec(stderr)?.groups ?? {};
  return new AwsCliError(code, message.trim(), exitCode, stderr);
}
