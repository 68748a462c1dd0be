import type { RepositoryMetadata } from '@aws-sdk/client-codecommit';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import type { ReactNode } from 'react';
import { CommandLines } from '../elements/command-lines.tsx';
import { useRegion } from '../frame/addresses.ts';
import { useSession } from '../session/session-context.ts';
import { cloneUrlGrc } from './repositories.ts';

interface ConnectionStepsProps {
  readonly repository: RepositoryMetadata;
  /** What this user still has to do before Git over HTTPS, or over SSH, lets them in. */
  readonly missing?: { readonly https?: ReactNode; readonly ssh?: ReactNode };
}

/** How to clone the repository in each of the three ways, with the addresses of this installation. */
export function ConnectionSteps({ repository, missing }: ConnectionStepsProps) {
  const { repositoryName: name = '', cloneUrlHttp = '', cloneUrlSsh = '' } = repository;
  const region = useRegion();
  const { secureUrl } = useSession();
  return (
    <Tabs
      ariaLabel="Ways to connect"
      tabs={[
        {
          id: 'https',
          label: 'HTTPS',
          content: (
            <Steps>
              <Step title="Prerequisites">
                You need Git 1.7.9 or newer, and an IAM user with HTTPS Git credentials and a policy such as
                AWSCodeCommitPowerUser. {missing?.https}
              </Step>
              {cloneUrlHttp.startsWith('https:') && <TrustStep origin={new URL(cloneUrlHttp).origin} />}
              <Step title="Clone the repository">
                Git asks for the user name and the password of your Git credentials.
                <CommandLines name="the clone command" text={`git clone ${cloneUrlHttp}`} />
              </Step>
            </Steps>
          ),
        },
        {
          id: 'ssh',
          label: 'SSH',
          content: (
            <Steps>
              <Step title="Prerequisites">
                You need a key pair, its public key uploaded to your IAM user, and a policy such as
                AWSCodeCommitPowerUser. {missing?.ssh}
              </Step>
              <Step title="Tell SSH who you are">
                Put the SSH key ID of the uploaded key into ~/.ssh/config.
                <CommandLines name="the lines for ~/.ssh/config" text={sshConfiguration(cloneUrlSsh)} />
              </Step>
              <Step title="Clone the repository">
                <CommandLines name="the clone command" text={`git clone ${cloneUrlSsh}`} />
              </Step>
            </Steps>
          ),
        },
        {
          id: 'grc',
          label: 'HTTPS (GRC)',
          content: (
            <Steps>
              <Step title="Prerequisites">
                You need an AWS profile with an access key, or with a role, and git-remote-codecommit.
                <CommandLines name="the command that installs it" text="pip install git-remote-codecommit" />
              </Step>
              <Step title="Tell git-remote-codecommit where Codekeep is">
                {secureUrl === undefined ? (
                  'It speaks HTTPS only, and this installation does not listen for TLS: ask its operator.'
                ) : (
                  <CommandLines
                    name="the setting of the endpoint"
                    text={`export CODE_COMMIT_ENDPOINT=${new URL(secureUrl).host}`}
                  />
                )}
              </Step>
              {secureUrl !== undefined && <TrustStep origin={secureUrl} />}
              <Step title="Clone the repository">
                <CommandLines name="the clone command" text={`git clone ${cloneUrlGrc(region, name)}`} />
              </Step>
            </Steps>
          ),
        },
      ]}
    />
  );
}

function Steps({ children }: { readonly children: ReactNode }) {
  return (
    <div className="steps">
      <SpaceBetween size="l">{children}</SpaceBetween>
    </div>
  );
}

function TrustStep({ origin }: { readonly origin: string }) {
  return (
    <Step title="Trust the certificate">
      Where your computer does not know the authority that signed Codekeep's certificate, tell Git the file that{' '}
      <code>codekeep ca</code> names on the server.
      <CommandLines
        name="the command that trusts the certificate"
        text={`git config --global http.${origin}/.sslCAInfo ca.crt`}
      />
    </Step>
  );
}

function Step({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <SpaceBetween size="xs">
      <Box variant="h3">
        <span className="step-title">{title}</span>
      </Box>
      <div className="step">{children}</div>
    </SpaceBetween>
  );
}

function sshConfiguration(cloneUrl: string): string {
  const { hostname, port } = URL.canParse(cloneUrl) ? new URL(cloneUrl) : { hostname: '', port: '' };
  const lines = [`Host ${hostname}`, '  User SSH-KEY-ID', '  IdentityFile ~/.ssh/codecommit_rsa'];
  if (port !== '') lines.push(`  Port ${port}`);
  return lines.join('\n');
}
