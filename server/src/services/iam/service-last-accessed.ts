import { randomUUID } from 'node:crypto';
import {
  GenerateServiceLastAccessedDetails$,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetails$,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntities$,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  type ServiceLastAccessed,
} from '@aws-sdk/client-iam';
import type { Database } from '../../storage/database/database.ts';
import type { Call, Operation } from '../operation.ts';
import { accountTarget } from './account-targets.ts';
import { invalidInput, noSuchEntity } from './errors.ts';
import { SERVICE_NAMES, servicesGrantedBy } from './granted-services.ts';
import { findEntity, type Identity, ownerOfEntity } from './last-accessed-entities.ts';
import { pageOfAll, pageRequest } from './pagination.ts';
import { type IamServices, operation } from './service.ts';

/** How long a report can be read: IAM API Reference, GenerateServiceLastAccessedDetails. */
const JOB_LIFE_MS = 7 * 24 * 60 * 60 * 1000;
/** Values in one query; SQLite takes 32,766. */
const IDS_AT_ONCE = 1_000;

const generateDetails = operation(GenerateServiceLastAccessedDetails$, GenerateServiceLastAccessedDetailsCommand, {
  target: (_services, { principal }, input) => {
    const owner = ownerOfEntity(input.Arn);
    return { resources: [{ arn: input.Arn, accountId: owner === 'aws' ? principal.accountId : owner }] };
  },
  handle: async ({ database }, call, input) => {
    if (input.Granularity === 'ACTION_LEVEL') {
      throw invalidInput('Last accessed information of single actions is not supported.');
    }
    const { accountId } = call.principal;
    if ((await findEntity(database, accountId, input.Arn)) === undefined) throw noSuchArn(input.Arn);
    const now = Date.now();
    await database
      .deleteFrom('last_accessed_jobs')
      .where('account_id', '=', accountId)
      .where('created_at', '<', now - JOB_LIFE_MS)
      .execute();
    const job = { job_id: randomUUID(), account_id: accountId, entity_arn: input.Arn, created_at: now };
    await database.insertInto('last_accessed_jobs').values(job).execute();
    return { JobId: job.job_id };
  },
});

const getDetails = operation(GetServiceLastAccessedDetails$, GetServiceLastAccessedDetailsCommand, {
  target: (_services, call) => accountTarget(call),
  handle: async ({ database }, call, input) => {
    const request = pageRequest('GetServiceLastAccessedDetails', input);
    const { dates, policies, identities } = await report(database, call, input.JobId);
    const uses = await usesOf(database, identities);
    const services = servicesGrantedBy(policies).map((service) => lastAccess(service, identities, uses));
    const { items, continuation } = pageOfAll(request, services, ({ ServiceNamespace }) => ServiceNamespace ?? '');
    return { ...dates, JobType: 'SERVICE_LEVEL' as const, ServicesLastAccessed: [...items], ...continuation };
  },
});

const getDetailsWithEntities = operation(
  GetServiceLastAccessedDetailsWithEntities$,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  {
    target: (_services, call) => accountTarget(call),
    handle: async ({ database }, call, input) => {
      const request = pageRequest('GetServiceLastAccessedDetailsWithEntities', input);
      const { dates, policies, identities } = await report(database, call, input.JobId);
      const isGranted = servicesGrantedBy(policies).includes(input.ServiceNamespace);
      const uses = (await usesOf(database, identities)).filter(({ service }) => service === input.ServiceNamespace);
      const usedAt = new Map(uses.map((use) => [use.identity_id, use.used_at]));
      const { items, continuation } = pageOfAll(
        request,
        isGranted ? identities : [],
        ({ id }) =>
          // The last use first, and those who never used it last.
          `${String(Number.MAX_SAFE_INTEGER - (usedAt.get(id) ?? 0))} ${id}`,
      );
      return {
        ...dates,
        EntityDetailsList: items.map((identity) => ({
          EntityInfo: {
            Arn: identity.arn,
            Name: identity.name,
            Type: identity.type,
            Id: identity.id,
            Path: identity.path,
          },
          LastAuthenticated: dateOf(usedAt.get(identity.id)),
        })),
        ...continuation,
      };
    },
  },
);

export const serviceLastAccessedOperations: readonly Operation<IamServices>[] = [
  generateDetails,
  getDetails,
  getDetailsWithEntities,
];

/** The report as it is when it is read: it has everything that is recorded by then. */
async function report(database: Database, { principal: { accountId } }: Call, jobId: string) {
  const job = await database
    .selectFrom('last_accessed_jobs')
    .selectAll()
    .where('job_id', '=', jobId)
    .where('account_id', '=', accountId)
    .where('created_at', '>=', Date.now() - JOB_LIFE_MS)
    .executeTakeFirst();
  if (job === undefined) throw noSuchEntity(`Job ${jobId} cannot be found.`);
  const entity = await findEntity(database, accountId, job.entity_arn);
  if (entity === undefined) throw noSuchArn(job.entity_arn);
  const date = new Date(job.created_at);
  return { ...entity, dates: { JobStatus: 'COMPLETED' as const, JobCreationDate: date, JobCompletionDate: date } };
}

interface ServiceUse {
  readonly identity_id: string;
  readonly service: string;
  readonly used_at: number;
  readonly region: string;
}

async function usesOf(database: Database, identities: readonly Identity[]): Promise<ServiceUse[]> {
  const uses: ServiceUse[] = [];
  for (let rest = identities.map(({ id }) => id); rest.length > 0; rest = rest.slice(IDS_AT_ONCE)) {
    const some = rest.slice(0, IDS_AT_ONCE);
    uses.push(...(await database.selectFrom('service_uses').selectAll().where('identity_id', 'in', some).execute()));
  }
  return uses;
}

function lastAccess(
  service: string,
  identities: readonly Identity[],
  uses: readonly ServiceUse[],
): ServiceLastAccessed {
  const ofService = uses.filter((use) => use.service === service);
  const last = ofService.reduce<ServiceUse | undefined>(
    (latest, use) => (latest === undefined || use.used_at > latest.used_at ? use : latest),
    undefined,
  );
  return {
    ServiceName: SERVICE_NAMES.get(service),
    ServiceNamespace: service,
    LastAuthenticated: dateOf(last?.used_at),
    LastAuthenticatedEntity: identities.find(({ id }) => id === last?.identity_id)?.arn,
    LastAuthenticatedRegion: last?.region,
    TotalAuthenticatedEntities: ofService.length,
  };
}

function dateOf(time: number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}

function noSuchArn(arn: string): Error {
  return noSuchEntity(`ARN ${arn} was not found.`);
}
