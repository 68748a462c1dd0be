/** Every item of a list that comes in pages: `next` asks for one after the marker of the one before. */
export async function allOf<Item>(
  next: (marker: string | undefined) => Promise<{ items: Item[] | undefined; marker: string | undefined }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let marker: string | undefined;
  do {
    const page = await next(marker);
    for (const item of page.items ?? []) all.push(item);
    marker = page.marker;
  } while (marker !== undefined);
  return all;
}
