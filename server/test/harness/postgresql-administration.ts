import pg from 'pg';

/** Runs one statement, such as `create database`, on a server. */
export async function administer(administrationUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: administrationUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The URL of another database of the same server. */
export function databaseUrl(administrationUrl: string, name: string): string {
  const url = new URL(administrationUrl);
  url.pathname = `/${name}`;
  return url.href;
}
