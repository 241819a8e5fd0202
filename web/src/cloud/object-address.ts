/** Where the server hands out an object's bytes, and takes them. */
export function objectAddress(bucket: string, key: string): string {
  return `/cloud-objects/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`
}
