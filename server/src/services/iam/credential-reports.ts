import {
  CredentialReportExpiredException$,
  CredentialReportNotPresentException$,
  GenerateCredentialReport$,
  GenerateCredentialReportCommand,
  GetCredentialReport$,
  GetCredentialReportCommand,
} from '@aws-sdk/client-iam';
import type { Operation } from '../operation.ts';
import { ServiceError } from '../service-error.ts';
import { accountTarget } from './account-targets.ts';
import { credentialReport } from './credential-report.ts';
import { type IamServices, operation } from './service.ts';

/**
 * So long a report stands, and no other is made: IAM User Guide, "Getting credential reports". AWS does not say when one
 * is expired; here it is when a new one would be made.
 */
const REPORT_LIFE_MS = 4 * 60 * 60 * 1000;

/**
 * AWS makes the report afterwards and tells COMPLETE from then on. Here it is made at once, but the first answer is AWS's:
 * who waits for COMPLETE asks once more, and never meets ReportInProgress.
 */
const generateReport = operation(GenerateCredentialReport$, GenerateCredentialReportCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, { principal: { accountId }, environment: { time } }) => {
    const former = await database
      .selectFrom('credential_reports')
      .select('generated_at')
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (former !== undefined && !isExpired(former.generated_at, time)) return { State: 'COMPLETE' as const };
    const row = { generated_at: time.getTime(), content: await credentialReport(database, accountId) };
    await database
      .insertInto('credential_reports')
      .values({ account_id: accountId, ...row })
      .onConflict((conflict) => conflict.column('account_id').doUpdateSet(row))
      .execute();
    return { State: 'STARTED' as const, Description: 'No report exists. Starting a new report generation task' };
  },
});

const getReport = operation(GetCredentialReport$, GetCredentialReportCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, { principal: { accountId }, environment: { time } }) => {
    const report = await database
      .selectFrom('credential_reports')
      .selectAll()
      .where('account_id', '=', accountId)
      .executeTakeFirst();
    if (report === undefined) {
      throw new ServiceError(CredentialReportNotPresentException$, 'No report is present. Generate a new report');
    }
    if (isExpired(report.generated_at, time)) {
      throw new ServiceError(CredentialReportExpiredException$, 'The report has expired. Generate a new report');
    }
    return {
      Content: Buffer.from(report.content),
      ReportFormat: 'text/csv' as const,
      GeneratedTime: new Date(report.generated_at),
    };
  },
});

export const credentialReportOperations: readonly Operation<IamServices>[] = [generateReport, getReport];

function isExpired(generatedAt: number, now: Date): boolean {
  return now.getTime() - generatedAt >= REPORT_LIFE_MS;
}
