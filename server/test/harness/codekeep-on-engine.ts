import { type CodekeepServer, startCodekeep } from './codekeep-server.ts';
import type { databaseEngines } from './databases.ts';

export interface CodekeepOnEngine {
  readonly server: CodekeepServer;
  /** Where it keeps its metadata, when that is not the data folder. */
  readonly databaseUrl?: string;
  dispose(): Promise<void>;
}

/** A real server with its metadata in SQLite, or in a PostgreSQL database of its own. */
export async function startCodekeepOn(
  engine: (typeof databaseEngines)[number],
  settings: Readonly<Record<string, string>> = {},
): Promise<CodekeepOnEngine> {
  if (engine.name === 'sqlite') {
    const server = await startCodekeep({ settings });
    return { server, dispose: () => server.dispose() };
  }
  const { location, close } = await engine.open();
  try {
    if (!('postgresqlUrl' in location)) throw new Error('PostgreSQL without a URL');
    const { postgresqlUrl: databaseUrl } = location;
    const server = await startCodekeep({ databaseUrl, settings });
    return {
      server,
      databaseUrl,
      async dispose() {
        await server.dispose();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
