import { codedValidation } from './coded-validation.ts';
import { iamConstraints } from './constraints/iam.generated.ts';
import { kmsConstraints } from './constraints/kms.generated.ts';
import { stsConstraints } from './constraints/sts.generated.ts';

export { cloudtrailValidate } from './cloudtrail-validation.ts';
export { codecommitValidate } from './codecommit-validation.ts';

export const iamValidate = codedValidation(iamConstraints, 'ValidationError');
export const stsValidate = codedValidation(stsConstraints, 'ValidationError');
export const kmsValidate = codedValidation(kmsConstraints, 'ValidationException');
