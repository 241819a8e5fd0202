/** As S3 prints a moment it read: `Wed Jan 01 00:00:00 UTC 2020`. */
export function javaDate(date: Date): string {
  const [day = '', date2 = '', month = '', year = '', time = ''] = date.toUTCString().split(/,? /)
  return `${day} ${month} ${date2} ${time} UTC ${year}`
}
