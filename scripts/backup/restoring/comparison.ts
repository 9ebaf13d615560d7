import type pg from 'pg';
import { BackupFailure } from '../failure.ts';
import type { Inventory } from '../manifest.ts';
import { differences, takeInventory } from '../postgres/inventory.ts';
import { connectTo, databaseFailure, disconnect } from '../postgres/server.ts';

const MOST_DIFFERENCES = 20;

/**
 * Begins to see the database as it is now: what is mended from here on is not seen.
 * @returns what compares it with the inventory of a backup; that throws `contents_differ` with what is not as it was then
 */
export const beginComparison = async (
  databaseUrl: string,
  expected: Inventory,
  signal: AbortSignal,
): Promise<(signal: AbortSignal) => Promise<void>> => {
  const client = await connectTo(databaseUrl, signal);
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query('select pg_current_snapshot()');
  } catch (error) {
    await disconnect(client);
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'comparing the tables');
  }
  return either => compare(client, expected, databaseUrl, either);
};

const compare = async (
  client: pg.Client,
  expected: Inventory,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> => {
  try {
    const found = differences(expected, await takeInventory(client, signal));
    if (found.length === 0) return;
    const [shown, more] = [found.slice(0, MOST_DIFFERENCES), found.length - MOST_DIFFERENCES];
    throw new BackupFailure(
      'unusable',
      'contents_differ',
      `What was restored is not what was backed up:\n${shown.map(line => `  ${line}`).join('\n')}${more > 0 ? `\n  and ${more} more` : ''}`,
    );
  } catch (error) {
    signal.throwIfAborted();
    throw databaseFailure(error, databaseUrl, 'comparing the tables');
  } finally {
    await disconnect(client);
  }
};
