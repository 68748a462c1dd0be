/** The address of a repository's page below /console. */
export function repositoryPath(name: string, page: string): string {
  return `/codecommit/repositories/${encodeURIComponent(name)}/${page}`;
}

/** The URL that git-remote-codecommit takes. */
export function cloneUrlGrc(region: string, name: string): string {
  return `codecommit::${region}://${name}`;
}
