/** Bytes as base64, in which the console's API carries them. */
export function base64(bytes: Uint8Array): string {
  // Not all at once: each byte would be an argument, and a call takes only so many.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

export const base64OfText = (text: string): string => base64(new TextEncoder().encode(text))

/** What UTF-8 in base64 says. */
export function textOfBase64(data: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)))
}
