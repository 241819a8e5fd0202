/** Text as a regular expression that means just it. */
export const literalPattern = (text: string): string =>
  text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)
