export const CONSOLE_PATH = '/console';
/** The AWS endpoint for the console's pages. */
export const CONSOLE_API_PATH = `${CONSOLE_PATH}/api/`;
