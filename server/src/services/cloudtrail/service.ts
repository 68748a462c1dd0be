import type { Database } from '../../storage/database/database.ts';
import { operationsOf } from '../operation.ts';
import { cloudtrailValidate } from '../validation/index.ts';

/** What the CloudTrail operations work with. */
export interface CloudtrailServices {
  readonly database: Database;
  readonly audit: {
    /** Makes everything that has happened so far findable. */
    flush(): Promise<void>;
  };
}

export const operation = operationsOf<CloudtrailServices>('cloudtrail', cloudtrailValidate);
