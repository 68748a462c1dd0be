import type { WizardProps } from '@cloudscape-design/components/wizard';

export function wizardTexts(nextButton: string): WizardProps.I18nStrings {
  return {
    stepNumberLabel: (number) => `Step ${number}`,
    collapsedStepsLabel: (number, count) => `Step ${number} of ${count}`,
    navigationAriaLabel: 'Steps',
    cancelButton: 'Cancel',
    previousButton: 'Previous',
    nextButton,
  };
}
