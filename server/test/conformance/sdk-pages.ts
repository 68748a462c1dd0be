/** A client of the JavaScript SDK, and all that its package exports. */
export interface SdkService {
  readonly sdk: Readonly<Record<string, unknown>>;
  readonly client: SdkClient;
}

interface SdkClient {
  // biome-ignore lint/suspicious/noExplicitAny: commands of several SDKs, each sent by the client of its own
  send(command: any): Promise<object>;
  destroy(): void;
}

interface SeenListing {
  /** SERVICE:OPERATION */
  readonly listing: string;
  /** By list, what pages of one entry have shown. */
  readonly pages: Readonly<Record<string, readonly unknown[]>>;
  /** The same at once. */
  readonly whole: Readonly<Record<string, readonly unknown[]>>;
}

type Paginate = (
  configuration: { readonly client: SdkClient; readonly pageSize: number },
  input: object,
) => AsyncIterable<object>;

/**
 * Pages through every list of which the SDK has a paginator.
 *
 * @param listings by SERVICE:OPERATION, what is asked; what has no paginator is left out
 */
export async function pagesOfSdk(
  services: Readonly<Record<string, SdkService>>,
  listings: Readonly<Record<string, object>>,
): Promise<readonly SeenListing[]> {
  const seen: SeenListing[] = [];
  for (const [listing, input] of Object.entries(listings)) {
    const [service = '', operation = ''] = listing.split(':');
    const { sdk, client } = services[service] ?? {};
    const paginate = sdk?.[`paginate${operation}`] as Paginate | undefined;
    if (sdk === undefined || client === undefined || paginate === undefined) continue;
    const pages = [];
    // Paginators write into their input.
    for await (const page of paginate({ client, pageSize: 1 }, { ...input })) pages.push(page);
    const ListCommand = sdk[`${operation}Command`] as new (input: object) => object;
    const whole = await client.send(new ListCommand(input));
    seen.push({ listing, pages: listsOf(pages), whole: listsOf([whole]) });
  }
  return seen;
}

/** What the lists of some pages hold together. */
function listsOf(pages: readonly object[]): Record<string, unknown[]> {
  const lists: Record<string, unknown[]> = {};
  for (const page of pages) {
    for (const [name, value] of Object.entries(page)) {
      if (Array.isArray(value)) lists[name] = [...(lists[name] ?? []), ...value];
    }
  }
  return lists;
}
