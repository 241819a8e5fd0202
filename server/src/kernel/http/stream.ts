import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'

/**
 * Sends bytes as the body of an answer whose head is written. A reader that goes away ends it quietly;
 * what else breaks is thrown, and the server cuts the connection, so that a part never looks whole.
 */
export async function streamTo(
  response: ServerResponse,
  bytes: AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    await pipeline(bytes, response)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}
