/** Records of delimited text as it arrives; a quoted field may hold delimiters, breaks and "". */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
  delimiter: string,
): AsyncGenerator<string[]> {
  let [field, quoted, wasQuote] = ['', false, false]
  let record: string[] = []
  const endOfField = () => {
    record.push(field)
    field = ''
  }
  for await (const piece of pieces) {
    for (const char of piece) {
      if (quoted && char !== '"') field += char
      else if (quoted) {
        quoted = false
        wasQuote = true
        continue
      } else if (char === '"' && (wasQuote || field === '')) {
        // A second quote right behind one is a quote within the field.
        if (wasQuote) field += '"'
        quoted = true
      } else if (char === delimiter) endOfField()
      else if (char === '\n') {
        endOfField()
        yield record
        record = []
      } else if (char !== '\r') field += char
      wasQuote = false
    }
  }
  if (field !== '' || record.length > 0) {
    endOfField()
    yield record
  }
}
