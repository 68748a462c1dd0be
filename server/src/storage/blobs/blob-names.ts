/** The name of a file of a pack in the blob store. */
export function packBlobName(repositoryId: string, packId: string, kind: string): string {
  return `repositories/${repositoryId}/${packId}.${kind}`;
}

/** The name of an object of Git LFS in the blob store. */
export function lfsBlobName(repositoryId: string, blobId: string): string {
  return `lfs/${repositoryId}/${blobId}`;
}
