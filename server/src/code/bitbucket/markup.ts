import type { Json } from './query.ts'

/** A text as the original hands it out: as written, and as HTML that holds no markup of its own. */
export function rendered(raw: string): Json {
  return { type: 'rendered', raw, markup: 'markdown', html: htmlOf(raw) }
}

/**
 * Paragraphs, emphasis, code and links; what a reader's page needs. Everything else stays text, so
 * nobody's comment can bring a script.
 */
function htmlOf(raw: string): string {
  const blocks = raw
    .replace(/\r\n/g, '\n')
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
  return blocks.map(blockOf).join('\n')
}

function blockOf(block: string): string {
  const code = /^```[^\n]*\n([\s\S]*?)\n?```$/.exec(block.trim())
  if (code) return `<div class="codehilite"><pre>${escaped(code[1]!)}\n</pre></div>`
  const heading = /^(#{1,6}) +(.+)$/.exec(block.trim())
  if (heading) return `<h${heading[1]!.length}>${inline(heading[2]!)}</h${heading[1]!.length}>`
  return `<p>${inline(block.trim()).replace(/\n/g, '<br />\n')}</p>`
}

function inline(text: string): string {
  return escaped(text)
    .replace(/`([^`\n]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*\n]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]\n]+)\]\((https?:\/\/[^\s)"]+)\)/g, '<a href="$2" rel="nofollow">$1</a>')
}

function escaped(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
}
